import type { JobSpec } from '../protocol';
import { bytesPerItem } from '../provider/job-materials';
import { checkFacts } from '../provider/cross-check';
import { MESSAGE_MS, withinMs } from '../provider/prepare-bid';
import { needsMeasuring } from '../provider/pricing';
import { sampleItem } from '../provider/sample-item';
import { EndpointsDisagreeError, isPeerUrl, readOpenJob, sleep } from '../sdk';
import { drawnLeaf, parametersTag, Stake } from '../wrappers';
import type { CheckContext } from './check-context';
import { claimTime } from './claim-turn';
import { type CheckedJob, claimWeight, type JuryJob, type Ticket, ticketFor } from './eligibility';
import { AbstainError } from './errors';
import type { ItemOutcome } from './execute-item';
import { abstaining, type CheckDocuments } from './materials';
import { checkWorth, type ClaimWorth, worthOf } from './worth';

/** A claim that can be kept and pays. */
export interface PreparedClaim extends Ticket, ClaimWorth {
    /** Makes sure, without waiting, that the bond is still allowed beside those of other claims. */
    readonly assertBond: () => void;
    /** What the item gave, where it had to be executed to be measured. */
    readonly outcome: ItemOutcome | undefined;
}

/** A claim needs at least so long for what is read anew before it, milliseconds. */
const LEAST_MS = 300;
const STALE_MS = 500;
/** Executions are taken times this, and so much longer, milliseconds: other work comes between. */
const SAFETY = 3;
const OVERHEAD_MS = 5_000;

/**
 * Gathers what a claim rests on before it is made, so that the node can keep its word: eligibility
 * and ticket, documents, rules, model, item, cost.
 *
 * @throws AbstainError where the node does not claim
 */
export async function prepareClaim(
    context: CheckContext,
    job: CheckedJob,
    now: number,
): Promise<PreparedClaim> {
    const { parts, signal, target, materials } = context;
    const { stake: mine, state, rules, pricing } = parts;
    const startedAt = performance.now();
    const leftMs = () =>
        Math.max(
            LEAST_MS,
            (job.phaseEnd - now) * 1000 - MESSAGE_MS - (performance.now() - startedAt),
        );
    const weighed = async (at: CheckedJob) => {
        const contract = parts.chain.open(Stake.fromAddress(mine), { signal });
        const [stake, standing] = [await contract.getStake(), await contract.getStanding()];
        const ticket = ticketFor(at, mine, claimWeight(stake, standing, at));
        return { stake, ticket };
    };
    const { stake, ticket } = await weighed(job);
    await parts.checkDisk();
    await abstaining(() => rules.checkClient(target.client));
    await checkParameters(context, job);
    const costs = await parts.marketCosts(signal);
    const endpoint = await context.endpointOf(job.bid.stake);
    if (endpoint !== undefined && isPeerUrl(endpoint) && !parts.reachesPeers) {
        const detail = 'The node that did the job is reached by its key alone, and not from here.';
        throw new AbstainError('unavailable', detail);
    }
    const inTime = <T>(work: Promise<T>) => abstaining(() => withinMs(work, leftMs()));
    const documents = await inTime(materials.documents(job.terms, endpoint));
    const { spec, manifest } = documents;
    context.note({ model: spec.model, modelName: manifest.name });
    context.tell({ kind: 'described', model: spec.model, name: manifest.name });
    const item = await inTime(materials.item(job.terms, leafOf(job), endpoint));

    const known = parts.costs.coreMsPerItem(spec.model, bytesPerItem(spec));
    const sealed = spec.privacy.mode === 'sealed';
    let outcome: ItemOutcome | undefined;
    if (known === undefined && needsMeasuring(pricing)) {
        // Its price can only be told by doing it; the result is kept for the seal.
        const model = { hash: spec.model, manifest, spec };
        const options = { dueAt: job.phaseEnd, signal };
        // Nobody is given the key of a sealed job before it is drawn.
        const bytes = sealed ? sampleItem(manifest.inputs, bytesPerItem(spec)) : item.bytes;
        outcome = await inTime(parts.execute('native', model, bytes, options));
    }
    const coreMsPerItem = known ?? measuredMs(outcome, sealed, spec);
    checkTime(job, documents, coreMsPerItem);
    const worth = worthOf(job, ticket.duty, { ...parts, costs, coreMsPerItem });
    const assertBond = () =>
        checkWorth(worth, {
            stake,
            costs,
            bondsAtStake: state.checks.bondsAtStake(),
            maxBonds: parts.maxBonds,
        });
    assertBond();
    const kept = sealed ? undefined : outcome;
    const turn = claimTime(job, ticket, parts.claimSpread);
    const early = (turn - now) * 1000 - (performance.now() - startedAt);
    if (early > 0) await sleep(early, signal);
    if (performance.now() - startedAt < STALE_MS) {
        return { ...ticket, ...worth, assertBond, outcome: kept };
    }
    const later = await weighed(await stillOpen(context, job));
    return { ...later.ticket, ...worth, assertBond, outcome: kept };
}

