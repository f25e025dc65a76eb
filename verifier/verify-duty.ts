import type { Cell } from '@ton/core';
import { isWithinTau } from '../protocol';
import { checkFacts, openedFacts } from '../provider/cross-check';
import { decodeSketch, Escrow, sealedWord, sketchRules } from '../wrappers';
import type { CheckingJob, JuryJob } from './eligibility';
import type { CheckContext } from './check-context';
import { committedLeaf, leafAtOnce } from './delivery';
import { SealConflictError } from './errors';
import type { ItemOutcome } from './execute-item';
import { revealJointly, type WrittenSeal } from './joint-reveal';
import { leafOf } from './prepare-claim';
import { openItem, UNOPENED } from './sealed-check';
import { isBound, verifierSketch } from './sketches';
import type { Duty, RevealVerdict } from './state';

/**
 * Executes the drawn item, writes down what is sealed, and seals it: to the provider, and on chain
 * where the two do not agree.
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
    const found = known === undefined ? await find(context, job, kept) : { sketch: known };
    const { sketch } = found;
    // On disk before it is signed: never two findings for one claim.
    context.noteClaim(duty, { step: 'sealing', sealed: sketch, ...verdictOf(found) });
    context.tell({ kind: 'sealing', duty });
    const seal = context.verifierSeal(duty, sketch);
    const { jobId } = target;
    // A report is one that the provider does not answer.
    const asks = context.claimOf(duty)?.verdict === undefined;
    if (asks && (await isRevealed(context, job, { duty, jobId, ticket, seal, sketch }))) return;
    const { secretKey } = parts.secrets.key(context.claimName(duty));
    const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
    await escrow.sendSeal({ jobId, ticket, seal }, secretKey);
}

/** Whether provider and verifier agree off chain, so that nothing is to be sealed. */
function isRevealed(
    context: CheckContext,
    job: CheckingJob,
    written: WrittenSeal,
): Promise<boolean> {
    return revealJointly(context, job, written, async (opened) => {
        const endpoint = await context.endpointOf(job.bid.stake);
        const { rule, spec } = await context.materials.documents(job.terms, endpoint);
        const both = [decodeSketch(opened), decodeSketch(written.sketch)] as const;
        if (!isWithinTau(sketchRules(rule), ...both)) return false;
        // To ask for the key of a sealed job may take long.
        const opens = spec.privacy.mode === 'public' || context.itemKeys.has(leafOf(job));
        if (!opens) return false;
        return (await judge(context, { ...job, opened }, written.duty, leafAtOnce)) === 'sketch';
    });
}

/** Holds the opening against the committed leaf, writes down what it says, and reveals. */
export async function revealFinding(context: CheckContext, job: CheckingJob): Promise<void> {
    const { parts, target, signal } = context;
    const duty = dutyOf(job);
    // A node that lost its state finds again what it has sealed.
    const sealed = context.claimOf(duty)?.sealed;
    const found = sealed === undefined ? await find(context, job, undefined) : { sketch: sealed };
    const { sketch } = found;
    const { publicKey } = parts.secrets.key(context.claimName(duty));
    const seal = context.verifierSeal(duty, sketch);
    if (sealedWord(seal, publicKey) !== job.verifier?.seal) {
        throw new SealConflictError(context.key);
    }
    context.noteClaim(duty, { sealed: sketch, ...verdictOf(found) });
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

/** What a verifier has found. */
interface Found {
    readonly sketch: Cell;
    /** Nothing could be executed, so that this is all that it can say. */
    readonly verdict?: 'missing-data';
}

function verdictOf({ verdict }: Found): { verdict?: 'missing-data' } {
    return verdict === undefined ? {} : { verdict };
}

async function find(
    context: CheckContext,
    job: CheckingJob,
    kept: ItemOutcome | undefined,
): Promise<Found> {
    const { parts, materials, signal } = context;
    const duty = dutyOf(job);
    const endpoint = await context.endpointOf(job.bid.stake);
    const documents = await materials.documents(job.terms, endpoint);
    const { spec, manifest, rule } = documents;
    const index = leafOf(job);
    const item = await materials.item(job.terms, index, endpoint);
    const opened = await openItem(context, job, { duty, spec, item, index });
    if (opened === undefined) {
        const sketch = verifierSketch(rule, UNOPENED, job.draw, job.round);
        return { sketch, verdict: 'missing-data' };
    }
    const model = { hash: spec.model, manifest, spec };
    const options = { dueAt: job.phaseEnd, signal };
    const outcome = kept ?? (await parts.execute('native', model, opened.bytes, options));
    context.noteClaim(duty, { executedMs: outcome.elapsedMs });
    context.tell({ kind: 'executed', duty, elapsedMs: outcome.elapsedMs });
    return { sketch: verifierSketch(rule, outcome, job.draw, job.round) };
}

/** Whether the opened sketch is that of what the provider has committed to and delivers. */
async function judge(
    context: CheckContext,
    job: CheckingJob,
    duty: Duty,
    leafFrom = committedLeaf,
): Promise<RevealVerdict> {
    const { materials } = context;
    const endpoint = await context.endpointOf(job.bid.stake);
    const documents = await materials.documents(job.terms, endpoint);
    const index = leafOf(job);
    const item = await materials.item(job.terms, index, endpoint);
    const opening = await openItem(context, job, { duty, spec: documents.spec, item, index });
    if (opening === undefined) return 'missing-data';
    const { seals } = opening;
    const leaf = await leafFrom(context, job, { duty, index, documents, item, seals });
    if (leaf === undefined) return 'missing-data';
    const { opened, draw, round } = job;
    const bound = opened !== undefined && isBound(documents.rule, leaf, opened, draw, round);
    return bound ? 'sketch' : 'broken-binding';
}
