import { resolve } from 'node:path';
import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { type ConfigFlags, configFrom } from '../config';
import type { CommandContext } from '../terminal';
import { openClient } from './client';
import { copyResults, finishSubmission, hasResults, resultsFolder } from './jobs/finish';
import { namedJob } from './jobs/named-job';
import { receiptInWords, receiptOf } from './jobs/receipt';
import type { StoredSubmission } from './jobs/submission';
import { recover } from './recover';
import { checkNetwork, tellFinished } from './tell-finished';
import { makeResultsFolder } from './write-results';

interface Flags extends ConfigFlags {
    readonly out?: string;
    readonly accept: boolean;
}

/** `cocoon result`: goes on with a job from wherever it is, and collects its results. */
export function resultCommand(context: CommandContext): Command {
    const command = new Command('result')
        .description('go on with a job: wait, fetch its results, check and accept them')
        .argument('<job>', 'its number in this home, or <escrow>:<job id>')
        .option('-o, --out <folder>', 'put the results there: an empty or new folder')
        .option('--no-accept', 'let a check decide about the payment, as under submit')
        .addHelpText(
            'after',
            `
A sealed job that was submitted on another machine with the same wallet is found again by its Escrow
and number alone; its results go to --out, or below the home. Whether it was to be accepted is kept on that
other machine only: say --no-accept again.

It posts nothing and pays for nothing new, except the second job of a picture that was agreed to.

Examples:
  $ cocoon result 7
  $ cocoon result 7 --out ./results --json
  $ cocoon result EQC…:3 --out ./results`,
        );
    return command.action(async (job: string) => {
        const flags = command.optsWithGlobals<Flags>();
        const { home } = configFrom(flags, context.env);
        const named = namedJob(home, job);
        if (named.kind === 'chain') return recover(named, flags, context);
        const submission = keeping(named.submission, flags);
        if (hasResults(submission)) return handOver(submission, flags, context);
        const client = await openClient(flags, context);
        checkNetwork(submission, client);
        if (flags.out !== undefined) await makeResultsFolder(flags.out);
        const post = submission.what.kind === 'ocr';
        const finished = await finishSubmission({ client, submission, post });
        if (flags.out === undefined) return tellFinished(finished, context.terminal);
        await copyResults(submission, flags.out);
        tellFinished({ ...finished, results: resolve(flags.out) }, context.terminal);
    });
}

/** What was not to be accepted stays so. */
function keeping(submission: StoredSubmission, { accept }: Flags): StoredSubmission {
    const { terms } = submission;
    return { ...submission, terms: { ...terms, accept: terms.accept && accept } };
}

/** Results that are here already. */
async function handOver(
    submission: StoredSubmission,
    { out }: Flags,
    { terminal }: CommandContext,
): Promise<void> {
    if (out !== undefined) {
        await makeResultsFolder(out);
        await copyResults(submission, out);
    }
    const results = resolve(out ?? resultsFolder(submission));
    const receipt = receiptOf(submission);
    const text =
        submission.what.kind === 'ocr'
            ? readFileSync(`${resultsFolder(submission)}/text.txt`, 'utf8').trimEnd()
            : undefined;
    terminal.result(
        { ...receipt, results, text },
        [
            ...(text === undefined ? [] : [text, '']),
            receiptInWords(receipt),
            `Results: ${results}`,
        ].join('\n'),
    );
}
