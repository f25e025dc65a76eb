import { table } from '../../cli/terminal/table';
import type { SoakReport } from './soak';

/** Whether nothing was lost: every job has one ending, and the books balance. */
export function isSound({ unsettled, books, nodes, disturbances }: SoakReport): boolean {
    const right = unsettled.length === 0 && disturbances.failures.length === 0;
    return right && books.balanced && nodes.every(({ convicted }) => !convicted);
}

/** A report for people. */
export function renderSoak(report: SoakReport): string {
    const { minutes, posted, kinds, unsettled, items, errors, disturbances, nodes, books } = report;
    const right = true;
    const outcomes = [...new Set(kinds.flatMap((one) => Object.keys(one.outcomes)))].sort();
    const sum = (outcome: string) =>
        kinds.reduce((all, one) => all + (one.outcomes[outcome] ?? 0), 0);
    const megabytes = (bytes = 0) => (bytes / 1e6).toFixed(0);
    return [
        `${posted} jobs in ${minutes.toFixed(1)} minutes (seed ${report.seed}); ` +
            `${disturbances.kills} kills, ${disturbances.stops} stops, ` +
            `${disturbances.preferences} changes of preferences.`,
        '',
        table(
            [{ title: 'jobs' }, ...outcomes.map((title) => ({ title, right }))],
            [
                ...kinds.map((one) => [
                    one.kind,
                    ...outcomes.map((outcome) => String(one.outcomes[outcome] ?? '')),
                ]),
                '-',
                ['all', ...outcomes.map((outcome) => String(sum(outcome)))],
            ],
        ),
        '',
        `Items: ${items.done} done; failed: ${counts(items.failed)}.`,
        `Told to clients instead of results: ${counts(errors)}.`,
        '',
        table(
            [
                { title: 'node' },
                { title: 'starts', right },
                { title: 'bids', right },
                { title: 'won', right },
                { title: 'results', right },
                { title: 'memory, first and last minute, MB', right },
                { title: 'convicted' },
            ],
            nodes.map(({ name, starts, events, memory, convicted }) => [
                name,
                String(starts),
                String(events['bid'] ?? 0),
                String(events['won'] ?? 0),
                String(events['committed'] ?? 0),
                `${megabytes(memory[0])}, ${megabytes(memory.at(-1))}`,
                convicted ? 'YES' : 'no',
            ]),
        ),
        '',
        ...disturbances.failures,
        unsettled.length === 0
            ? 'Every job was settled or refunded, once.'
            : `NOT SETTLED ONCE: ${unsettled.join('; ')}.`,
        books.balanced
            ? `The books balance to the nano over ${books.transactions} transactions.`
            : `THE BOOKS DO NOT BALANCE: ${books.difference} over all, ${books.elsewhere} elsewhere, ` +
              `unexplained: ${books.unexplained.join(', ') || 'none'}.`,
    ].join('\n');
}

function counts(of: Readonly<Record<string, number>>): string {
    const parts = Object.entries(of).map(([name, times]) => `${times} ${name}`);
    return parts.join(', ') || 'none';
}
