import { type Address, type Cell, type Message, type Slice, type Transaction } from '@ton/core';
import {
    loadAccept,
    loadBid,
    loadClaim,
    loadCommit,
    loadDecline,
    loadJobClosed,
    loadPenalize,
    loadPosted,
    loadPostSigned,
    loadReward,
    loadSettle,
    loadSettleChecked,
} from '../build/Escrow/Escrow_Escrow';
import {
    loadList,
    loadOpenStake,
    loadParametersApplied,
    loadParametersProposed,
    loadPost,
} from '../build/Market/Market_Market';
import { accountAddress, accountId } from './account';
import { type Deployment, escrowInit } from './deployment';
import { decodeTerms, type JobCommit, type JobTerms, modelTag } from './job';
import { providerSeed } from './job-key';
import { type JobOutcome, outcomeName } from './Escrow';

/** What an Escrow has for nodes to do. */
export type ListingStage = 'bids' | 'check' | 'jury' | 'appeal-jury';

/** Work of a genuine Escrow, as a transaction of the Market tells it. */
export interface Listing {
    readonly stage: ListingStage;
    /** Of a check: which round claims are for. */
    readonly round: number;
    readonly escrow: Address;
    readonly client: Address;
    readonly index: number;
    readonly jobId: number;
    /** The first 32 bits of the model's hash. */
    readonly modelTag: number;
    /** The ceiling of a job that is open for bids, else its price; nanoGRAM. */
    readonly amount: bigint;
    /** First 64 bits of the hash of the parameters that the job runs under. */
    readonly parametersTag: bigint;
    /** Logical time of the Market's transaction. */
    readonly lt: bigint;
    /** UNIX time of the chain in seconds. */
    readonly listedAt: number;
}

/** A public key of 32 bytes and a root of 32. */
const COMMIT_RESULT_BITS = 512;

const STAGES: readonly ListingStage[] = ['bids', 'check', 'jury', 'appeal-jury'];

/** What one transaction of an Escrow means for a job. */
export type EscrowNote =
    | { readonly kind: 'posted'; readonly jobId: number; readonly terms: JobTerms }
    | {
          readonly kind: 'bid';
          readonly jobId: number;
          readonly stake: Address;
          /** nanoGRAM */
          readonly price: bigint;
      }
    | { readonly kind: 'commit'; readonly jobId: number; readonly commit: JobCommit }
    | { readonly kind: 'claim'; readonly jobId: number; readonly stake: Address }
    | { readonly kind: 'decline'; readonly jobId: number; readonly stake: Address };

/** A posting that arrived at the Market. */
export interface PostNote {
    readonly client: Address;
    readonly index: number;
    readonly jobId: number;
}

/** A client's acceptance that an Escrow has taken. */
export interface AcceptanceNote {
    readonly jobId: number;
    /** The client's 16-byte seed. */
    readonly seed: bigint;
}

/** How a job ended, as the Escrow tells the client. */
export interface JobClosing {
    readonly jobId: number;
    readonly outcome: JobOutcome;
    /** The price for the items with a result, nanoGRAM. */
    readonly paid: bigint;
    /** What went back to the client, nanoGRAM. */
    readonly refund: bigint;
    /**
     * Both seeds, root, Escrow and id under one hash; 0 unless the client accepted, and where the pay
     * for a checked job is all that tells its end.
     */
    readonly draw: bigint;
}

/** Why an Escrow rewards somebody: a bond alone, a check, a seat in a jury, a fault that was caught. */
export type RewardReason = 'bond' | 'check' | 'jury' | 'catch';

const REASONS: readonly RewardReason[] = ['bond', 'check', 'jury', 'catch'];

/** A bond that comes back, and pay. */
export interface RewardNote {
    readonly jobId: number;
    /** A Stake, or any account that disputed. */
    readonly account: Address;
    /** nanoGRAM */
    readonly bond: bigint;
    readonly reason: RewardReason;
    /** All that comes along: the bond, the pay and a little gas; nanoGRAM. */
    readonly value: bigint;
}

/** What a provider's Stake is told to pay for a fault. */
export interface PenaltyNote {
    readonly jobId: number;
    readonly stake: Address;
    readonly kind: 'lock' | 'fine' | 'conviction';
    /** Who caught it; undefined where nobody gets anything. */
    readonly catcher: Address | undefined;
    /** What the catcher gets at most, nanoGRAM. */
    readonly reward: bigint;
}

const PENALTIES: readonly (PenaltyNote['kind'] | undefined)[] = [
    undefined,
    'lock',
    'fine',
    'conviction',
];

/**
 * What a transaction of the Market lists: the posting that it sent on, or the word of an Escrow,
 * which is genuine when its address is that of its client.
 */
