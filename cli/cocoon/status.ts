import { Command } from 'commander';
import { hashFromBigInt } from '../../protocol';
import { EndpointTimeoutError, EndpointUnreachableError, type NoBidSummary } from '../../sdk';
import { Escrow, type JobOutcome } from '../../wrappers';
import { type Config, type ConfigFlags, configFrom } from '../config';
import { openNetwork, type Network } from '../network';
import { type CommandContext, formatGram, table } from '../terminal';
import { clientAddress } from './client-wallet';
import { hasResults, resultsFolder } from './jobs/finish';
import { type JobSight, jobInWords, lookAtJob, lookAtStep } from './jobs/look-at-job';
import { namedJob } from './jobs/named-job';
import { receiptOf } from './jobs/receipt';
import {
    readSteps,
    readSubmission,
    type Step,
    type StoredSubmission,
    submissionIds,
} from './jobs/submission';
import { nextSteps, unsoldStep, whyNoBid } from './jobs/why-no-bid';

/** `cocoon status`: where jobs are, and what happens to them by themselves. */
export function statusCommand(context: CommandContext): Command {
    const command = new Command('status')
        .description('show jobs, the money they hold, and what happens next without you')
        .argument('[job]', 'its number in this home, or <escrow>:<job id>; all unless set')
        .addHelpText(
            'after',
            `
What time has decided, such as a refund after nobody bid, is carried out at once: that needs no keys,
and the job's own gas pays.

Examples:
  $ cocoon status
  $ cocoon status 7
  $ cocoon status EQ…:3 --json`,
        );
    return command.action(async (job: string | undefined) => {
        const config = configFrom(command.optsWithGlobals<ConfigFlags>(), context.env);
        return job === undefined ? listJobs(config, context) : showJob(job, config, context);
    });
}

async function listJobs(config: Config, context: CommandContext): Promise<void> {
    const { terminal, signal } = context;
    const network = await networkOrNone(config, context);
    const ids = submissionIds(config.home);
    const jobs = [];
    for (const id of ids) {
        const submission = readSubmission(config.home, id);
        const here = network?.market.address.toRawString() === submission.market;
        if (here && network !== undefined) await lookAtOpenSteps(submission, network, signal);
        const { state, next } = summary(submission);
        const { what, createdAt } = submission;
        jobs.push({ id, what: nameOf(what), createdAt, network: submission.network, state, next });
    }
    const held = network === undefined ? undefined : await heldByEscrow(config, network, context);
    terminal.result(
        { jobs, escrow: held },
        [
            jobs.length === 0
                ? 'No job was submitted from this home.'
                : table(
                      ['job', 'what', 'submitted', 'network', 'state'].map((title) => ({ title })),
                      jobs.map(({ id, what, createdAt, network: on, state }) => [
                          id,
                          what,
                          createdAt.slice(0, 16).replace('T', ' '),
                          on,
                          state,
                      ]),
                  ),
            ...jobs.flatMap(({ id, next }) => (next === '' ? [] : [`Job ${id}: ${next}`])),
            ...(held === undefined || held.open === 0
                ? []
                : [
                      `${formatGram(held.held)} are held for ${held.open} open jobs in ${held.address}.`,
                  ]),
        ].join('\n'),
    );
}

async function showJob(job: string, config: Config, context: CommandContext): Promise<void> {
    const { terminal, signal } = context;
    const named = namedJob(config.home, job);
    if (named.kind === 'chain') {
        const network = await openNetwork(config, signal);
        const sight = await lookAtJob(network, named, signal);
        const { state, next } = sightInWords(sight);
        const noBid = await whyUnsold(network, sight, signal);
        return terminal.result(
            {
                ...place(sight),
                state,
                next,
                held: sight.view?.held,
                closing: sight.history.closing,
                noBid,
            },
            [
                `Job ${place(sight).onChain}: ${state}.`,
                ...(next === '' ? [] : [next]),
                ...noBidLines(noBid, undefined),
            ].join('\n'),
        );
    }
    const { submission } = named;
    const network = await networkOrNone(config, context);
    const sights =
        network?.market.address.toRawString() === submission.market
            ? await lookAtOpenSteps(submission, network, signal)
            : [];
    const { state, next } = summary(submission);
    const unsold = unsoldStep(submission);
    const noBid = unsold && network && (await whyNoBid(network, unsold, signal));
    const held = sights.reduce((sum, { view }) => sum + (view?.held ?? 0n), 0n);
    const { what, createdAt } = submission;
    terminal.result(
        {
            id: submission.id,
            what,
            createdAt,
            network: submission.network,
            state,
            next,
            held,
            steps: readSteps(submission).map(({ ticket: _ticket, ...step }) => step),
            results: hasResults(submission) ? resultsFolder(submission) : undefined,
            receipt: receiptOf(submission),
            noBid,
        },
        [
            `Job ${submission.id}: ${nameOf(what)}, on ${submission.network}`,
            ...readSteps(submission).map(
                (step) =>
                    `  ${step.model.name}, ${step.items} items: ${step.state}` +
                    (step.escrow === '' ? '' : `, ${step.escrow}:${step.jobId}`),
            ),
            `State: ${state}`,
            ...(held > 0n ? [`Held in the Escrow: ${formatGram(held)}`] : []),
            ...sights.flatMap((sight) =>
                sight.view === undefined ? [] : [jobInWords(sight.view).next],
            ),
            ...(next === '' ? [] : [next]),
            ...noBidLines(noBid, submission.id),
        ].join('\n'),
    );
}

