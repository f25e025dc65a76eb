import { checkFacts, openedFacts } from '../provider/cross-check';
import { Escrow } from '../wrappers';
import type { CheckingJob, JuryJob } from './eligibility';
import type { CheckContext } from './check-context';
import { committedLeaf } from './delivery';
import { SealConflictError } from './errors';
import type { ItemOutcome } from './execute-item';
import { leafOf } from './prepare-claim';
import { isBound, verifierSketch } from './sketches';
import type { Duty, RevealVerdict } from './state';

/**
 * Executes the drawn item, writes down what is sealed, and seals it.
 *
 * @param kept - what the item gave when it was measured
 */
export async function sealFinding(
    context: CheckContext,
    job: CheckingJob,
    kept: ItemOutcome | undefined,
): Promise<void> {
    const { parts, target, signal } = context;
    const duty = dutyOf(job);
    const { ticket } = job.verifier ?? { ticket: 0n };
    const known = context.claimOf(duty)?.sealed;
    // What was sealed before is sealed again, whatever the chain is said to hold.
    if (known === undefined) await context.confirm(job, checkFacts, lastMoment(job));
    const sketch = known ?? (await find(context, job, kept));
    // On disk before it is signed: never two findings for one claim.
    context.noteClaim(duty, { step: 'sealing', sealed: sketch });
    context.tell({ kind: 'sealing', duty });
    const seal = context.verifierSeal(duty, sketch);
    const { secretKey } = parts.secrets.key(context.claimName(duty));
    const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
    await escrow.sendSeal({ jobId: target.jobId, ticket, seal }, secretKey);
}

/** Holds the opening against the committed leaf, writes down what it says, and reveals. */
export async function revealFinding(context: CheckContext, job: CheckingJob): Promise<void> {
    const { parts, target, signal } = context;
    const duty = dutyOf(job);
    // A node that lost its state finds again what it has sealed.
    const sketch = context.claimOf(duty)?.sealed ?? (await find(context, job, undefined));
    if (context.verifierSeal(duty, sketch) !== job.verifier?.seal) {
        throw new SealConflictError(context.key);
    }
    context.noteClaim(duty, { sealed: sketch });
    const known = context.claimOf(duty)?.verdict;
    // The verdict hangs on what the provider has opened.
    if (known === undefined) await context.confirm(job, openedFacts, lastMoment(job));
    const verdict = known ?? (await judge(context, job, duty));
    context.noteClaim(duty, { step: 'revealing', verdict });
    context.tell({ kind: 'revealing', duty, verdict });
    const name = context.claimName(duty);
    const { jobId } = target;
    const reveal = { jobId, kind: verdict, salt: parts.secrets.salt(name), sketch };
    const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
    await escrow.sendReveal(reveal, parts.secrets.key(name));
    context.noteClaim(duty, { step: 'revealed' });
    context.tell({ kind: 'revealed', duty, verdict });
}

export function dutyOf({ round }: CheckingJob): Duty {
    return { role: 'verifier', turn: round };
}

/** Half a minute before the end of a phase, at the latest, a contradiction is not waited out any more. */
export function lastMoment({ phaseEnd }: Pick<CheckingJob | JuryJob, 'phaseEnd'>): number {
    return phaseEnd - 30;
}

async function find(context: CheckContext, job: CheckingJob, kept: ItemOutcome | undefined) {
    const { parts, materials, signal } = context;
    const duty = dutyOf(job);
    const endpoint = await context.endpointOf(job.bid.stake);
    const documents = await materials.documents(job.terms, endpoint);
    const { spec, manifest, rule } = documents;
    const item = await materials.item(job.terms, leafOf(job), endpoint);
    const model = { hash: spec.model, manifest, spec };
    const options = { dueAt: job.phaseEnd, signal };
    const outcome = kept ?? (await parts.execute('native', model, item.bytes, options));
    context.noteClaim(duty, { executedMs: outcome.elapsedMs });
    context.tell({ kind: 'executed', duty, elapsedMs: outcome.elapsedMs });
    return verifierSketch(rule, outcome, job.draw, job.round);
}

/** Whether the opened sketch is that of what the provider has committed to and delivers. */
async function judge(context: CheckContext, job: CheckingJob, duty: Duty): Promise<RevealVerdict> {
    const { materials } = context;
    const endpoint = await context.endpointOf(job.bid.stake);
    const documents = await materials.documents(job.terms, endpoint);
    const index = leafOf(job);
    const item = await materials.item(job.terms, index, endpoint);
    const leaf = await committedLeaf(context, job, { duty, index, documents, item });
    if (leaf === undefined) return 'missing-data';
    const { opened, draw, round } = job;
    const bound = opened !== undefined && isBound(documents.rule, leaf, opened, draw, round);
    return bound ? 'sketch' : 'broken-binding';
}
