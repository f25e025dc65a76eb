import type { DemoReport } from './demo';
import { change, gram, seconds, sparkline, table } from './table';

const WIDTH = 72;

/** The facts of a demo as text. */
export function renderReport(report: DemoReport): string {
    return [
        section('The job', job(report)),
        section('Bids', bids(report)),
        section('Results', results(report)),
        section('Time', steps(report)),
        section('Who paid what, in GRAM', parties(report)),
        section('Balance sheet, in GRAM', books(report)),
    ].join('\n\n');
}

function section(title: string, body: string): string {
    return `${title}\n\n${body}`;
}

function job({ model, job, root }: DemoReport): string {
    const { escrow, jobId, items, ceiling, inputBytes } = job;
    return [
        `  model    ${model.name}, ${model.hash.slice(0, 16)}…`,
        `  inputs   ${items} frames of audio, ${inputBytes} bytes`,
        `  ceiling  ${gram(ceiling)} GRAM`,
        `  escrow   ${escrow}, job ${jobId}`,
        `  root     ${root}`,
    ].join('\n');
}

function bids({ bids }: DemoReport): string {
    const rows = bids.map(({ operator, price, fate }) => [operator, gram(price), fate]);
    return table([{ title: 'operator' }, { title: 'price', right: true }, { title: 'fate' }], rows);
}

function results({ results, job }: DemoReport): string {
    const { done, failed, speech, chances, executionMs } = results;
    const known = chances.map((chance) => chance ?? 0);
    const perItem = executionMs / job.items;
    return [
        `  ${done} results and ${failed} errors, each proved against the root on chain`,
        `  ${speech} of ${job.items} frames hold a voice; ${perItem.toFixed(2)} ms a frame`,
        `  chance of a voice, 0 to 1, along the recording:`,
        `  |${sparkline(known, WIDTH)}|`,
    ].join('\n');
}

function steps({ steps }: DemoReport): string {
    const rows = steps.map(({ step, atMs, tookMs }) => [step, seconds(tookMs), seconds(atMs)]);
    const right = true;
    return table([{ title: 'step' }, { title: 'took', right }, { title: 'at', right }], rows);
}

function parties({ parties }: DemoReport): string {
    const right = true;
    const rows: (readonly string[])[] = parties.map((share) => [
        share.party,
        change(share.price),
        change(share.protocolFee),
        change(share.networkFees),
        change(share.change),
    ]);
    const text = table(
        [
            { title: 'party' },
            { title: 'price', right },
            { title: 'protocol fee', right },
            { title: 'gas, messages', right },
            { title: 'change', right },
        ],
        rows,
    );
    const notes = [
        '  What a step does not use of the gas it was given stays where it ran.',
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