/** What the item takes by what was measured; an item of zeros may fail, and says nothing then. */
function measuredMs(outcome: ItemOutcome | undefined, sealed: boolean, spec: JobSpec): number {
    if (outcome === undefined) return 0;
    return sealed && outcome.status === 'failed' ? spec.limits.msPerItem : outcome.elapsedMs;
}

/** The leaf that is looked at. */
export function leafOf(job: CheckedJob): number {
    return job.state === 'jury' ? job.jury.leaf : drawnLeaf(job.draw, job.terms.items);
}

async function checkParameters({ parts, target, signal }: CheckContext, job: CheckedJob) {
    const tag = parametersTag(job.parameters);
    if (tag === target.parametersTag && (await parts.knowsParameters(tag, signal))) return;
    const detail =
        'The job runs under parameters that the Market has not, as far as is known here.';
    throw new AbstainError('malformed', detail);
}

function checkTime(job: CheckedJob, { spec }: CheckDocuments, coreMsPerItem: number): void {
    const { sealWindow, jurySealWindow } = job.parameters.verification;
    const windowMs = 1000 * (job.state === 'jury' ? jurySealWindow : sealWindow);
    const takesMs = coreMsPerItem * SAFETY * (job.state === 'jury' ? 4 : 1) + OVERHEAD_MS;
    if (takesMs > windowMs) {
        const detail = `The item takes ${Math.round(takesMs)} ms of ${windowMs} ms.`;
        throw new AbstainError('too-slow', detail);
    }
    if (coreMsPerItem > spec.limits.msPerItem) {
        const detail = `The item takes longer here than the ${spec.limits.msPerItem} ms of the job.`;
        throw new AbstainError('too-slow', detail);
    }
}

async function stillOpen({ parts, target, signal }: CheckContext, job: CheckedJob) {
    const { job: later } = await readOpenJob(parts.chain, target, { signal });
    const same =
        (later?.state === 'checking' && job.state === 'checking' && later.round === job.round) ||
        (later?.state === 'jury' && job.state === 'jury' && isSameJury(later, job));
    if (same) return later;
    throw new AbstainError('over', 'The time for claims was over before this node was ready.');
}

/**
 * A bond goes only into a check that two endpoints know alike.
 *
 * @throws AbstainError `endpoints-disagree`, `no-room`; as `confirmJob`
 */
export async function confirmClaim(context: CheckContext, job: CheckedJob): Promise<void> {
    // What was gathered has taken room.
    await context.parts.checkDisk();
    try {
        await context.confirm(job, checkFacts);
    } catch (error) {
        if (!(error instanceof EndpointsDisagreeError)) throw error;
        throw new AbstainError('endpoints-disagree', error.message, error);
    }
}

function isSameJury(later: JuryJob, job: JuryJob): boolean {
    return later.jury.stage === job.jury.stage && later.jury.seed === job.jury.seed;
}
