import type { Address } from '@ton/core';
import { sleep } from '../sdk';
import { type JobOutcome, readRewards, type RewardNote } from '../wrappers';
import type { CheckContext } from './check-context';
import { type ClaimRecord, isAtStake } from './state';

/** Steps from which a claim stands; before, a bond that comes back means that it was outdone. */
const STANDS: ReadonlySet<string> = new Set(['sealing', 'sealed', 'revealing', 'revealed']);

/**
 * A bond came back to the Stake, perhaps with pay.
 *
 * @param caught - what is missing of the bond comes out of the Stake of the convicted provider
 */
export function settleReward(context: CheckContext, reward: RewardNote, caught: boolean): void {
    const { bond, reason, value } = reward;
    const claim = claimOf(context, reward);
    if (claim === undefined) return;
    const duty = { role: claim.role, turn: claim.turn } as const;
    if (reason === 'bond' && !STANDS.has(claim.step)) {
        context.noteClaim(duty, { step: 'outdone' });
        const detail = 'Another claim has a lower ticket; the bond is on its way back.';
        return context.tell({ kind: 'outdone', duty, detail });
    }
    // Beside bond and pay comes a little gas, which the Stake takes.
    const earned = reason !== 'bond' && value - bond >= claim.fee ? claim.fee : 0n;
    const { state } = context.parts;
    // All at once: a node that dies in between would book it never, or twice.
    state.atomically(() => {
        context.noteClaim(duty, { step: 'returned', earned });
        state.count({
            earned,
            verified: reason === 'check' ? 1 : 0,
            sat: reason === 'jury' ? 1 : 0,
            lost: bond < claim.bond && !caught ? claim.bond - bond : 0n,
        });
        context.note({ earned: (context.record.earned ?? 0n) + earned });
    });
    context.tell({ kind: 'rewarded', reason, bond, earned });
}

/** How often the Stake of a convict is looked at for what it pays, and its newest transactions. */
const CATCH_LOOKS = 20;
const CATCH_TRANSACTIONS = 20;

/** Books what the Stake of a convicted provider pays to who caught it: costs, and up to ten fees. */
export async function settleCatch(context: CheckContext, convict: Address): Promise<void> {
    const { parts, target, signal } = context;
    if (context.record.caught) return;
    for (let look = 0; look < CATCH_LOOKS; look++) {
        const page = { limit: CATCH_TRANSACTIONS, signal };
        const found = (await parts.chain.transactions(convict, page))
            .flatMap(readRewards)
            .find(
                ({ jobId, reason, account }) =>
                    jobId === target.jobId && reason === 'catch' && account.equals(parts.stake),
            );
        if (found !== undefined) {
            const earned = found.value;
            parts.state.atomically(() => {
                parts.state.count({ earned });
                const { earned: before = 0n } = context.record;
                context.note({ earned: before + earned, caught: true });
            });
            return context.tell({ kind: 'rewarded', reason: 'catch', bond: 0n, earned });
        }
        await sleep(parts.chain.pollMs, signal);
    }
}

function claimOf(context: CheckContext, { reason, bond }: RewardNote): ClaimRecord | undefined {
    const open = context.record.claims.filter(isAtStake);
    if (reason === 'check') return open.find(({ role }) => role === 'verifier');
    if (reason === 'jury') return open.find(({ role }) => role === 'juror');
    return (
        open.find((claim) => claim.bond === bond) ?? open.find(({ role }) => role === 'verifier')
    );
}

/** The bond of a claim does not come back. */
export function loseClaim(context: CheckContext, claim: ClaimRecord): void {
    const { parts } = context;
    parts.state.atomically(() => {
        context.noteClaim(claim, { step: 'lost' });
        parts.state.count({ lost: claim.bond });
    });
}

/**
 * The job has ended: what did not come back is lost.
 *
 * @param outcome - undefined where the endpoint does not tell
 */
export function settleClosing(context: CheckContext, outcome: JobOutcome | undefined): void {
    for (const claim of context.record.claims.filter(isAtStake)) {
        const duty = { role: claim.role, turn: claim.turn } as const;
        if (!STANDS.has(claim.step) && claim.step !== 'claimed') {
            context.noteClaim(duty, { step: 'outdone' });
            continue;
        }
        loseClaim(context, claim);
        const detail =
            outcome === undefined
                ? 'The job has ended, and its Escrow does not tell how.'
                : `The job ended as "${outcome}" without the bond of this node.`;
        context.tell({ kind: 'lost', duty, bond: claim.bond, detail });
    }
    const { earned = 0n } = context.record;
    context.note({ outcome: outcome ?? 'unknown' });
    if (outcome !== undefined) context.tell({ kind: 'closed', outcome, earned });
}
