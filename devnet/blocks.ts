import { createHash } from 'node:crypto';

/**
 * Logical time from one transaction to the next, as in the sandbox. A transaction's messages take
 * the times right after its own.
 */
export const LT_STEP = 1_000_000n;

export interface Block {
    readonly seqno: number;
    /** UNIX time. */
    readonly utime: number;
    /** Index of its first transaction among all of the chain. */
    readonly first: number;
    /** Index after its last transaction. */
    readonly end: number;
}

/**
 * The blocks of the chain by number. A block of the masterchain and the one of the single shard
 * of the base workchain have the same number; block 0 is the genesis.
 */
export class BlockIndex {
    private readonly utimes: number[] = [];
    private readonly ends: number[] = [];

    /** Number of the newest block. */
    get lastSeqno(): number {
        return this.utimes.length - 1;
    }

    get last(): Block {
        const block = this.get(this.lastSeqno);
        if (block === undefined) throw new RangeError('The chain has no genesis block.');
        return block;
    }

    /**
     * @param utime - UNIX time of the block
     * @param end - number of transactions in the chain up to and with it
     */
    add(utime: number, end: number): void {
        this.utimes.push(utime);
        this.ends.push(end);
    }

    get(seqno: number): Block | undefined {
        const utime = this.utimes[seqno];
        const end = this.ends[seqno];
        if (utime === undefined || end === undefined) return undefined;
        return { seqno, utime, first: this.ends[seqno - 1] ?? 0, end };
    }

    /** The last block that began at or before a UNIX time. */
    atTime(utime: number): Block | undefined {
        return this.get(countUpTo(this.utimes, utime) - 1);
    }

    /** The block with the transaction of this logical time. */
    atLt(lt: bigint): Block | undefined {
        if (lt < LT_STEP) return this.get(0);
        const transaction = Number(lt / LT_STEP) - 1;
        return this.get(countUpTo(this.ends, transaction));
    }
}

/** Number of entries, in ascending order, that are not above a value. */
function countUpTo(ascending: readonly number[], value: number): number {
    let low = 0;
    let high = ascending.length;
    while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if ((ascending[middle] ?? Infinity) <= value) low = middle + 1;
        else high = middle;
    }
    return low;
}

/** Logical times that a block covers. */
export function ltRange(block: Block): { readonly start: bigint; readonly end: bigint } {
    return {
        start: BigInt(block.first + (block.end > block.first ? 1 : 0)) * LT_STEP,
        end: BigInt(block.end) * LT_STEP,
    };
}

/** The devnet has no block cells, so the hashes that name a block come from its number. */
export function blockHash(
    kind: 'root' | 'file' | 'state',
    workchain: number,
    block: Block,
    globalId: number,
): string {
    return createHash('sha256')
        .update(`${kind} ${globalId} ${workchain} ${block.seqno} ${block.utime} ${block.end}`)
        .digest('base64');
}
