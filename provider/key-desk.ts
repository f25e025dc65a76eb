import type { Address } from '@ton/core';
import {
    concatBytes,
    hashFromBigInt,
    hashToHex,
    parseJobSpec,
    sealKeyEnvelope,
    sha256,
} from '../protocol';
import { type CallOptions, type Chain, confirm, leafContext, readOpenJob } from '../sdk';
import type { BlobStore } from '../sdk/node';
import { drawnLeaf, type JobView, Stake } from '../wrappers';
import type { ContentKeys } from './content-keys';
import { KeyRefusedError } from './errors';
import { jobKey } from './state';

export interface KeyDeskOptions {
    readonly chain: Chain;
    /** This node's own. */
    readonly stake: Address;
    readonly contentKeys: Pick<ContentKeys, 'itemKey'>;
    readonly blobs: Pick<BlobStore, 'read'>;
    /** Whether this node has done a job; strangers may ask about any. */
    readonly serves: (escrow: Address, jobId: number) => boolean;
    readonly now: () => number;
}

/** Hands the keys of items of this node's sealed jobs to those who were drawn to check them. */
export interface KeyDesk {
    /**
     * The key of the item that a drawn node has to execute, as it travels: 32 bytes of its hash, the
     * envelope, and the inclusion proof of its hash. It is sealed for the node key that the Stake
     * names on chain: whoever asks, only that node can open it.
     *
     * @throws KeyRefusedError; what the chain throws
     */
    itemKeyFor(
        escrow: Address,
        jobId: number,
        stake: Address,
        call?: CallOptions,
    ): Promise<Uint8Array>;
}

/** A job is read once in so long, however many ask about it, milliseconds. */
const FRESH_MS = 1_000;
const MAX_READ = 256;

export function createKeyDesk(options: KeyDeskOptions): KeyDesk {
    const { chain, stake: own, contentKeys, blobs, serves, now } = options;
    const read = new Map<
        string,
        { readonly at: number; readonly job: Promise<JobView | undefined> }
    >();

    const jobOf = (escrow: Address, jobId: number, call: CallOptions) => {
        const key = jobKey(escrow, jobId);
        const known = read.get(key);
        if (known !== undefined && now() - known.at < FRESH_MS) return known.job;
        const job = readJob(chain, escrow, jobId, call);
        read.delete(key);
        read.set(key, { at: now(), job });
        job.catch(() => read.delete(key));
        for (const oldest of read.keys()) {
            if (read.size <= MAX_READ) break;
            read.delete(oldest);
        }
        return job;
    };

    return {
        async itemKeyFor(escrow, jobId, stake, call = {}) {
            const job = serves(escrow, jobId) ? await jobOf(escrow, jobId, call) : undefined;
            const mine = job !== undefined && 'bid' in job && job.bid?.stake.equals(own) === true;
            if (!mine) throw new KeyRefusedError('unknown', 'This node does no such job.');
            const index = drawnItem(job, stake);
            if (index === undefined) {
                throw new KeyRefusedError('not-drawn', 'The stake is not drawn to check this job.');
            }
            const nodeKey = await confirmedKey({ chain, escrow, jobId, stake, call });
            const bytes = await blobs.read(hashToHex(hashFromBigInt(job.terms.spec)));
            const privacy = bytes && parseJobSpec(bytes).privacy;
            if (privacy?.mode !== 'sealed')
                throw new KeyRefusedError('unknown', 'It is not sealed.');
            const { keyHash } = privacy;
            const proved = await contentKeys.itemKey(keyHash, job.terms.items, index);
            if (proved === undefined) throw new KeyRefusedError('unknown', 'The key is not here.');
            const { itemKey, proof } = proved;
            const hash = sha256(itemKey);
            const envelope = await sealKeyEnvelope(itemKey, hashToHex(hash), nodeKey, {
                kind: 'check',
                ...leafContext(escrow, jobId),
                index,
                stake: { workchain: stake.workChain, hash: stake.hash },
            });
            return concatBytes([hash, envelope, ...proof]);
        },
    };
}

/**
 * The item that a Stake has to execute now: the drawn one for the verifier once claims have ended, as
 * long as its round is open; the disputed one for each juror of a full jury. Undefined for all others.
 */
export function drawnItem(job: JobView, stake: Address): number | undefined {
    switch (job.state) {
        case 'checking':
            if (job.phase === 'claim' || !job.verifier?.stake.equals(stake)) return undefined;
            return drawnLeaf(job.draw, job.terms.items);
        case 'jury': {
            const { verification } = job.parameters;
            const { stage, jurors, leaf } = job.jury;
            const seats = stage === 1 ? verification.jurors : verification.appealJurors;
            const sits = job.phase === 'seal' || job.phase === 'reveal';
            if (!sits || jurors.length < seats) return undefined;
            return jurors.some((juror) => juror.stake.equals(stake)) ? leaf : undefined;
        }
        case 'bidding':
        case 'unsold':
        case 'assigned':
        case 'overdue':
        case 'committed':
        case 'appeal':
            return undefined;
    }
}

interface DrawnNode {
    readonly chain: Chain;
    readonly escrow: Address;
    readonly jobId: number;
    readonly stake: Address;
    readonly call: CallOptions;
}

/** The node key of a drawn Stake, as two endpoints tell both where there are more than one. */
async function confirmedKey(node: DrawnNode): Promise<Uint8Array> {
    const { chain, escrow, jobId, stake, call } = node;
    const keyAt = async (one: Chain) => {
        const { nodeKey } = await one.open(Stake.fromAddress(stake), call).getStake();
        return nodeKey;
    };
    const ask = async (one: Chain) => {
        const job = await readJob(one, escrow, jobId, call);
        const drawn = job !== undefined && drawnItem(job, stake) !== undefined;
        return drawn ? keyAt(one) : undefined;
    };
    const said = await confirm(chain, {
        about: `who checks job ${jobId} of ${escrow.toString()}`,
        ask,
        facts: (nodeKey) => String(nodeKey),
        ...call,
    });
    if (said.kind === 'disagreed') {
        throw new KeyRefusedError('unsure', 'Endpoints contradict each other about the draw.');
    }
    const nodeKey = said.kind === 'alone' ? await keyAt(chain) : said.answer;
    if (nodeKey !== undefined) return hashFromBigInt(nodeKey);
    throw new KeyRefusedError('not-drawn', 'The stake is not drawn to check this job.');
}

async function readJob(
    chain: Chain,
    escrow: Address,
    jobId: number,
    call: CallOptions,
): Promise<JobView | undefined> {
    return (await readOpenJob(chain, { escrow, jobId }, call)).job;
}
