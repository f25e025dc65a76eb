import type { Cell } from '@ton/core';
import type { Random } from './random';
import type { IndexedTransaction } from './transactions';

/**
 * How the messages of a block follow each other. `shard`: external messages first, then internal
 * ones in the order in which they were sent, until none is left, as one shard under light load
 * does. `random`: any order that the network guarantees nothing against, and a block may end
 * before the queue is empty.
 */
export type Interleave = 'shard' | 'random';

export interface QueuedMessage {
    readonly cell: Cell;
    /** Raw address that it goes to. */
    readonly destination: string;
    /** Raw address that it comes from; undefined for an external message. */
    readonly source: string | undefined;
    /** Called after its block, with its transaction or without one if it was refused. */
    readonly settle?: (transaction: IndexedTransaction | undefined) => void;
}

/** One chance in this many that a block ends after a transaction, under `random`. */
const BLOCK_END_ODDS = 8;

/**
 * The messages that wait for a transaction. The network delivers the messages from one account to
 * another in the order in which they were sent, and so does this queue, whatever the mode.
 */
export class MessageQueue {
    private lanes: QueuedMessage[][] = [];
    private readonly laneOf = new Map<string, QueuedMessage[]>();
    private waiting = 0;

    constructor(private readonly mode: Interleave) {}

    get size(): number {
        return this.waiting;
    }

    push(message: QueuedMessage): void {
        this.waiting++;
        // One lane under `shard`: first in, first out.
        const key =
            this.mode === 'shard' ? 'all' : `${message.source ?? ''} ${message.destination}`;
        // Nothing orders external messages, so that each one stands alone under `random`.
        const shared = this.mode === 'shard' || message.source !== undefined;
        const lane = shared ? this.laneOf.get(key) : undefined;
        if (lane !== undefined) {
            lane.push(message);
            return;
        }
        const opened = [message];
        this.lanes.push(opened);
        if (shared) this.laneOf.set(key, opened);
    }

    /** Takes the next message, or undefined if none waits. */
    take(random: Random): QueuedMessage | undefined {
        const at = this.lanes.length > 1 ? random.below(this.lanes.length) : 0;
        const lane = this.lanes[at];
        const message = lane?.shift();
        if (lane === undefined || message === undefined) return undefined;
        this.waiting--;
        if (lane.length === 0) this.close(at, message);
        return message;
    }

    /** Whether the block ends here although messages wait. */
    endsBlock(random: Random): boolean {
        return this.mode === 'random' && this.waiting > 0 && random.below(BLOCK_END_ODDS) === 0;
    }

    /** All waiting messages; those from one account to another are in their order. */
    *[Symbol.iterator](): Generator<QueuedMessage> {
        for (const lane of this.lanes) yield* lane;
    }

    private close(at: number, message: QueuedMessage): void {
        const last = this.lanes.pop();
        if (last !== undefined && at < this.lanes.length) this.lanes[at] = last;
        if (this.mode === 'shard') this.laneOf.delete('all');
        else if (message.source !== undefined) {
            this.laneOf.delete(`${message.source} ${message.destination}`);
        }
    }
}
