import { stringify } from 'csv-stringify/sync';

/** Text of anybody, a count, or an amount, which may be negative. */
export type CsvCell = string | number | { readonly amount: string };

/**
 * Comma-separated values after RFC 4180. A text that a spreadsheet would take for a formula gets an
 * apostrophe: names of models come from strangers.
 */
export function csvText(head: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
    return stringify([head, ...rows], {
        escape_formulas: true,
        record_delimiter: 'windows',
        cast: {
            object: (cell) => ({
                value: (cell as { amount: string }).amount,
                escape_formulas: false,
            }),
        },
    });
}
