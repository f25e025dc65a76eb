import type { Address, Transaction } from '@ton/core';
import {
    exitCodeOf,
    type EscrowStep,
    type MarketParameters,
    type JobTerms,
    readClosings,
    readEscrowEffects,
    readEscrowStep,
    readPenalties,
    readRewards,
    readSettlements,
} from '../../wrappers';
import type { Effect, JobEvent } from '../wire';

/** One transaction of an Escrow as the life of one of its jobs has it. */
export interface JobFact {
    readonly jobId: number;
    readonly event: JobEvent;
    /** Of a posting that the Escrow took. */
    readonly posting:
        { readonly terms: JobTerms; readonly parametersTag: bigint | undefined } | undefined;
    /** What came with it: this Escrow's jobs are under them from now on, also if this one is not taken. */
    readonly parameters: MarketParameters | undefined;
    readonly commit: EscrowStep['commit'];
}

/**
 * What a transaction of an Escrow means for its jobs: for the one that it was sent about, and for
 * those that it did something to.
 */
export function readJobFacts(transaction: Transaction): JobFact[] {
    const step = readEscrowStep(transaction);
    const exitCode = exitCodeOf(transaction) ?? NOT_RUN;
    const effects = effectsOf(transaction);
    const ids = new Set([...(step === undefined ? [] : [step.jobId]), ...effects.keys()]);
    const where = {
        lt: transaction.lt.toString(),
        hash: transaction.hash().toString('hex'),
        at: transaction.now,
    };
    // What the network took counts once.
    const payer = step?.jobId ?? [...ids][0];
    const fee = transaction.totalFees.coins.toString();
    return [...ids].map((jobId) => {
        const own = step?.jobId === jobId ? step : undefined;
        const done = effects.get(jobId) ?? [];
        const event: JobEvent = {
            ...where,
            kind: own?.kind ?? 'other',
            ...(exitCode !== 0 && { refused: exitCode }),
            ...(own?.by !== undefined && { by: text(own.by) }),
            ...(own?.amount !== undefined && { amount: own.amount.toString() }),
            ...(own?.detail !== undefined && { detail: own.detail }),
            fee: jobId === payer ? fee : '0',
            effects: done,
        };
        const taken = exitCode === 0 && !done.some(isRefusal);
        const terms = taken ? own?.terms : undefined;
        const posting = terms && { terms, parametersTag: tagOf(transaction, own) };
        const { parameters, commit } = exitCode === 0 && own !== undefined ? own : NOTHING;
        return { jobId, event, posting, parameters, commit };
    });
}

const NOTHING = { parameters: undefined, commit: undefined };

/** The parameters of a posting: the Market names them, or the Escrow does when it lists the job there. */
function tagOf(transaction: Transaction, step: EscrowStep | undefined): bigint | undefined {
    if (step === undefined || step.parametersTag !== undefined) return step?.parametersTag;
    for (const effect of readEscrowEffects(transaction)) {
        if (effect.kind === 'listed' && effect.jobId === step.jobId) return effect.parametersTag;
    }
    return undefined;
}

/** A transaction whose code did not run has no exit code of its own. */
const NOT_RUN = -1;

function isRefusal(effect: Effect): boolean {
    return effect.kind === 'closed' && effect.outcome === 'refused';
}

/** An account as the index names it. */
export function text(address: Address): string {
    return address.toString();
}

function effectsOf(transaction: Transaction): Map<number, Effect[]> {
    const found = new Map<number, Effect[]>();
    const add = (jobId: number, effect: Effect) => {
        const list = found.get(jobId);
        if (list === undefined) found.set(jobId, [effect]);
        else list.push(effect);
    };
    for (const effect of readEscrowEffects(transaction)) {
        const { jobId } = effect;
        switch (effect.kind) {
            case 'listed':
                add(jobId, { kind: 'listed', stage: effect.stage, round: effect.round });
                break;
            case 'found':
                add(jobId, { kind: 'found', stage: effect.stage, finding: effect.finding });
                break;
            case 'burnt':
                add(jobId, { kind: 'burnt', amount: effect.amount.toString() });
                break;
            case 'released':
            case 'held':
                add(jobId, { kind: effect.kind, stake: text(effect.stake) });
                break;
        }
    }
    for (const { jobId, stake, value } of readSettlements(transaction)) {
        add(jobId, { kind: 'paid', stake: text(stake), value: value.toString() });
    }
    for (const { jobId, account, reason, value, bond } of readRewards(transaction)) {
        const money = { value: value.toString(), bond: bond.toString() };
        add(jobId, { kind: 'reward', to: text(account), reason, ...money });
    }
    for (const { jobId, stake, kind, catcher, reward } of readPenalties(transaction)) {
        add(jobId, {
            kind: 'penalty',
            stake: text(stake),
            penalty: kind,
            ...(catcher !== undefined && { catcher: text(catcher) }),
            reward: reward.toString(),
        });
    }
    for (const { jobId, outcome, paid, refund } of readClosings(transaction)) {
        add(jobId, {
            kind: 'closed',
            outcome,
            paid: paid.toString(),
            refund: refund.toString(),
        });
    }
    return found;
}
