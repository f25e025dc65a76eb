import type { DemoReport } from './demo';
import { change, gram, sparkline, table } from '../terminal/table';

const WIDTH = 72;

/** The facts of a demo as text. */
export function renderReport(report: DemoReport): string {
    return [
        section('The picture', picture(report)),
        section('The recording', voice(report)),
        section('The cheat', cheat(report)),
        section('The way of the data', data(report)),
        section('Jobs', jobs(report)),
        section('Bids', bids(report)),
        section('Time, in seconds', steps(report)),
        section('Who paid what, in GRAM', parties(report)),
        section('Balance sheet, in GRAM', books(report)),
    ].join('\n\n');
}

function section(title: string, body: string): string {
    return `${title}\n\n${body}`;
}

function picture({ picture }: DemoReport): string {
    const { file, width, height, lines, text, asWritten } = picture;
    return [
        ...text.split('\n').map((line) => `  | ${line}`),
        '',
        `  ${lines.length} pieces of text in ${file}, ${width} x ${height} pixels`,
        asWritten ? '  as it was written, to the letter' : '  NOT AS IT WAS WRITTEN',
    ].join('\n');
}

function voice({ voice }: DemoReport): string {
    const { speech, chances } = voice;
    const known = chances.map((chance) => chance ?? 0);
    return [
        `  ${speech} of ${chances.length} frames hold a voice; chance along the recording, 0 to 1:`,
        `  |${sparkline(known, WIDTH)}|`,
    ].join('\n');
}

function cheat({ cheat }: DemoReport): string {
    const lost = cheat.bondedBefore - cheat.bondedAfter;
    return [
        `  ${cheat.operator} asked for less, executed one frame and gave its output for all of them.`,
        ...(cheat.spared === 0
            ? []
            : [`  The draw hit that one frame ${times(cheat.spared)}, and the job was paid.`]),
        `  ${cheat.verifier} was drawn to execute one of them again, and its sketch was another.`,
        `  ${cheat.jurors.join(', ')} sat in the jury and executed it in two classes each.`,
        cheat.convicted
            ? `  ${cheat.operator} is convicted and has lost ${gram(lost)} of ${gram(cheat.bondedBefore)} GRAM that it had bonded.`
            : `  ${cheat.operator} WAS NOT CONVICTED: the job ended as ${cheat.outcome}.`,
        `  The client has its money back, and ${cheat.doneBy} has done the job.`,
    ].join('\n');
}

function data({ data: { peers, http } }: DemoReport): string {
    return [
        `  data: ${megabytes(peers.bytes)} peer to peer, ${http.requests} requests over HTTP` +
            (http.requests === 0 ? '' : ` (${megabytes(http.bytes)})`),
        http.requests > 0
            ? '  Specs, inputs, results, proofs and checks went to URLs.'
            : '  Specs, inputs, results, proofs and checks went to keys: no node has a public address.',
    ].join('\n');
}

function megabytes(bytes: number): string {
    return `${(bytes / 1e6).toFixed(1)} MB`;
}

function jobs({ jobs }: DemoReport): string {
    const right = true;
    const rows = jobs.map((job) => [
        job.task,
        job.model.name,
        String(job.items),
        job.winner,
        gram(job.price),
        (job.executionMs / job.items).toFixed(2),
        job.root.slice(0, 16),
    ]);
    const failed = jobs.reduce((sum, job) => sum + job.failed, 0);
    const done = jobs.reduce((sum, job) => sum + job.done, 0);
    return [
        table(
            [
                { title: 'job' },
                { title: 'model' },
                { title: 'items', right },
                { title: 'winner' },
                { title: 'price', right },
                { title: 'ms an item', right },
                { title: 'root of all results' },
            ],
            rows,
        ),
        '',
        `  ${done} results and ${failed} errors, each proved against its root on chain`,
    ].join('\n');
}

function bids({ jobs }: DemoReport): string {
    const rows = jobs.flatMap(({ task, bids }) =>
        bids.map(({ operator, price, fate }) => [task, operator, gram(price), fate]),
    );
    return table(
        [
            { title: 'job' },
            { title: 'operator' },
            { title: 'price', right: true },
            { title: 'fate' },
        ],
        rows,
    );
}

/** What each step of each job took: the steps are the same, since all jobs ended well. */
function steps({ jobs }: DemoReport): string {
    const names = jobs[0]?.steps.map(({ step }) => step) ?? [];
    const took = (at: number) => jobs.map((job) => shortSeconds(job.steps[at]?.tookMs ?? 0));
    const whole = jobs.map((job) => shortSeconds(job.steps.at(-1)?.atMs ?? 0));
    return table(
        [{ title: 'step' }, ...jobs.map(({ task }) => ({ title: task, right: true }))],
        [...names.map((name, at) => [name, ...took(at)]), '-', ['all', ...whole]],
    );
}

function shortSeconds(ms: number): string {
    return (ms / 1000).toFixed(2);
}

function parties({ parties }: DemoReport): string {
    const right = true;
    const rows: (readonly string[])[] = parties.map((share) => [
        share.party,
        change(share.price),
        change(share.protocolFee),
        change(share.checks),
        change(share.forfeits),
        change(share.networkFees),
        change(share.change),
    ]);
    const text = table(
        [
            { title: 'party' },
            { title: 'price', right },
            { title: 'protocol fee', right },
            { title: 'checks', right },
            { title: 'forfeits', right },
            { title: 'gas, messages', right },
            { title: 'change', right },
        ],
        rows,
    );
    const notes = [
        '  What a step does not use of the gas it was given stays where it ran; a bond that paid for',
        '  a jury stands under gas, and comes back to who was right out of the forfeits.',
        '  The cheat came later, with 20 GRAM of the faucet.',
        '  The client has its escrow, rent included; what the escrow owes is the market’s.',
    ];
    return [text, '', ...notes].join('\n');
}

function books({ books }: DemoReport): string {
    const { accounts, totals, elsewhere, balanced } = books;
    const right = true;
    const rows = accounts.map(({ name, before, after }) => [
        name,
        gram(before),
        gram(after),
        change(after - before),
    ]);
    const moved = totals.after - totals.before;
    return [
        table(
            [
                { title: 'account' },
                { title: 'before', right },
                { title: 'after', right },
                { title: 'change', right },
            ],
            [
                ...rows,
                '-',
                ['all accounts', gram(totals.before), gram(totals.after), change(moved)],
                ['paid to validators', '', '', change(totals.fees)],
                ['sum', '', '', change(totals.difference)],
            ],
        ),
        '',
        `  ${totals.transactions} transactions, ${totals.gasUsed} gas: ` +
            `${gram(totals.gas)} for gas, ${gram(totals.carriage)} for messages, ` +
            `${gram(totals.storage)} for storage`,
        `  money on the chain beside these accounts: ${gram(elsewhere)}`,
        balanced
            ? '  The books balance to the nano.'
            : '  THE BOOKS DO NOT BALANCE: money was created or lost.',
    ].join('\n');
}

function times(count: number): string {
    return count === 1 ? 'once' : `${count} times`;
}
