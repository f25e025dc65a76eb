import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ItemParts } from './output-parts';
import { OUTPUT_LANES, partialFileName } from './partial-file';
import { BLOCK, STORE_THREAD_SOURCE, type StoreOrder, type StoreReply } from './store-thread';

/** A stored output. */
export interface StoredOutput {
    /** Lower-case hex. */
    readonly sha256: string;
    readonly sizeBytes: number;
}

/**
 * Stores outputs as files named by their hash, in a thread of its own, while the model runs on:
 * a megabyte takes 0.8 ms to hash alone.
 *
 * Nobody on this machine reads an output soon, so it goes past the page cache where the system
 * allows that (`O_DIRECT`): no memory is filled with it, what the operator's own programs have
 * there stays, and in a virtual machine no fresh memory has to be had for it, which can take
 * longer than all the rest. Elsewhere it is an ordinary write.
 */
export class OutputWriter {
    #thread: StoreThread | undefined;
    #lanes: readonly Lane[] = [];
    #next = 0;

    /**
     * Takes an output over, and waits only while too many before it are not written yet.
     *
     * @param dir an absolute path; a reader never sees half a file under its final name
     * @returns a promise inside, since awaiting it is for the caller to decide; it rejects with
     * what the system says
     */
    async write(output: ItemParts, dir: string): Promise<{ stored: Promise<StoredOutput> }> {
        const lane = this.#lane();
        await lane.prepare(output.size, dir);
        return { stored: lane.store(output, dir) };
    }

    #lane(): Lane {
        if (this.#thread === undefined) {
            const thread = new StoreThread();
            this.#thread = thread;
            this.#lanes = Array.from({ length: OUTPUT_LANES }, (_, i) => new Lane(thread, i));
        }
        return this.#lanes[this.#next++ % OUTPUT_LANES] as Lane;
    }
}

/** The thread: it answers orders in their order. */
class StoreThread {
    readonly #worker = new Worker(STORE_THREAD_SOURCE, { eval: true });
    readonly #waiting: ((reply: StoreReply) => void)[] = [];

    constructor() {
        this.#worker.unref();
        this.#worker.on('message', (reply: StoreReply) => this.#waiting.shift()?.(reply));
    }

    ask(order: StoreOrder): Promise<StoreReply> {
        this.#worker.postMessage(order, [order.buffer]);
        return new Promise((resolve) => this.#waiting.push(resolve));
    }
}

/** A buffer that goes to the thread with an output and comes back empty. */
class Lane {
    #buffer = new ArrayBuffer(0);
    /** Resolves when the buffer is back. */
    #back: Promise<unknown> = Promise.resolve();
    #dir: string | undefined;
    /** Where in the buffer direct writes may begin; undefined where there are none. */
    #start: number | undefined;

    constructor(
        private readonly thread: StoreThread,
        private readonly index: number,
    ) {}

    /** Makes the buffer large enough, and finds out how it can be written to the folder. */
    async prepare(size: number, dir: string): Promise<void> {
        await this.#back;
        const needed = Math.ceil(size / BLOCK) * BLOCK + BLOCK;
        if (this.#buffer.byteLength >= needed && this.#dir === dir) return;
        const buffer = this.#buffer.byteLength < needed ? new ArrayBuffer(needed) : this.#buffer;
        const reply = await this.#ask({ kind: 'probe', buffer, partial: this.#partial(dir) });
        this.#start = reply.kind === 'probed' ? reply.start : undefined;
        this.#dir = dir;
    }

    /** Only after `prepare`. */
    async store({ parts, size }: ItemParts, dir: string): Promise<StoredOutput> {
        const [buffer, start] = [this.#buffer, this.#start ?? 0];
        const target = new Uint8Array(buffer);
        let end = start;
        for (const part of parts) {
            target.set(part, end);
            end += part.length;
        }
        const direct = this.#start !== undefined;
        const partial = this.#partial(dir);
        const reply = await this.#ask({ kind: 'store', buffer, start, size, direct, partial, dir });
        if (reply.kind === 'stored') return { sha256: reply.sha256, sizeBytes: size };
        throw new Error(reply.kind === 'failed' ? reply.message : 'The thread lost its way.');
    }

    #ask(order: StoreOrder): Promise<StoreReply> {
        const answer = this.thread.ask(order).then((reply) => {
            this.#buffer = reply.buffer;
            return reply;
        });
        this.#back = answer;
        return answer;
    }

    #partial(dir: string): string {
        return join(dir, partialFileName(process.pid, this.index));
    }
}
