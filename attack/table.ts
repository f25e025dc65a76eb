import { type Column, table } from '../cli/terminal';
import { gram, type Result } from './run';

const COLUMNS: readonly Column[] = [
    { title: 'attacker' },
    { title: 'attack' },
    { title: 'plays', right: true },
    { title: 'gain, GRAM', right: true },
    { title: '95 % below', right: true },
    { title: 'honest loss', right: true },
    { title: 'how it ended' },
];

/** Results as a table for terminals. */
export function renderResults(results: readonly Result[]): string {
    return table(COLUMNS, results.map(row));
}

/** The same as a table of Markdown. */
export function renderMarkdown(results: readonly Result[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const rule = COLUMNS.map(({ right }) => (right ? '--:' : '---'));
    return [
        line(COLUMNS.map(({ title }) => title)),
        line(rule),
        ...results.map((r) => line(row(r))),
    ].join('\n');
}

function row(result: Result): string[] {
    const { attack, gain, worst, caughtBy, faults } = result;
    const drawn = attack.strata !== undefined;
    return [
        attack.role,
        attack.name,
        String(gain.plays),
        amount(gain.mean),
        drawn ? amount(gain.high) : '',
        worst.nano < 0n ? `${gram(-worst.nano)} (${worst.side})` : '0',
        [
            ...(faults.length === 0 ? [] : ['FAILED']),
            ...caughtBy.slice(0, 2),
            ...(attack.conceded === undefined
                ? []
                : [`conceded up to ${gram(attack.conceded.nano)}: ${attack.conceded.where}`]),
        ].join('; '),
    ];
}

function amount(nano: number): string {
    if (Number.isNaN(nano)) return '?';
    const gramSize = nano / 1e9;
    return `${gramSize > 0 ? '+' : ''}${gramSize.toFixed(4)}`;
}
