import { getPriority, setPriority } from 'node:os';
import { CHILD_PRIORITY } from './child-settings';
import { executeItem, type LoadedSession } from './execute';
import {
    type ChildMessage,
    type ItemResult,
    type LoadRequest,
    packMessage,
    type ParentMessage,
    type RunRequest,
} from './messages';
import { ItemReader } from './item-reader';
import { guardAgainstOrphanhood } from './orphan-guard';
import { createOutputCollector } from './output-collector';
import { OutputEncoder } from './output-parts';
import { OutputWriter } from './output-writer';
import { createProgressWriter } from './progress';
import { HashMismatchError, openSession } from './session';
import { SliceReader } from './slice-reader';

/*
 * The program of a child: loads one model, then executes batches one item after the other. It
 * trusts its parent and nothing else, and its parent does not trust it.
 */

/** Results wait for company at most this long, so that a death costs little repeated work. */
const FLUSH_AFTER_MS = 200;
const FLUSH_AFTER_BYTES = 4 * 1024 ** 2;

const progress = createProgressWriter();
const queue: RunRequest[] = [];
const cancelled = new Set<number>();
let loaded: LoadedSession | undefined;
let working = false;
/** Results are sent in the order of the items, whatever their outputs wait for. */
let reporting: Promise<void> = Promise.resolve();
/** Numbers of batches grow, so that a cancellation that comes too late is told by them. */
let lastFinished = -1;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ParentMessage) => {
    switch (message.type) {
        case 'load':
            void load(message);
            break;
        case 'run':
            queue.push(message);
            void work();
            break;
        case 'cancel':
            if (message.batch > lastFinished) cancelled.add(message.batch);
            break;
    }
});
guardAgainstOrphanhood(process.ppid);
// Who was started in the background stays there: to come forward takes rights.
if (getPriority() < CHILD_PRIORITY) setPriority(CHILD_PRIORITY);

async function load(request: LoadRequest): Promise<void> {
    try {
        const session = await openSession(request);
        const values = [...session.inputMetadata, ...session.outputMetadata];
        const opaque = values.find(({ isTensor }) => !isTensor);
        if (opaque !== undefined) throw new Error(`${opaque.name} is not a tensor.`);
        const { inputs, outputs } = request;
        loaded = {
            session,
            outputs,
            items: new ItemReader(inputs),
            encoder: new OutputEncoder(),
            reader: new SliceReader(),
            writer: new OutputWriter(),
            collector: createOutputCollector(),
        };
        send({ type: 'loaded' });
    } catch (error) {
        send({
            type: 'refused',
            reason: error instanceof HashMismatchError ? 'hash-mismatch' : 'load-failed',
            message: error instanceof Error ? error.message : String(error),
        });
    }
}

async function work(): Promise<void> {
    if (working || loaded === undefined) return;
    working = true;
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
        await runBatch(loaded, request);
    }
    working = false;
}

async function runBatch(session: LoadedSession, request: RunRequest): Promise<void> {
    const { batch, items } = request;
    const report = new BatchReport(batch, items.length);
    for (const [item, encoded] of items.entries()) {
        if (cancelled.has(batch)) break;
        progress.started({ batch, item });
        const { result } = await executeItem(session, encoded, request);
        reporting = reporting.then(async () => report.add(await result));
    }
    session.writer.finish();
    progress.idle();
    // The next batch begins while the last outputs of this one are written.
    reporting = reporting.then(() => {
        cancelled.delete(batch);
        lastFinished = batch;
        report.flush(true);
    });
}

/** Gathers the results of a batch, in order, and sends them now and then. */
class BatchReport {
    #results: ItemResult[] = [];
    #from = 0;
    #bytes = 0;
    #flushedMs = performance.now();

    constructor(
        private readonly batch: number,
        private readonly items: number,
    ) {}

    add(result: ItemResult): void {
        this.#results.push(result);
        this.#bytes += result.kind === 'inline' ? result.bytes.length : 0;
        if (this.#from + this.#results.length === this.items) return; // goes with the end
        const waitedMs = performance.now() - this.#flushedMs;
        if (waitedMs > FLUSH_AFTER_MS || this.#bytes > FLUSH_AFTER_BYTES) this.flush(false);
    }

    flush(done: boolean): void {
        const rssBytes = process.memoryUsage.rss();
        const [batch, from, results] = [this.batch, this.#from, this.#results];
        send({ type: 'results', batch, from, results, done, rssBytes });
        this.#from += results.length;
        this.#results = [];
        this.#bytes = 0;
        this.#flushedMs = performance.now();
    }
}

function send(message: ChildMessage): void {
    process.send?.(packMessage(message));
}
