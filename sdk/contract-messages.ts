import { type Address, type Message, type Slice, type Transaction } from '@ton/core';
import { accountAddress, Escrow, Market, outcomeName, type JobOutcome } from '../wrappers';

/*
 * The messages of the contracts that clients and nodes read from transactions, as
 * contracts/schema.tlb lays them out. tests/sdk/contract-messages.spec.ts holds them against the
 * generated encoders.
 */

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
        const body = bodyOf(message, Market.opcodes.JobListed);
        if (body === undefined) continue;
        listings.push({
            escrow: accountAddress(body.loadUintBig(256)),
            client: accountAddress(body.loadUintBig(256)),
            index: body.loadUint(16),
            jobId: body.loadUint(32),
            modelTag: body.loadUint(32),
            ceiling: body.loadUintBig(64),
            lt: transaction.lt,
            listedAt: transaction.now,
        });
    }
    return listings;
}

/** The posting that a transaction of the Market was about, whether or not it succeeded. */
export function readPost(transaction: Transaction): PostNote | undefined {
    const client = internalSource(transaction.inMessage);
    const body = bodyOf(transaction.inMessage, Market.opcodes.Post);
    if (client === undefined || body === undefined) return undefined;
    return { client, index: body.loadUint(16), jobId: body.loadUint(32) };
}

/** What the incoming message of an Escrow's transaction asked for, whether or not it succeeded. */
export function readEscrowNote(transaction: Transaction): EscrowNote | undefined {
    const source = internalSource(transaction.inMessage);
    if (source === undefined) return undefined;
    const { Posted, Bid, Commit, Decline } = Escrow.opcodes;
    const read = (opcode: number) => bodyOf(transaction.inMessage, opcode);
    const posted = read(Posted);
    if (posted) return { kind: 'posted', jobId: posted.loadUint(32) };
    const bid = read(Bid);
    if (bid) {
        const jobId = bid.loadUint(32);
        bid.skip(64 + 32); // lock and its end
        return { kind: 'bid', jobId, stake: source, price: bid.loadUintBig(64) };
    }
    const commit = read(Commit);
    if (commit) return { kind: 'commit', jobId: commit.loadUint(32), stake: source };
    const decline = read(Decline);
    if (decline) return { kind: 'decline', jobId: decline.loadUint(32), stake: source };
    return undefined;
}

/** The jobs that a transaction of an Escrow ended. */
export function readClosings(transaction: Transaction): JobClosing[] {
    const closings: JobClosing[] = [];
    for (const message of transaction.outMessages.values()) {
        const body = bodyOf(message, Escrow.opcodes.JobClosed);
        if (body === undefined || message.info.type !== 'internal') continue;
        closings.push({
            jobId: body.loadUint(32),
            outcome: outcomeName(body.loadUintBig(8)),
            paid: body.loadUintBig(64),
            draw: body.loadUintBig(256),
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

/** What follows the opcode in the body of a message, if it has that opcode. */
function bodyOf(message: Message | null | undefined, opcode: number): Slice | undefined {
    const body = message?.body.beginParse();
    if (body === undefined || body.remainingBits < 32) return undefined;
    return body.loadUint(32) === opcode ? body : undefined;
}