export function readListing(transaction: Transaction, deployment: Deployment): Listing | undefined {
    // No code runs on the word of an Escrow, which brings no gas.
    if ((exitCodeOf(transaction) ?? 0) !== 0) return undefined;
    const source = internalSource(transaction.inMessage);
    if (source === undefined) return undefined;
    const when = { lt: transaction.lt, listedAt: transaction.now };
    const post = read(transaction.inMessage, loadPost);
    if (post !== undefined) {
        const escrow = escrowInit(deployment, source, Number(post.index)).address;
        const sent = [...transaction.outMessages.values()].find(
            ({ info }) => info.type === 'internal' && info.dest.equals(escrow),
        );
        const posted = read(sent, loadPosted);
        const terms = postedTerms(post.terms);
        if (posted === undefined || terms === undefined) return undefined;
        return {
            ...when,
            stage: 'bids',
            round: 0,
            escrow,
            client: source,
            index: Number(post.index),
            jobId: Number(post.jobId),
            modelTag: modelTag(terms.model),
            amount: post.ceiling,
            parametersTag: posted.parametersTag,
        };
    }
    const list = read(transaction.inMessage, loadList);
    const stage = list === undefined ? undefined : STAGES[Number(list.stage)];
    if (list === undefined || stage === undefined) return undefined;
    const client = accountAddress(list.client);
    const index = Number(list.index);
    if (!escrowInit(deployment, client, index).address.equals(source)) return undefined;
    return {
        ...when,
        stage,
        round: Number(list.round),
        escrow: source,
        client,
        index,
        jobId: Number(list.jobId),
        modelTag: Number(list.modelTag),
        amount: list.amount,
        parametersTag: list.parametersTag,
    };
}

/** The posting that a transaction of the Market was about, whether or not it succeeded. */
export function readPost(transaction: Transaction): PostNote | undefined {
    const client = internalSource(transaction.inMessage);
    const post = read(transaction.inMessage, loadPost);
    if (client === undefined || post === undefined) return undefined;
    return { client, index: Number(post.index), jobId: Number(post.jobId) };
}

/** What a client's acceptance has revealed. */
export function readAcceptance(transaction: Transaction): AcceptanceNote | undefined {
    if (exitCodeOf(transaction) !== 0) return undefined;
    const accept = read(transaction.inMessage, loadAccept);
    return accept && { jobId: Number(accept.jobId), seed: accept.seed };
}

/** The operator whose stake a transaction of the Market opened, or opened again. */
export function readStakeOpening(transaction: Transaction): Address | undefined {
    const operator = internalSource(transaction.inMessage);
    if (operator === undefined || exitCodeOf(transaction) !== 0) return undefined;
    return read(transaction.inMessage, loadOpenStake) === undefined ? undefined : operator;
}

/** A change of the Market's parameters, as its log tells it. */
export interface ParameterChangeNote {
    readonly kind: 'proposed' | 'applied';
    readonly version: number;
    /** Of a proposal: when it may be applied, UNIX seconds. */
    readonly applyAt?: number;
}

/** The change of parameters that a transaction of the Market logs. */
export function readParameterChange(transaction: Transaction): ParameterChangeNote | undefined {
    for (const message of transaction.outMessages.values()) {
        if (message.info.type !== 'external-out') continue;
        const proposed = read(message, loadParametersProposed);
        if (proposed !== undefined) {
            const { version, applyAt } = proposed;
            return { kind: 'proposed', version: Number(version), applyAt: Number(applyAt) };
        }
        const applied = read(message, loadParametersApplied);
        if (applied !== undefined) return { kind: 'applied', version: Number(applied.version) };
    }
    return undefined;
}

/** What the incoming message of an Escrow's transaction asked for, whether or not it succeeded. */
export function readEscrowNote(transaction: Transaction): EscrowNote | undefined {
    const message = transaction.inMessage;
    if (message?.info.type === 'external-in') {
        return committedNote(message) ?? postedNote(read(message, loadPostSigned));
    }
    const stake = internalSource(message);
    if (stake === undefined) return undefined;
    const posted = read(message, loadPosted);
    if (posted) return postedNote(posted);
    const bid = read(message, loadBid);
    if (bid) return { kind: 'bid', jobId: Number(bid.jobId), stake, price: bid.price };
    const claim = read(message, loadClaim);
    if (claim) return { kind: 'claim', jobId: Number(claim.jobId), stake };
    const decline = read(message, loadDecline);
    if (decline) return { kind: 'decline', jobId: Number(decline.jobId), stake };
    return undefined;
}

/**
 * Whether a transaction of an Escrow may have changed a job: all may that do not name another one,
 * or that end it by the way.
 */
export function mayConcern(transaction: Transaction, jobId: number): boolean {
    const note = readEscrowNote(transaction);
    if (note === undefined || note.jobId === jobId) return true;
    return readClosings(transaction).some((closed) => closed.jobId === jobId);
}

/**
 * The jobs that a transaction of an Escrow ended. The client is told, with its money; where that
 * stays in the Escrow, the provider's pay tells it, or a log where nobody is paid.
 */
