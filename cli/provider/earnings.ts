import { InvalidArgumentError, Option } from 'commander';
import {
    addUp,
    earningsCsv,
    type EarningsReport,
    type EarningSums,
    type Grouping,
    GROUPINGS,
} from '../../provider';
import type { ConfigFlags } from '../config';
import { action, type CommandContext, formatGram, formatTime, gram, table } from '../terminal';
import { readingBooks } from './books';
import { onOneLine } from './one-line';
import type { Verb } from './session';

interface EarningsFlags extends ConfigFlags {
    readonly by?: Grouping;
    readonly since?: number;
    readonly until?: number;
    readonly csv?: boolean;
}

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
/** Reasons and rows that the table shows; JSON and CSV have all. */
const SHOWN_REASONS = 6;
const SHOWN_ROWS = 40;

export const earningsVerb: Verb = (program, context) => {
    program
        .command('earnings')
        .summary('what was earned, and why not more')
        .description(
            'Adds up the books of the node of this home, whether or not it runs: what jobs brought, ' +
                'what messages and faults took, and why jobs brought nothing, with what to do about it.',
        )
        .addOption(new Option('--by <what>', 'sums of each').choices(GROUPINGS))
        .option(
            '--since <date>',
            'from this day on (UTC), or so long ago, such as 7d',
            dateArgument,
        )
        .option(
            '--until <date>',
            'up to this day (UTC), and with it; now unless set',
            untilArgument,
        )
        .option('--csv', 'print comma-separated values, amounts in GRAM')
        .addHelpText(
            'after',
            `
A job counts on the day when it was seen, bid for, won and paid. Times are UTC; the last 30 days are
added up unless --since says otherwise. docs/earnings.md has all reasons.

Examples:
  $ cocoon-provider earnings
  $ cocoon-provider earnings --by model --since 7d
  $ cocoon-provider earnings --by day --since 2026-01-01 --csv > 2026.csv`,
        )
        .action(action<EarningsFlags>((flags) => earnings(context, flags)));
};

async function earnings(context: CommandContext, flags: EarningsFlags): Promise<void> {
    const { terminal } = context;
    const until = flags.until ?? Date.now() + 1;
    const since = flags.since ?? until - USUAL_DAYS * DAY_MS;
    const { by = 'day' } = flags;
    const report = await readingBooks(context, flags, ({ ledger }) =>
        addUp(ledger, { since, until, by, format: formatGram }),
    );
    if (flags.csv === true) return terminal.result(jsonOf(report), earningsCsv(report).trimEnd());
    terminal.result(jsonOf(report), inWords(report, flags.by !== undefined));
}

function jsonOf({ since, until, ...report }: EarningsReport): object {
    const time = (ms: number) => new Date(ms).toISOString();
    return { format: 'cocoon.earnings/1', since: time(since), until: time(until), ...report };
}

function inWords(report: EarningsReport, grouped: boolean): string {
    const { since, until, total, reasons } = report;
    const span = `${formatTime(since / 1000)} to ${formatTime(until / 1000)}`;
    return [
        `Earnings from ${span}`,
        ...sumLines(total),
        ...(grouped ? ['', ...rowLines(report)] : []),
        ...(reasons.length === 0 ? [] : ['', 'Why jobs brought nothing:']),
        ...reasons
            .slice(0, SHOWN_REASONS)
            .flatMap(({ sentence, advice }) => [`  ${onOneLine(sentence)}`, `    ${advice}`]),
        ...(reasons.length > SHOWN_REASONS
            ? [`  ${reasons.length - SHOWN_REASONS} more reasons: --by reason`]
            : []),
        ...(total.seen === 0 ? ['', 'No jobs were seen in this time.'] : []),
    ].join('\n');
}

function sumLines({ seen, bids, won, paid, earned, gas, lost, net }: EarningSums): string[] {
    return [
        `  earned  ${formatGram(earned)} for ${paid} paid jobs`,
        `  gas     ${formatGram(gas)}`,
        ...(lost === 0n ? [] : [`  lost    ${formatGram(lost)} of the stake`]),
        `  net     ${formatGram(net)}`,
        `  jobs    ${seen} seen, ${bids} bid for, ${won} won, ${paid} paid`,
    ];
}

function rowLines({ by, rows }: EarningsReport): string[] {
    const columns = [
        { title: by },
        ...['seen', 'bids', 'won', 'paid', 'earned', 'gas', 'lost', 'net'].map((title) => ({
            title,
            right: true,
        })),
    ];
    const shown = by === 'day' ? rows.slice(-SHOWN_ROWS) : rows.slice(0, SHOWN_ROWS);
    const cells = shown.map(({ key, seen, bids, won, paid, earned, gas, lost, net }) => [
        onOneLine(key),
        ...[seen, bids, won, paid].map(String),
        ...[earned, gas, lost, net].map(gram),
    ]);
    const more = rows.length - shown.length;
    return [table(columns, cells), ...(more > 0 ? [`  and ${more} more: see --csv`] : [])];
}

/** A day, or so many days or hours ago; milliseconds since 1970. */
function dateArgument(text: string): number {
    const ago = /^(\d{1,4})([dh])$/.exec(text);
    if (ago !== null) return Date.now() - Number(ago[1]) * (ago[2] === 'd' ? DAY_MS : DAY_MS / 24);
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(at)) return at;
    throw new InvalidArgumentError('It is a day, such as 2026-11-26, or a time ago, such as 7d.');
}

function untilArgument(text: string): number {
    const at = dateArgument(text);
    return text.includes('-') ? at + DAY_MS : at;
}
