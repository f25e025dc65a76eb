import { type Address, type Cell, type Message, type Slice, type Transaction } from '@ton/core';
import {
    Escrow as GeneratedEscrow,
    FindingConceded,
    FindingFalseError,
    FindingNotOpened,
    FindingPassed,
    FindingRight,
    FindingVoid,
    FindingWrong,
    loadAccept,
    loadBid,
    loadBurnt,
    loadClaim,
    loadCommit,
    loadDispute,
    loadFound,
    loadHold,
    loadList,
    loadPosted,
    loadPostSigned,
    loadRaiseCeiling,
    loadRelease,
    loadReveal,
} from '../build/Escrow/Escrow_Escrow';
import { decodeTerms, type JobTerms } from './job';
import { decodeParameters, type MarketParameters } from './parameters';
import type { ListingStage } from './transactions';

/** What a message asked an Escrow to do about a job. */
export type EscrowStepKind =
    | 'post'
    | 'post-signed'
    | 'raise-ceiling'
    | 'cancel'
    | 'bid'
    | 'decline'
    | 'commit'
    | 'accept'
    | 'tick'
    | 'claim'
    | 'seal'
    | 'open'
    | 'reveal'
    | 'joint-reveal'
    | 'equivocated'
    | 'juror-reveal'
    | 'dispute'
    | 'concede'
    | 'hold-acknowledged'
    | 'convicted';

/** A message to an Escrow that is about a job; amounts nanoGRAM. */
export interface EscrowStep {
    readonly kind: EscrowStepKind;
    readonly jobId: number;
    /** Who sent it; undefined for external messages, whose authority is a signature or a secret. */
    readonly by: Address | undefined;
    /** The ceiling of a posting, the price of a bid, the bond of a claim. */
    readonly amount: bigint | undefined;
    /** Of a posting. */
    readonly terms: JobTerms | undefined;
    /** Of a posting that brings them: those of the Escrow's next jobs too. */
    readonly parameters: MarketParameters | undefined;
    /** Of a posting through the Market: the tag of the parameters that the job is under. */
    readonly parametersTag: bigint | undefined;
    /** Of a commit: the root of all results, and how many of them are errors. */
    readonly commit: { readonly root: bigint; readonly faulty: number } | undefined;
    /** Of a dispute: the leaf that it doubts. Of a reveal: what it reports. */
    readonly detail: number | undefined;
}

/** What a check or a jury found, with what only logs tell. */
export type FoundFinding =
    'passed' | 'right' | 'wrong' | 'false-error' | 'not-opened' | 'void' | 'conceded';

/** What a transaction of an Escrow sent on about a job, beside pay, penalties and closings. */
export type EscrowEffect =
    | {
          readonly kind: 'listed';
          readonly jobId: number;
          readonly stage: ListingStage;
          readonly round: number;
          /** Of the parameters that the job is under. */
          readonly parametersTag: bigint;
      }
    | {
          readonly kind: 'found';
          readonly jobId: number;
          readonly stage: number;
          readonly finding: FoundFinding;
      }
    | { readonly kind: 'burnt'; readonly jobId: number; readonly amount: bigint }
    | { readonly kind: 'released' | 'held'; readonly jobId: number; readonly stake: Address };

const OPS = GeneratedEscrow.opcodes;

const PLAIN = new Map<number, EscrowStepKind>([
    [OPS.Cancel, 'cancel'],
    [OPS.Decline, 'decline'],
    [OPS.Tick, 'tick'],
    [OPS.Concede, 'concede'],
    [OPS.HoldAcknowledged, 'hold-acknowledged'],
    [OPS.Convicted, 'convicted'],
    [OPS.JurorReveal, 'juror-reveal'],
]);

/** With a signature of 512 bits before the id of the job. */
const SIGNED = new Map<number, EscrowStepKind>([
    [OPS.Seal, 'seal'],
    [OPS.Open, 'open'],
    [OPS.JointReveal, 'joint-reveal'],
    [OPS.Equivocated, 'equivocated'],
]);

const STAGES: readonly ListingStage[] = ['bids', 'check', 'jury', 'appeal-jury'];

const FINDINGS = new Map<bigint, FoundFinding>([
    [FindingPassed, 'passed'],
    [FindingRight, 'right'],
    [FindingWrong, 'wrong'],
    [FindingFalseError, 'false-error'],
    [FindingNotOpened, 'not-opened'],
    [FindingVoid, 'void'],
    [FindingConceded, 'conceded'],
]);

/**
 * What the incoming message of an Escrow's transaction asked for, whether or not it succeeded;
 * undefined where it was about no job, or came back.
 */
