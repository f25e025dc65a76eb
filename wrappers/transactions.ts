import { type Address, type Message, type Slice, type Transaction } from '@ton/core';
import {
    loadBid,
    loadCommit,
    loadDecline,
    loadJobClosed,
    loadPosted,
} from '../build/Escrow/Escrow_Escrow';
import { loadJobListed, loadOpenStake, loadPost } from '../build/Market/Market_Market';
import { accountAddress } from './account';
import { type JobOutcome, outcomeName } from './Escrow';

/** A job of a genuine Escrow that is open for bids, as the Market's log tells it. */
export interface Listing {
    readonly escrow: Address;
    readonly client: Address;
    readonly index: number;
    readonly jobId: number;
    /** The first 32 bits of the model's hash. */
    readonly modelTag: number;
    /** nanoGRAM */
    readonly ceiling: bigint;
    /** Logical time of the Market's transaction. */
    readonly lt: bigint;
    /** UNIX time of the chain in seconds. */
    readonly listedAt: number;
}

/** What one transaction of an Escrow means for a job. */
export type EscrowNote =
    | { readonly kind: 'posted'; readonly jobId: number }
    | {
          readonly kind: 'bid';
          readonly jobId: number;
          readonly stake: Address;
          /** nanoGRAM */
          readonly price: bigint;
      }
    | { readonly kind: 'commit'; readonly jobId: number; readonly stake: Address }
    | { readonly kind: 'decline'; readonly jobId: number; readonly stake: Address };

/** A posting that arrived at the Market. */
export interface PostNote {
    readonly client: Address;
    readonly index: number;
    readonly jobId: number;
}

/** How a job ended, as the Escrow tells the client. */
export interface JobClosing {
    readonly jobId: number;
    readonly outcome: JobOutcome;
    /** The price for the items with a result, nanoGRAM. */
    readonly paid: bigint;
    /** What went back to the client, nanoGRAM. */
    readonly refund: bigint;
    /** Both seeds, root, Escrow and id under one hash; 0 unless the client accepted. */
    readonly draw: bigint;
}

/** The jobs that a transaction of the Market listed. */
export function readListings(transaction: Transaction): Listing[] {
    const listings: Listing[] = [];
    for (const message of transaction.outMessages.values()) {
        if (message.info.type !== 'external-out') continue;
        const job = read(message, loadJobListed);
        if (job === undefined) continue;
        listings.push({
            escrow: accountAddress(job.escrow),
            client: accountAddress(job.client),
            index: Number(job.index),
            jobId: Number(job.jobId),
            modelTag: Number(job.modelTag),
            ceiling: job.ceiling,
            lt: transaction.lt,
            listedAt: transaction.now,
        });
    }
    return listings;
}

/** The posting that a transaction of the Market was about, whether or not it succeeded. */
export function readPost(transaction: Transaction): PostNote | undefined {
    const client = internalSource(transaction.inMessage);
    const post = read(transaction.inMessage, loadPost);
    if (client === undefined || post === undefined) return undefined;
    return { client, index: Number(post.index), jobId: Number(post.jobId) };
}

/** The operator whose stake a transaction of the Market opened, or opened again. */
export function readStakeOpening(transaction: Transaction): Address | undefined {
    const operator = internalSource(transaction.inMessage);
    if (operator === undefined || exitCodeOf(transaction) !== 0) return undefined;
    return read(transaction.inMessage, loadOpenStake) === undefined ? undefined : operator;
}

/** What the incoming message of an Escrow's transaction asked for, whether or not it succeeded. */
export function readEscrowNote(transaction: Transaction): EscrowNote | undefined {
    const message = transaction.inMessage;
    const stake = internalSource(message);
    if (stake === undefined) return undefined;
    const posted = read(message, loadPosted);
    if (posted) return { kind: 'posted', jobId: Number(posted.jobId) };
    const bid = read(message, loadBid);
    if (bid) return { kind: 'bid', jobId: Number(bid.jobId), stake, price: bid.price };
    const commit = read(message, loadCommit);
    if (commit) return { kind: 'commit', jobId: Number(commit.jobId), stake };
    const decline = read(message, loadDecline);
    if (decline) return { kind: 'decline', jobId: Number(decline.jobId), stake };
    return undefined;
}

/** The jobs that a transaction of an Escrow ended. */
export function readClosings(transaction: Transaction): JobClosing[] {
    const closings: JobClosing[] = [];
    for (const message of transaction.outMessages.values()) {
        const closed = read(message, loadJobClosed);
        if (closed === undefined || message.info.type !== 'internal') continue;
        closings.push({
            jobId: Number(closed.jobId),
            outcome: outcomeName(closed.outcome),
            paid: closed.paid,
            draw: closed.draw,
            refund: message.info.value.coins,
        });
    }
    return closings;
}

/** Exit code of the contract; undefined where its code did not run. */
export function exitCodeOf(transaction: Transaction): number | undefined {
    const { description } = transaction;
    if (description.type !== 'generic' || description.computePhase.type !== 'vm') return undefined;
    return description.computePhase.exitCode;
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
