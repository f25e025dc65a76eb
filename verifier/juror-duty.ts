import type { Cell } from '@ton/core';
import type { ComparisonRule } from '../protocol';
import { checkFacts } from '../provider/cross-check';
import { drawnLeaf, Escrow, jurorSeal } from '../wrappers';
import type { CheckContext } from './check-context';
import type { CommittedLeaf } from './committed-leaf';
import { committedLeaf } from './delivery';
import type { JuryJob } from './eligibility';
import { SealConflictError } from './errors';
import { openItem, UNOPENED } from './sealed-check';
import { isBound, jurorSketches } from './sketches';
import type { Duty } from './state';
import { lastMoment } from './verify-duty';

export function seatDuty({ jury }: JuryJob): Duty {
    return { role: 'juror', turn: jury.stage };
}

/** Executes the leaf in both classes, gets the committed one, writes down what is sealed, seals. */
export async function sealSketches(
    context: CheckContext,
    job: JuryJob,
    ticket: bigint,
): Promise<void> {
    const { parts, target, signal } = context;
    const duty = seatDuty(job);
    const known = context.claimOf(duty)?.sealed;
    if (known === undefined) await context.confirm(job, checkFacts, lastMoment(job));
    const sketches = known ?? (await find(context, job));
    // On disk before it is signed: never two findings for one seat.
    context.noteClaim(duty, { step: 'sealing', sealed: sketches });
    context.tell({ kind: 'sealing', duty });
    const name = context.claimName(duty);
    const seal = jurorSeal(sketches, parts.secrets.salt(name), context.stakeId);
    const { secretKey } = parts.secrets.key(name);
    const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
    await escrow.sendSeal({ jobId: target.jobId, ticket, seal }, secretKey);
}

/** Reveals what was sealed. */
export async function revealSketches(
    context: CheckContext,
    job: JuryJob,
    { ticket, seal }: { readonly ticket: bigint; readonly seal: bigint },
): Promise<void> {
    const { parts, target, signal } = context;
    const duty = seatDuty(job);
    const sketches = context.claimOf(duty)?.sealed ?? (await find(context, job));
    const salt = parts.secrets.salt(context.claimName(duty));
    if (jurorSeal(sketches, salt, context.stakeId) !== seal) {
        throw new SealConflictError(context.key);
    }
    context.noteClaim(duty, { step: 'revealing', sealed: sketches });
    context.tell({ kind: 'revealing', duty, verdict: 'sketch' });
    const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
    await escrow.sendJurorReveal({ jobId: target.jobId, ticket, salt, sketches });
    context.noteClaim(duty, { step: 'revealed' });
    context.tell({ kind: 'revealed', duty, verdict: 'sketch' });
}

async function find(context: CheckContext, job: JuryJob): Promise<Cell> {
    const { parts, materials, signal } = context;
    const duty = seatDuty(job);
    const { leaf: index, seed } = job.jury;
    const endpoint = await context.endpointOf(job.bid.stake);
    const documents = await materials.documents(job.terms, endpoint);
    const { spec, manifest, rule } = documents;
    const item = await materials.item(job.terms, index, endpoint);
    const opened = await openItem(context, job, { duty, spec, item, index });
    if (opened === undefined) {
        const nothing = { native: UNOPENED, wasm: UNOPENED, committed: undefined };
        return jurorSketches(rule, nothing, seed, false);
    }
    const { bytes, seals } = opened;
    const model = { hash: spec.model, manifest, spec };
    const options = { dueAt: job.phaseEnd, signal };
    const execution = async () => {
        const native = await parts.execute('native', model, bytes, options);
        const wasm = await parts.execute('wasm', model, bytes, options);
        const elapsedMs = native.elapsedMs + wasm.elapsedMs;
        context.noteClaim(duty, { executedMs: elapsedMs });
        context.tell({ kind: 'executed', duty, elapsedMs });
        return { native, wasm };
    };
    const delivery = committedLeaf(context, job, { duty, index, documents, item, seals });
    const [own, committed] = await Promise.all([execution(), delivery]);
    return jurorSketches(rule, { ...own, committed }, seed, opensCommitted(job, rule, committed));
}

/** Whether what the provider opened in the check is of the result that it committed to. */
function opensCommitted(
    { opened, draw, round, terms, jury }: JuryJob,
    rule: ComparisonRule,
    committed: CommittedLeaf | undefined,
): boolean {
    if (opened === undefined || jury.leaf !== drawnLeaf(draw, terms.items)) return true;
    return committed !== undefined && isBound(rule, committed, opened, draw, round);
}