export function readEscrowStep(transaction: Transaction): EscrowStep | undefined {
    const message = transaction.inMessage;
    if (!message || message.info.type === 'external-out') return undefined;
    if (message.info.type === 'internal' && message.info.bounced) return undefined;
    const by = message.info.type === 'internal' ? message.info.src : undefined;
    try {
        return readBody(message.body.beginParse(), by);
    } catch {
        // Not what its opcode promises: anybody can send such a message.
        return undefined;
    }
}

/** What a transaction of an Escrow sent on about its jobs. */
export function readEscrowEffects(transaction: Transaction): EscrowEffect[] {
    return transaction.outMessages.values().flatMap((message) => {
        try {
            return readEffect(message) ?? [];
        } catch {
            return [];
        }
    });
}

function readBody(slice: Slice, by: Address | undefined): EscrowStep | undefined {
    if (slice.remainingBits < 32) return undefined;
    const opcode = slice.preloadUint(32);
    const plain = PLAIN.get(opcode);
    if (plain !== undefined) return step(plain, slice.skip(32).loadUint(32), by);
    const signed = SIGNED.get(opcode);
    if (signed !== undefined) return step(signed, slice.skip(32 + 512).loadUint(32), by);
    switch (opcode) {
        case OPS.Posted: {
            const { jobId, ceiling, terms, parameters, parametersTag } = loadPosted(slice);
            return { ...posting('post', jobId, ceiling, terms, parameters, by), parametersTag };
        }
        case OPS.PostSigned: {
            const { jobId, ceiling, terms } = loadPostSigned(slice);
            return posting('post-signed', jobId, ceiling, terms, null, by);
        }
        case OPS.RaiseCeiling: {
            const { jobId, ceiling } = loadRaiseCeiling(slice);
            return step('raise-ceiling', jobId, by, { amount: ceiling });
        }
        case OPS.Bid: {
            const { jobId, price } = loadBid(slice);
            return step('bid', jobId, by, { amount: price });
        }
        case OPS.Commit: {
            const { jobId, faulty, result } = loadCommit(slice);
            const root = result.beginParse().skip(256).loadUintBig(256);
            return step('commit', jobId, by, { commit: { root, faulty: Number(faulty) } });
        }
        case OPS.Accept:
            return step('accept', loadAccept(slice).jobId, by);
        case OPS.Claim: {
            const { jobId, bond } = loadClaim(slice);
            return step('claim', jobId, by, { amount: bond });
        }
        case OPS.Reveal: {
            const { jobId, kind } = loadReveal(slice);
            return step('reveal', jobId, by, { detail: Number(kind) });
        }
        case OPS.Dispute: {
            const { jobId, leaf } = loadDispute(slice);
            return step('dispute', jobId, by, { detail: Number(leaf) });
        }
        default:
            return undefined;
    }
}

function step(
    kind: EscrowStepKind,
    jobId: number | bigint,
    by: Address | undefined,
    words: Partial<EscrowStep> = {},
): EscrowStep {
    const nothing = {
        amount: undefined,
        terms: undefined,
        parameters: undefined,
        parametersTag: undefined,
        commit: undefined,
        detail: undefined,
    };
    return { kind, jobId: Number(jobId), by, ...nothing, ...words };
}

function posting(
    kind: 'post' | 'post-signed',
    jobId: bigint,
    ceiling: bigint,
    terms: Cell,
    parameters: Cell | null,
    by: Address | undefined,
): EscrowStep {
    return step(kind, jobId, by, {
        amount: ceiling,
        terms: decodeTerms(terms),
        parameters: parameters === null ? undefined : decodeParameters(parameters),
    });
}

function readEffect({ info, body }: Message): EscrowEffect | undefined {
    const slice = body.beginParse();
    if (slice.remainingBits < 32) return undefined;
    switch (slice.preloadUint(32)) {
        case OPS.List: {
            const { jobId, stage: code, round, parametersTag } = loadList(slice);
            const stage = STAGES[Number(code)];
            if (stage === undefined) return undefined;
            const place = { jobId: Number(jobId), round: Number(round) };
            return { kind: 'listed', ...place, stage, parametersTag };
        }
        case OPS.Found: {
            const { jobId, stage, finding: code } = loadFound(slice);
            const finding = FINDINGS.get(code);
            if (finding === undefined) return undefined;
            return { kind: 'found', jobId: Number(jobId), stage: Number(stage), finding };
        }
        case OPS.Burnt: {
            const { jobId, amount } = loadBurnt(slice);
            return { kind: 'burnt', jobId: Number(jobId), amount };
        }
        case OPS.Release: {
            const { jobId } = loadRelease(slice);
            if (info.type !== 'internal') return undefined;
            return { kind: 'released', jobId: Number(jobId), stake: info.dest };
        }
        case OPS.Hold: {
            const { jobId } = loadHold(slice);
            if (info.type !== 'internal') return undefined;
            return { kind: 'held', jobId: Number(jobId), stake: info.dest };
        }
        default:
            return undefined;
    }
}
