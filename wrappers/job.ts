import { beginCell, type Address, type Cell } from '@ton/core';
import {
    type Award,
    loadBestBid,
    loadCommittedJob,
    loadOpenJob,
    loadTerms,
    StateAppeal,
    StateBid,
    StateChecking,
    StateCommitted,
    StateJury,
    StateOpen,
    storeTerms,
} from '../build/Escrow/Escrow_Escrow';
import { accountAddress } from './account';
import { type CheckView, decodeChecked } from './checked-job';
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
    /** Pay the provider when a check ends without a finding. */
    readonly payUnverified: boolean;
    /** What is left when the job ends stays in the Escrow, for the next job. */
    readonly keep: boolean;
    /** `encodeRule` of how results are compared; null compares them exactly. */
    readonly rule: Cell | null;
}

/** The part of a bid that outlives the commit. */
export interface JobAward {
    readonly stake: Address;
    readonly price: bigint;
    readonly lock: bigint;
    readonly lockUntil: number;
    /** Basis points. */
    readonly checkRate: number;
}

/** The best bid. */
export interface JobBid extends JobAward {
    /** Price plus expected check fee: what bids are compared by. */
    readonly rank: bigint;
    /** `jobCommitment` of the key that signs the commit. */
    readonly commitment: bigint;
}

/** A committed result. */
export interface JobCommit {
    readonly root: bigint;
    readonly providerSeed: bigint;
    readonly faulty: number;
}

interface JobEntry {
    readonly id: number;
    /** All that the job holds in its Escrow. */
    readonly held: bigint;
    readonly terms: JobTerms;
}

interface OpenJobEntry extends JobEntry {
    readonly ceiling: bigint;
}

/** An open job as its Escrow holds it, with the state that time gives it. */
export type JobView =
    | (OpenJobEntry & {
          readonly state: 'bidding';
          readonly parameters: MarketParameters;
          readonly biddingEnd: number;
          readonly bid: JobBid | undefined;
      })
    | (OpenJobEntry & {
          readonly state: 'unsold';
          readonly parameters: MarketParameters;
          readonly biddingEnd: number;
      })
    | (OpenJobEntry & {
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
          readonly bid: JobAward;
          readonly commit: JobCommit;
          readonly acceptDeadline: number;
      })
    | (JobEntry & CheckView);

/**
 * Reads an entry of an Escrow's dictionary.
 *
 * @param now - Unix seconds: a job whose bidding has ended is assigned without any message
 */
export function decodeJob(id: number, cell: Cell, now: number): JobView {
    const slice = cell.beginParse();
    const state = slice.loadUintBig(8);
    const deadline = slice.loadUint(32);
    if (state === StateCommitted) {
        const job = loadCommittedJob(slice);
        return {
            id,
            held: job.total,
            terms: decodeTerms(job.terms),
            state: 'committed',
            parameters: decodeParameters(job.parameters),
            bid: decodeAward(job.award),
            commit: {
                root: job.root,
                providerSeed: job.providerSeed,
                faulty: Number(job.faulty),
            },
            acceptDeadline: deadline,
        };
    }
    if (state === StateChecking || state === StateAppeal || state === StateJury) {
        const { total, terms, view } = decodeChecked(state, deadline, slice, now);
        return { id, held: total, terms: decodeTerms(terms), ...view };
    }
    if (state !== StateOpen && state !== StateBid) {
        throw new RangeError(`Job ${id} is in state ${state}, which this version does not know.`);
    }
    const job = loadOpenJob(slice);
    const terms = decodeTerms(job.terms);
    const entry = { id, ceiling: job.ceiling, held: job.ceiling + job.extra, terms };
    const parameters = decodeParameters(job.parameters);
    const best = state === StateBid ? loadBestBid(slice) : undefined;
    const bid =
        best === undefined
            ? undefined
            : { ...decodeAward(best.award), rank: best.rank, commitment: best.commitment };
    if (now < deadline)
        return { ...entry, state: 'bidding', parameters, biddingEnd: deadline, bid };
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
                conditions: {
                    $$type: 'Conditions',
                    items: BigInt(terms.items),
                    commitWindow: BigInt(terms.commitWindowSeconds),
                    bidWindow: BigInt(terms.bidWindowSeconds),
                    takePrice: terms.takePrice,
                    checkRate: BigInt(terms.checkRate),
                    payUnverified: terms.payUnverified,
                    keep: terms.keep,
                },
                rule: terms.rule,
            }),
        )
        .endCell();
}

/** Reads the terms from their cell. */
export function decodeTerms(cell: Cell): JobTerms {
    const terms = loadTerms(cell.beginParse());
    const conditions = terms.conditions;
    return {
        spec: terms.spec,
        model: terms.model,
        seedHash: terms.seedHash,
        items: Number(conditions.items),
        takePrice: conditions.takePrice,
        bidWindowSeconds: Number(conditions.bidWindow),
        commitWindowSeconds: Number(conditions.commitWindow),
        checkRate: Number(conditions.checkRate),
        payUnverified: conditions.payUnverified,
        keep: conditions.keep,
        rule: terms.rule,
    };
}

/** The first 32 bits of a model's hash, by which nodes filter what the Market lists. */
export function modelTag(model: bigint): number {
    return Number(model >> 224n);
}

function decodeAward(award: Award): JobAward {
    return {
        stake: accountAddress(award.stake),
        price: award.price,
        lock: award.lock,
        lockUntil: Number(award.lockUntil),
        checkRate: Number(award.checkRate),
    };
}
