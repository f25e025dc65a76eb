import { fromNano } from '@ton/core';
import { stringify } from 'csv-stringify/sync';
import type { EarningsReport } from './earnings';
import { MEANINGS } from './meanings';
import type { ReasonCode } from './reasons';

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

/** Sums of earnings as comma-separated values, amounts in GRAM. */
export function earningsCsv({ by, rows }: EarningsReport): string {
    const meaning = (key: string) =>
        by === 'reason' && key in MEANINGS ? MEANINGS[key as ReasonCode] : undefined;
    return csvText(
        [
            by,
            ...(by === 'reason' ? ['kind', 'what_to_do'] : []),
            ...['seen', 'bids', 'won', 'paid'],
            ...['earned_gram', 'gas_gram', 'lost_gram', 'net_gram'],
        ],
        rows.map(({ key, seen, bids, won, paid, earned, gas, lost, net }) => [
            key,
            ...(by === 'reason' ? [meaning(key)?.kind ?? '', meaning(key)?.advice ?? ''] : []),
            ...[seen, bids, won, paid],
            ...[earned, gas, lost, net].map(amountCell),
        ]),
    );
}

/** An amount as a number, which no spreadsheet takes for a formula. */
function amountCell(nano: bigint): { readonly amount: string } {
    const [whole = '', part = ''] = fromNano(nano).split('.');
    return { amount: `${whole}.${part.padEnd(9, '0')}` };
}