/** Asks nodes about a job that ended without a bid, whoever posted it. */
async function whyUnsold(
    network: Network,
    { escrow, jobId, history }: JobSight,
    signal: AbortSignal,
) {
    const { terms, closing } = history;
    if (closing?.outcome !== 'no-bid' || terms === undefined) return undefined;
    const spec = hashFromBigInt(terms.spec);
    return whyNoBid(network, { escrow, jobId, spec, offered: undefined, nodes: [] }, signal);
}

function noBidLines(why: NoBidSummary | undefined, id: string | undefined): string[] {
    return why === undefined ? [] : [why.sentence, ...nextSteps(why, id)];
}

/** Looks at all steps that may still change. */
async function lookAtOpenSteps(
    submission: StoredSubmission,
    network: Network,
    signal: AbortSignal,
): Promise<JobSight[]> {
    const sights: JobSight[] = [];
    for (const [number, { state }] of readSteps(submission).entries()) {
        if (state !== 'sending' && state !== 'posted' && state !== 'checking') continue;
        const sight = await lookAtStep(network, submission, number, signal);
        if (sight !== undefined) sights.push(sight);
    }
    return sights;
}

/** State of a submission, and what its owner can do next. */
function summary(submission: StoredSubmission): { readonly state: string; readonly next: string } {
    const { id } = submission;
    const faulty = readSteps(submission).find(({ end }) => FAULTS.has(end?.outcome ?? ''));
    if (faulty?.end !== undefined) {
        return {
            state: `found wrong: ${faulty.end.outcome}`,
            next:
                `Do not use its results. ${formatGram(faulty.end.refund)} came back; submit it ` +
                'again, or ' +
                `"cocoon submit --resume ${id}" does.`,
        };
    }
    if (hasResults(submission)) {
        if (readSteps(submission).some(({ state }) => state === 'checking')) {
            return {
                state: 'done, in its check',
                next: `Its results are in ${resultsFolder(submission)}; a check of one of them goes on by itself.`,
            };
        }
        return { state: 'done', next: `Its results are in ${resultsFolder(submission)}.` };
    }
    const last = readSteps(submission).at(-1);
    if (last === undefined) {
        const next =
            submission.what.kind === 'ocr'
                ? `Nothing was paid. "cocoon submit --resume ${id}" begins it.`
                : 'Nothing was paid. Submit it again.';
        return { state: 'not posted', next };
    }
    return STATES[last.state](id, last);
}

/** Endings after which results must not be used. */
const FAULTS: ReadonlySet<string> = new Set<JobOutcome>([
    'convicted',
    'conceded',
    'false-error',
    'provider-convicted',
]);

const STATES: Record<Step['state'], (id: string, step: Step) => { state: string; next: string }> = {
    planned: (id) => ({
        state: 'not posted',
        next: `Nothing was paid. "cocoon submit --resume ${id}" posts it.`,
    }),
    sending: (id) => ({
        state: 'not on the chain',
        next: `Its posting never arrived, or not yet. "cocoon submit --resume ${id}" posts it, never twice.`,
    }),
    posted: (id, { committed }) => ({
        state: committed ? 'delivered' : 'open',
        next: `"cocoon result ${id}" waits for the results, checks and accepts them.`,
    }),
    checking: (id) => ({
        state: 'in its check, results not here',
        next: `"cocoon result ${id}" fetches them while the node keeps them.`,
    }),
    settled: (id) => ({
        state: 'paid, results not here',
        next: `"cocoon result ${id}" fetches them while the node keeps them.`,
    }),
    ended: (id, { end }) => ({
        state: `ended: ${end?.outcome ?? 'without a result'}`,
        next: `${formatGram(end?.refund ?? 0n)} came back. "cocoon submit --resume ${id}" tries again.`,
    }),
    refused: (id) => ({
        state: 'refused',
        next: `Its posting was refused and its money came back. "cocoon submit --resume ${id}" tries again.`,
    }),
};

function nameOf(what: StoredSubmission['what']): string {
    return what.kind === 'ocr' ? `ocr ${what.picture}` : `${what.model.name}, ${what.items} items`;
}

function place({ escrow, jobId }: JobSight) {
    return { escrow, jobId, onChain: `${escrow.toString()}:${jobId}` };
}

function sightInWords({ view, history }: JobSight): { state: string; next: string } {
    if (view !== undefined) return jobInWords(view);
    const { closing } = history;
    if (closing === undefined) return { state: 'not on the chain', next: '' };
    const { outcome, paid, refund } = closing;
    return {
        state: `ended: ${outcome}`,
        next: `${formatGram(paid)} were paid, ${formatGram(refund)} came back.`,
    };
}

/** Without the chain there still is something to say. */
async function networkOrNone(
    config: Config,
    { terminal, signal }: CommandContext,
): Promise<Network | undefined> {
    try {
        return await openNetwork(config, signal);
    } catch (error) {
        const silent =
            error instanceof EndpointUnreachableError || error instanceof EndpointTimeoutError;
        if (!silent) throw error;
        terminal.warn(`${error.message} This is what the home knows; the chain may be further.`);
        return undefined;
    }
}

async function heldByEscrow(config: Config, network: Network, context: CommandContext) {
    const { signal } = context;
    const client = await clientAddress(config, context);
    const escrow = Escrow.ofClient(network.deployment, client);
    const { active } = await network.chain.account(escrow.address, { signal });
    if (!active) return undefined;
    const view = await network.chain.open(escrow, { signal }).getEscrow();
    const { held, surplus } = view;
    return { address: escrow.address.toString(), open: Number(view.open), held, surplus };
}
