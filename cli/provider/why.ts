import { type LedgerEntry, timelineOf } from '../../provider';
import type { ConfigFlags } from '../config';
import { action, type CommandContext, formatGram, UsageError } from '../terminal';
import { readingBooks } from './books';
import { onOneLine } from './one-line';
import type { Verb } from './session';

export const whyVerb: Verb = (program, context) => {
    program
        .command('why <job>')
        .summary('what happened to one job, and why it was not paid')
        .description(
            'Tells from the books of the node what happened to a job: <escrow>/<number>, or as ' +
                '"status" shows it, with the end of the address alone. Works whether or not the node runs.',
        )
        .action(action<ConfigFlags>((flags, [job = '']) => why(context, flags, job)));
};

async function why(context: CommandContext, flags: ConfigFlags, name: string): Promise<void> {
    const [, escrow = '', id] = /^(.*)[/:](\d{1,10})$/.exec(name) ?? [];
    if (id === undefined) {
        const hint = 'Write <escrow>/<number>, such as Ab3-xY/7; "status" lists the latest.';
        throw new UsageError(`"${name}" names no job.`, hint);
    }
    const found = await readingBooks(context, flags, ({ ledger }) => {
        const entries: LedgerEntry[] = [];
        for (const entry of ledger.seenBetween(0, Infinity)) {
            if (entry.jobId === Number(id) && names(entry, escrow)) entries.push(entry);
        }
        return entries;
    });
    const escrows = new Set(found.map((entry) => entry.escrow.toString()));
    if (escrows.size > 1) {
        throw new UsageError(
            `${name} may be a job of ${[...escrows].join(' or ')}.`,
            'Name it whole.',
        );
    }
    if (found.length === 0) {
        const hint =
            'It keeps them for 400 days; jobs that were listed while it was off are not seen.';
        throw new UsageError(`The node has not seen the job ${name}.`, hint);
    }
    const told = found.map((entry) => ({ entry, ...timelineOf(entry, formatGram) }));
    context.terminal.result(
        {
            format: 'cocoon.why-job/1',
            listings: told.map(({ entry, steps, advice }) => ({
                ...entry,
                steps: steps.map(({ at, text }) => ({ at: new Date(at).toISOString(), text })),
                advice,
            })),
        },
        told
            .map(({ entry, steps, advice }) =>
                [
                    `Job ${entry.escrow.toString()}/${entry.jobId}`,
                    ...steps.map(({ at, text }) => `  ${timeOf(at)}  ${onOneLine(text)}`),
                    ...(advice === undefined ? [] : [`What to do: ${advice}`]),
                ].join('\n'),
            )
            .join('\n\n'),
    );
}

function names({ escrow }: LedgerEntry, text: string): boolean {
    if (text.length < 4) return false;
    return escrow.toString().endsWith(text) || escrow.toRawString() === text;
}

function timeOf(ms: number): string {
    return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
