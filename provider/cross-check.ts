import type { Address } from '@ton/core';
import { asHashHex, type HashHex } from '../protocol';
import {
    type CallOptions,
    type Chain,
    confirm,
    type EndpointsDisagreeError,
    readOpenJob,
    sleep,
} from '../sdk';
import { encodeTerms, type JobView, parametersTag } from '../wrappers';
import { EndpointLiesError } from './errors';
import type { DisagreementChoice } from './events';

/** Told whenever endpoints contradict each other, with what the node does about it. */
export type OnDisagree = (error: EndpointsDisagreeError, choice: DisagreementChoice) => void;

export interface ConfirmJobOptions extends CallOptions {
    readonly chain: Chain;
    readonly escrow: Address;
    readonly jobId: number;
    /** The job as it was read. */
    readonly job: JobView;
    /** What the next step rests on, as a text; undefined: the job is not open. */
    readonly facts: (job: JobView | undefined) => string;
    /**
     * UNIX time of the chain up to which a contradiction is waited out; the step is taken then,
     * since leaving it would cost more. Unless set, it is not taken at all.
     */
    readonly until?: number | undefined;
    /** Whether what an endpoint says follows from what nobody can invent. */
    readonly isProven?: (job: JobView, chain: Chain) => Promise<boolean>;
    readonly onDisagree: OnDisagree;
}

/**
 * Has a second endpoint, where there is one, say the same of a job before something binding rests
 * on it; see `confirm`. Where two contradict each other and no third decides, a step without a
 * deadline is not taken, and one with a deadline is taken at the last moment: on what is proven, or
 * else on what the healthier endpoint says.
 *
 * @returns the job to act on, which says the same as `job` but where something else was proven
 * @throws EndpointsDisagreeError; EndpointLiesError where the job is another one by now
 */
export async function confirmJob(options: ConfirmJobOptions): Promise<JobView> {
    const { chain, escrow, jobId, job, facts, until, onDisagree, signal } = options;
    const question = {
        about: `job ${jobId} of ${escrow.toString()}`,
        ask: (one: Chain) => readJob(one, escrow, jobId, signal),
        facts,
        signal,
    };
    const expected = facts(job);
    for (let told = false; ; await sleep(chain.pollMs, signal)) {
        const said = await confirm(chain, question);
        if (said.kind === 'alone') return job;
        if (said.kind !== 'disagreed') {
            if (said.kind === 'outvoted') onDisagree(said.error, 'majority');
            if (facts(said.answer) === expected) return job;
            throw new EndpointLiesError('what it said of a job is not what others say.');
        }
        const { chainTime } = await chain.account(escrow, { signal });
        if (until === undefined) {
            onDisagree(said.error, 'nothing');
            throw said.error;
        }
        if (chainTime >= until) {
            const proven = await firstProven(options, said.answers);
            onDisagree(said.error, proven === undefined ? 'first' : 'proven');
            return proven ?? job;
        }
        if (!told) onDisagree(said.error, 'waits');
        told = true;
    }
}

async function firstProven(
    { isProven }: ConfirmJobOptions,
    answers: readonly { readonly answer: JobView | undefined; readonly chain: Chain }[],
): Promise<JobView | undefined> {
    for (const { answer, chain } of answers) {
        if (answer === undefined || isProven === undefined) continue;
        if (await isProven(answer, chain).catch(() => false)) return answer;
    }
    return undefined;
}

/** A job as a chain tells it now; undefined where it is not open. */
async function readJob(
    chain: Chain,
    escrow: Address,
    jobId: number,
    signal: AbortSignal | undefined,
): Promise<JobView | undefined> {
    return (await readOpenJob(chain, { escrow, jobId }, { signal })).job;
}

/** Names the terms of a job, 64 digits of hex. */
export function termsHash({ terms }: Pick<JobView, 'terms'>): HashHex {
    return asHashHex(encodeTerms(terms).hash().toString('hex'));
}

/** What a bid rests on. */
export function biddingFacts(job: JobView | undefined): string {
    if (job?.state !== 'bidding') return 'no bids';
    const { biddingEnd, parameters } = job;
    return [termsHash(job), parametersTag(parameters), biddingEnd].join(' ');
}

/** What an opening, a claim and a seal rest on. */
export function checkFacts(job: JobView | undefined): string {
    if (job?.state !== 'checking' && job?.state !== 'jury') return job?.state ?? 'not open';
    const { draw, commit } = job;
    const place =
        job.state === 'checking'
            ? [job.round]
            : [job.jury.stage, job.jury.seed.toString(), job.jury.leaf];
    return [job.state, termsHash(job), ...place, draw, commit.root].join(' ');
}

/** What an opening for a seal rests on: that claims have ended, and whose key seals. */
export function sealFacts(job: JobView | undefined): string {
    const { phase, verifier } = job?.state === 'checking' ? job : {};
    const claim = [phase, verifier?.stake.toRawString(), verifier?.ticket, verifier?.seal];
    return `${checkFacts(job)} ${claim.join(' ')}`;
}

/** What a reveal rests on. */
export function openedFacts(job: JobView | undefined): string {
    const opened = job !== undefined && 'opened' in job ? job.opened : undefined;
    return `${checkFacts(job)} ${opened?.hash().toString('hex') ?? 'not opened'}`;
}

/**
 * Distrusts the endpoints that tell other terms of a job than those that were confirmed before this
 * node bid for it: terms never change.
 */
export async function distrustOtherTerms(
    chain: Chain,
    { escrow, jobId, terms }: { escrow: Address; jobId: number; terms: string },
    { signal }: CallOptions,
): Promise<EndpointLiesError> {
    const error = new EndpointLiesError('the terms of a job are not those that were bid for.');
    for (const member of chain.endpoints ?? []) {
        const job = await readJob(member.chain, escrow, jobId, signal).catch(() => undefined);
        if (job !== undefined && termsHash(job) !== terms) member.distrust(error);
    }
    return error;
}
