import { executeItem, type LoadedSession } from './execute';
import type { ChildMessage, ItemResult, LoadRequest, ParentMessage, RunRequest } from './messages';
import { guardAgainstOrphanhood } from './orphan-guard';
import { createProgressWriter } from './progress';
import { HashMismatchError, openSession } from './session';

/*
 * The program of a child: loads one model, then executes batches one item after the other. It
 * trusts its parent and nothing else, and its parent does not trust it.
 */

/** Results wait for company at most this long, so that a death costs little repeated work. */
const FLUSH_AFTER_MS = 50;
const FLUSH_AFTER_BYTES = 4 * 1024 ** 2;

const progress = createProgressWriter();
const queue: RunRequest[] = [];
const cancelled = new Set<number>();
let loaded: LoadedSession | undefined;
let working = false;
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

async function load(request: LoadRequest): Promise<void> {
    try {
        const session = await openSession(request);
        const values = [...session.inputMetadata, ...session.outputMetadata];
        const opaque = values.find(({ isTensor }) => !isTensor);
        if (opaque !== undefined) throw new Error(`${opaque.name} is not a tensor.`);
        loaded = { session, inputs: request.inputs, outputs: request.outputs };
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
    let results: ItemResult[] = [];
    let from = 0;
    let bytes = 0;
    let flushedMs = performance.now();

    function flush(done: boolean): void {
        const rssBytes = process.memoryUsage.rss();
        send({ type: 'results', batch, from, results, done, rssBytes });
        from += results.length;
        results = [];
        bytes = 0;
        flushedMs = performance.now();
    }

    for (const [item, encoded] of items.entries()) {
        if (cancelled.has(batch)) break;
        progress.started({ batch, item });
        const result = await executeItem(session, encoded, request);
        results.push(result);
        bytes += result.kind === 'inline' ? result.bytes.length : 0;
        const waitedMs = performance.now() - flushedMs;
        if (waitedMs > FLUSH_AFTER_MS || bytes > FLUSH_AFTER_BYTES) flush(false);
    }
    progress.idle();
    cancelled.delete(batch);
    lastFinished = batch;
    flush(true);
}

function send(message: ChildMessage): void {
    process.send?.(message);
}
