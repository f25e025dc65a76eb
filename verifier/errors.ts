import { CocoonError } from '../protocol';

/** Why a node does not claim a check or a seat in a jury. */
export type AbstainReason =
    /** Its Stake may not: too light, too young, convicted, paused, or part of the matter. */
    | 'not-eligible'
    /** Another claim has the lower ticket. */
    | 'ticket'
    /** The operator's rules or limits say no. */
    | 'rules'
    /** The job is not what its documents say, or runs under parameters that nobody knows. */
    | 'malformed'
    /** Spec, model or input cannot be had. */
    | 'unavailable'
    /** The fee does not cover what the work costs here, with the risk for the bond. */
    | 'not-worth'
    /** Over the most that the operator puts at risk. */
    | 'bonds'
    /** The operating balance does not reach. */
    | 'balance'
    /** The machine cannot do it in time. */
    | 'too-slow'
    | 'busy'
    /** The disk is full, or almost: what a check leaves behind could not be kept. */
    | 'no-room'
    /** The preferences of its owner suspend the node. */
    | 'suspended'
    /** Two endpoints contradict each other about the check. */
    | 'endpoints-disagree'
    /** There is nothing to claim any more. */
    | 'over';

const HINTS: Record<AbstainReason, string> = {
    'not-eligible': 'Check the stake: weight, age, and whether it is paused.',
    ticket: 'Nothing needs to be done; a heavier stake wins more often.',
    rules: 'Change the rules or limits of the node to check such jobs.',
    malformed: 'Nothing needs to be done; the client has to post it correctly.',
    unavailable: 'Nothing needs to be done; the sources have to serve it.',
    'not-worth': 'Lower the price of this machine to check such jobs.',
    bonds: 'Raise the most that bonds may come to together.',
    balance: 'Top up the operating balance of the stake.',
    'too-slow': 'Give the node more cores.',
    busy: 'Raise the number of checks at a time.',
    'no-room': 'Make room on the disk of the node; it claims again by itself.',
    suspended: 'See "cocoon-provider preferences" for why, and change them.',
    'endpoints-disagree': 'Replace the endpoint that is wrong; three endpoints outvote one.',
    over: 'Nothing needs to be done.',
};

/** What helps against a reason, by its code. */
export function adviceOf(code: string): string {
    return HINTS[code as AbstainReason] ?? 'Nothing needs to be done.';
}

/** A check that the node leaves to others. */
export class AbstainError extends CocoonError {
    override readonly name = 'AbstainError';
    readonly code = 'CHECK_ABSTAINED';

    constructor(
        readonly reason: AbstainReason,
        detail: string,
        cause?: unknown,
    ) {
        super(detail, { hint: HINTS[reason], cause });
    }
}

/** What is on chain was not sealed with what this node finds now. */
export class SealConflictError extends CocoonError {
    override readonly name = 'SealConflictError';
    readonly code = 'SEAL_CONFLICT';

    constructor(readonly job: string) {
        super(`What this node finds for job ${job} is not what it has sealed.`, {
            hint: 'Check the machine: the same model gave other outputs for the same input.',
        });
    }
}

/** A source does not give the committed leaf. */
export class LeafUnavailableError extends CocoonError {
    override readonly name = 'LeafUnavailableError';
    readonly code = 'LEAF_UNAVAILABLE';

    constructor(
        readonly source: string,
        detail: string,
        cause?: unknown,
    ) {
        super(detail, { hint: 'Ask again, or another source.', cause });
    }
}