export function readClosings(transaction: Transaction): JobClosing[] {
    const closings = new Map<number, JobClosing>();
    for (const message of transaction.outMessages.values()) {
        const words =
            read(message, loadJobClosed) ??
            read(message, loadSettle) ??
            read(message, loadSettleChecked);
        if (words === undefined) continue;
        const jobId = Number(words.jobId);
        const told = words.$$type === 'JobClosed' && message.info.type === 'internal';
        if (closings.has(jobId) && !told) continue;
        closings.set(jobId, {
            jobId,
            outcome: outcomeName(words.outcome),
            paid: words.paid,
            draw: 'draw' in words ? words.draw : 0n,
            refund: told && message.info.type === 'internal' ? message.info.value.coins : 0n,
        });
    }
    return [...closings.values()];
}

/** What an Escrow pays a provider's Stake. */
export interface SettlementNote {
    readonly jobId: number;
    readonly stake: Address;
    /** The price less the protocol's fee, and a little gas; nanoGRAM. */
    readonly value: bigint;
}

/** The pay of providers that a transaction of an Escrow sends. */
export function readSettlements(transaction: Transaction): SettlementNote[] {
    return transaction.outMessages.values().flatMap((message) => {
        const words = read(message, loadSettle) ?? read(message, loadSettleChecked);
        if (words === undefined || message.info.type !== 'internal') return [];
        const { dest: stake, value } = message.info;
        return [{ jobId: Number(words.jobId), stake, value: value.coins }];
    });
}

/** The rewards that a transaction of an Escrow, or of a convicted Stake, sends. */
export function readRewards(transaction: Transaction): RewardNote[] {
    return transaction.outMessages.values().flatMap((message) => {
        const reward = read(message, loadReward);
        const reason = reward && REASONS[Number(reward.reason)];
        if (reward === undefined || reason === undefined) return [];
        if (message.info.type !== 'internal') return [];
        const { dest: account, value } = message.info;
        const { jobId, bond } = reward;
        return [{ jobId: Number(jobId), account, bond, reason, value: value.coins }];
    });
}

/** The penalties that a transaction of an Escrow asks for. */
export function readPenalties(transaction: Transaction): PenaltyNote[] {
    return transaction.outMessages.values().flatMap((message) => {
        const penalty = read(message, loadPenalize);
        const kind = penalty && PENALTIES[Number(penalty.kind)];
        if (penalty === undefined || kind === undefined) return [];
        if (message.info.type !== 'internal') return [];
        const { jobId, catcher, reward } = penalty;
        return [
            {
                jobId: Number(jobId),
                stake: message.info.dest,
                kind,
                catcher: catcher === 0n ? undefined : accountAddress(catcher),
                reward,
            },
        ];
    });
}

/** What a Stake paid for a fault; nanoGRAM. */
export interface ForfeitNote {
    readonly jobId: number;
    /** To those it harmed, and who caught it. */
    readonly payments: readonly { readonly account: Address; readonly value: bigint }[];
    readonly burnt: bigint;
}

/** What a transaction of a Stake pays for a fault; undefined where it is about something else. */
export function readForfeits(transaction: Transaction): ForfeitNote | undefined {
    const penalty = read(transaction.inMessage, loadPenalize);
    if (penalty === undefined || exitCodeOf(transaction) !== 0) return undefined;
    const payments: { account: Address; value: bigint }[] = [];
    let burnt = 0n;
    for (const { info } of transaction.outMessages.values()) {
        if (info.type !== 'internal') continue;
        const { dest: account, value } = info;
        if (accountId(account) === 0n) burnt += value.coins;
        else payments.push({ account, value: value.coins });
    }
    return { jobId: Number(penalty.jobId), payments, burnt };
}

/** Exit code of the contract; undefined where its code did not run. */
export function exitCodeOf(transaction: Transaction): number | undefined {
    const { description } = transaction;
    if (description.type !== 'generic' || description.computePhase.type !== 'vm') return undefined;
    return description.computePhase.exitCode;
}

function committedNote(message: Message): EscrowNote | undefined {
    const words = read(message, loadCommit);
    if (words === undefined || words.result.bits.length !== COMMIT_RESULT_BITS) return undefined;
    const { seed } = words;
    const result = words.result.beginParse();
    const publicKey = new Uint8Array(result.loadBuffer(32));
    return {
        kind: 'commit',
        jobId: Number(words.jobId),
        commit: {
            root: result.loadUintBig(256),
            providerSeed: providerSeed({ seed, publicKey }),
            faulty: Number(words.faulty),
        },
    };
}

function postedNote(
    words: { readonly jobId: bigint; readonly terms: Cell } | undefined,
): EscrowNote | undefined {
    const terms = words && postedTerms(words.terms);
    return words && terms && { kind: 'posted', jobId: Number(words.jobId), terms };
}

function internalSource(message: Message | null | undefined): Address | undefined {
    if (message?.info.type !== 'internal' || message.info.bounced) return undefined;
    return message.info.src;
}

/**
 * Reads the body of a message with a generated loader; undefined where it is another message, or
 * does not hold what its opcode promises: anybody can send such a message.
 */
function read<T>(message: Message | null | undefined, load: (slice: Slice) => T): T | undefined {
    try {
        return message ? load(message.body.beginParse()) : undefined;
    } catch {
        return undefined;
    }
}

function postedTerms(cell: Cell): JobTerms | undefined {
    try {
        return decodeTerms(cell);
    } catch {
        return undefined;
    }
}
