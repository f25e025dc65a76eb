import type { JobClosing, JobCommit, JobOutcome } from '../wrappers';
import { acceptResult, tickJob } from './accept-result';
import type { Chain } from './chain';
import { type Collected, type CollectOptions, collectResults } from './collect-results';
import { confirm } from './confirm';
import { EndpointsDisagreeError, ExternalRefusedError, JobEndedError } from './errors';
import { type ChainJobEvent, followJob } from './follow-job';
import type { JobEvent, JobResult } from './job-event';
import { type CommittedResult, readJobHistory } from './job-history';
import { KeyCourier } from './key-courier';
import type { PreparedJob } from './prepare-job';
import type { JobTicket } from './ticket';
import { readOpenJob } from './open-job';

/** When a job is done for whoever waits for it. */
export interface FinishOptions extends CollectOptions {
    /**
     * `accepted`, unless set: when the Escrow has taken the acceptance, or the time for it is over;
     * a check then goes on by itself. `final`: when the job has ended, which takes hours where it
     * is drawn for a check.
     */
    readonly settlement?: 'accepted' | 'final' | undefined;
    /**
     * Whether complete results are accepted; they are unless it is false. What nobody accepts is
     * checked for certain once the time for it is over, and only then paid.
     */
    readonly accept?: boolean | undefined;
}

export interface FinishJobRequest extends FinishOptions {
    readonly chain: Chain;
    readonly ticket: JobTicket;
    readonly job: Pick<PreparedJob, 'spec' | 'inputHashes'>;
}

/** Results of a job whose time to accept is over are asked for this long, seconds. */
const AFTER_END_SECONDS = 10;

/** Endings after which results must not be used. */
const FAULTS: ReadonlySet<JobOutcome> = new Set<JobOutcome>([
    'convicted',
    'conceded',
    'false-error',
    'provider-convicted',
]);

/**
 * Takes a posted job to its end, from wherever it is: follows it, lets time decide where it has to,
 * fetches and proves results, and accepts when every committed output is here.
 *
 * @throws EndpointsDisagreeError where endpoints contradict each other about what is to be accepted;
 * as `runJob`
 */
export async function finishJob(request: FinishJobRequest): Promise<JobResult> {
    const { chain, ticket, signal, settlement = 'accepted', accept: accepts = true } = request;
    const tell = request.onEvent ?? (() => undefined);
    const { jobId } = ticket;
    let result: CommittedResult | undefined;
    let collected: Collected | undefined;
    let drawn: { readonly accepted: boolean } | undefined;
    const finished = (closing: JobClosing | undefined, found: CommittedResult, all: Collected) => ({
        ...all,
        ticket,
        winner: found.stake,
        price: found.price,
        accepted: drawn?.accepted ?? (closing !== undefined && ACCEPTED.has(closing.outcome)),
        checked: closing === undefined || closing.outcome !== 'accepted',
        closing,
    });
    for await (const event of followed(request, tell)) {
        switch (event.kind) {
            case 'expired':
                await tickJob({ chain, ticket, signal });
                break;
            case 'committed': {
                const { acceptDeadline, acceptable } = event;
                result = event.result;
                const until = acceptable ? acceptDeadline : await soon(request);
                collected = await collectResults({ ...request, result, until });
                // Acceptance waives recourse, so it waits for the last output.
                const complete = accepts && acceptable && collected.missing.length === 0;
                if (complete) await confirmCommit(request, result);
                if (complete && (await accept(chain, ticket, signal))) tell({ kind: 'accepted' });
                break;
            }
            case 'drawn':
                drawn = event;
                if (settlement === 'final' || result === undefined) break;
                if (collected !== undefined) return finished(undefined, result, collected);
                break;
            case 'listed':
            case 'bid':
            case 'assigned':
            case 'declined':
            case 'check':
            case 'found':
            case 'jury':
                break;
            case 'closed': {
                if (FAULTS.has(event.outcome)) throw new JobEndedError(jobId, event.outcome);
                result ??= await committedBefore(request, event);
                const until = event.at + AFTER_END_SECONDS;
                collected ??= await collectResults({ ...request, result, until });
                return finished(event, result, collected);
            }
        }
    }
    throw new JobEndedError(jobId, 'cancelled');
}

/** The winner has the key, or is the winner no more. */
const KEY_IS_OVER: ReadonlySet<string> = new Set(['declined', 'committed', 'closed']);

/** What happens to the job, while its winner is given the key of a sealed one. */
async function* followed(
    { chain, ticket, job, fetch, signal }: FinishJobRequest,
    tell: (event: JobEvent) => void,
): AsyncGenerator<ChainJobEvent, void, void> {
    const { escrow, jobId, since, contentKey } = ticket;
    const courier = new KeyCourier({ chain, spec: job.spec, contentKey, fetch, signal, tell });
    try {
        for await (const event of followJob({ chain, escrow, jobId, since, signal })) {
            tell(event);
            if (event.kind === 'assigned') courier.begin(event.stake);
            else if (KEY_IS_OVER.has(event.kind)) courier.end();
            yield event;
        }
    } finally {
        courier.end();
    }
}

/** Endings of jobs that their clients accepted, where a check does not tell. */
const ACCEPTED: ReadonlySet<JobOutcome> = new Set<JobOutcome>(['accepted', 'passed']);

async function soon({ chain, signal }: FinishJobRequest): Promise<number> {
    return (await chain.now({ signal })) + AFTER_END_SECONDS;
}

/**
 * The result of a job that ended before it was looked at.
 *
 * @throws JobEndedError where there is none
 */
async function committedBefore(
    request: FinishJobRequest,
    { outcome }: JobClosing,
): Promise<CommittedResult> {
    const { chain, ticket, signal } = request;
    const { commit } = await readJobHistory({ chain, ...ticket, signal });
    if (commit === undefined) throw new JobEndedError(ticket.jobId, outcome);
    return commit;
}

/**
 * Acceptance pays for the root on chain, whatever an endpoint says that it is: where there are more
 * endpoints, two have to name the one that was verified.
 *
 * @throws EndpointsDisagreeError
 */
async function confirmCommit(
    { chain, ticket, signal }: FinishJobRequest,
    { commit }: CommittedResult,
): Promise<void> {
    const { escrow, jobId } = ticket;
    const about = `the results of job ${jobId} of ${escrow.toString()}`;
    const facts = (found: Pick<JobCommit, 'root' | 'faulty'> | undefined) =>
        found === undefined ? 'none' : `${found.root} ${found.faulty}`;
    const ask = async (one: Chain) => {
        const { job } = await readOpenJob(one, ticket, { signal });
        return job !== undefined && 'commit' in job ? job.commit : undefined;
    };
    const said = await confirm(chain, { about, ask, facts, signal });
    if (said.kind === 'alone') return;
    if (said.kind === 'disagreed') throw said.error;
    if (facts(said.answer) === facts(commit)) return;
    throw new EndpointsDisagreeError(
        about,
        (chain.endpoints ?? []).map(({ name }) => name),
    );
}

/**
 * @returns whether it was still to be accepted: when the time was over meanwhile, the job is checked,
 * which is no error
 */
async function accept(chain: Chain, ticket: JobTicket, signal?: AbortSignal): Promise<boolean> {
    try {
        await acceptResult({ chain, ticket, signal });
        return true;
    } catch (error) {
        if (!(error instanceof ExternalRefusedError)) throw error;
        return false;
    }
}
