import { beginCell, type Address, type Cell } from '@ton/core';
import {
    loadBidRecord,
    loadCommitRecord,
    loadJob,
    loadTerms,
    StateBidding,
    StateCommitted,
    StateUnlisted,
    storeTerms,
    type Job as GeneratedJob,
} from '../build/Escrow/Escrow_Escrow';
import { accountAddress } from './account';
import { decodeParameters, type MarketParameters } from './parameters';

/** What a client fixes when it posts; hashes are 256-bit numbers, amounts nanoGRAM. */
export interface JobTerms {
    /** SHA-256 of the canonical job spec. */
    readonly spec: bigint;
    /** SHA-256 of the model manifest. */
    readonly model: bigint;
    /** SHA-256 of the client's 16-byte seed. */
    readonly seedHash: bigint;
    readonly items: number;
    /** A bid at or under this wins at once; 0 waits for the end of bidding. */
    readonly takePrice: bigint;
    readonly bidWindowSeconds: number;
    readonly commitWindowSeconds: number;
    /** Basis points; the client may pay for more checks than the record asks for. */
    readonly checkRate: number;
    readonly payUnverified: boolean;
    readonly rule: Cell | null;
}

/** The best bid, or the award. */
export interface JobBid {
    readonly stake: Address;
    readonly price: bigint;
    readonly lock: bigint;
    readonly lockUntil: number;
    readonly rank: bigint;
    readonly checkRate: number;
    readonly seedHash: bigint;
}

/** A committed result. */
export interface JobCommit {
    readonly root: bigint;
    readonly providerSeed: bigint;
    readonly faulty: number;
    readonly committedAt: number;
}

interface JobEntry {
    readonly id: number;
    readonly ceiling: bigint;
    readonly assurance: bigint;
    readonly gas: bigint;
    readonly terms: JobTerms;
}

/** An open job as its Escrow holds it, with the state that time gives it. */
export type JobView =
    | (JobEntry & { readonly state: 'unlisted'; readonly listingDeadline: number })
    | (JobEntry & {
          readonly state: 'bidding';
          readonly parameters: MarketParameters;
          readonly biddingEnd: number;
          readonly bid: JobBid | undefined;
      })
    | (JobEntry & {
          readonly state: 'unsold';
          readonly parameters: MarketParameters;
          readonly biddingEnd: number;
      })
    | (JobEntry & {
          readonly state: 'assigned' | 'overdue';
          readonly parameters: MarketParameters;
          readonly bid: JobBid;
          readonly assignedAt: number;
          readonly declineDeadline: number;
          readonly commitDeadline: number;
      })
    | (JobEntry & {
          readonly state: 'committed';
          readonly parameters: MarketParameters;
          readonly bid: JobBid;
          readonly commit: JobCommit;
          readonly acceptDeadline: number;
      });

/**
 * Reads an entry of an Escrow's dictionary.
 *
 * @param now - Unix seconds: a job whose bidding has ended is assigned without any message
 */
export function decodeJob(id: number, cell: Cell, now: number): JobView {
    const job = loadJob(cell.beginParse());
    const terms = decodeTerms(job.terms);
    const entry = {
        id,
        ceiling: job.ceiling,
        assurance: job.assurance,
        gas: job.gas,
        terms,
    };
    const deadline = Number(job.deadline);
    if (job.state === StateUnlisted) {
        return { ...entry, state: 'unlisted', listingDeadline: deadline };
    }
    const parameters = decodeParameters(present(job.parameters));
    if (job.state === StateCommitted) {
        const record = loadCommitRecord(present(job.stage).beginParse());
        return {
            ...entry,
            state: 'committed',
            parameters,
            bid: decodeBid(record.bid, job),
            commit: {
                root: record.root,
                providerSeed: record.providerSeed,
                faulty: Number(record.faulty),
                committedAt: Number(record.committedAt),
            },
            acceptDeadline: deadline,
        };
    }
    if (job.state !== StateBidding) {
        throw new RangeError(`Job ${id} is in state ${job.state}, which this version does not know.`);
    }
    const bid = job.stage === null ? undefined : decodeBid(job.stage, job);
    if (now < deadline) return { ...entry, state: 'bidding', parameters, biddingEnd: deadline, bid };
    if (bid === undefined) return { ...entry, state: 'unsold', parameters, biddingEnd: deadline };
    const commitDeadline = deadline + terms.commitWindowSeconds;
    return {
        ...entry,
        state: now < commitDeadline ? 'assigned' : 'overdue',
        parameters,
        bid,
        assignedAt: deadline,
        declineDeadline: deadline + parameters.declineWindow,
        commitDeadline,
    };
}

/** The terms as the cell that a Post carries. */
export function encodeTerms(terms: JobTerms): Cell {
    return beginCell()
        .store(
            storeTerms({
                $$type: 'Terms',
                spec: terms.spec,
                model: terms.model,
                seedHash: terms.seedHash,
                items: BigInt(terms.items),
                takePrice: terms.takePrice,
                bidWindow: BigInt(terms.bidWindowSeconds),
                commitWindow: BigInt(terms.commitWindowSeconds),
                checkRate: BigInt(terms.checkRate),
                payUnverified: terms.payUnverified,
                rule: terms.rule,
            }),
        )
        .endCell();
}

/** Reads the terms from their cell. */
export function decodeTerms(cell: Cell): JobTerms {
    const terms = loadTerms(cell.beginParse());
    return {
        spec: terms.spec,
        model: terms.model,
        seedHash: terms.seedHash,
        items: Number(terms.items),
        takePrice: terms.takePrice,
        bidWindowSeconds: Number(terms.bidWindow),
        commitWindowSeconds: Number(terms.commitWindow),
        checkRate: Number(terms.checkRate),
        payUnverified: terms.payUnverified,
        rule: terms.rule,
    };
}

/** The first 64 bits of a model's hash, by which the Market's log lets nodes filter. */
export function modelTag(model: bigint): bigint {
    return model >> 192n;
}

function decodeBid(cell: Cell, job: GeneratedJob): JobBid {
    const record = loadBidRecord(cell.beginParse());
    return {
        stake: accountAddress(record.stake),
        price: job.price,
        lock: record.lock,
        lockUntil: Number(record.lockUntil),
        rank: record.rank,
        checkRate: Number(record.checkRate),
        seedHash: record.seedHash,
    };
}

function present(cell: Cell | null): Cell {
    if (cell === null) throw new RangeError('The entry of the job lacks a part of its state.');
    return cell;
}
