import { Worker } from 'node:worker_threads';

const INTERVAL_MS = 1000;

/** Runs as source in the thread, since a build may have put all of this into one file. */
const GUARD = `
const { workerData } = require('node:worker_threads');
setInterval(() => {
    if (process.ppid !== workerData.parent) process.kill(process.pid, 'SIGKILL');
}, workerData.intervalMs);
`;

/**
 * Ends this process when its parent is gone. A model that hangs blocks the event loop, so the
 * closed channel would go unnoticed and the model would burn a core for good; a thread notices.
 * Where the system does not give orphans another parent (Windows) it never acts.
 */
export function guardAgainstOrphanhood(parent: number): void {
    const thread = new Worker(GUARD, {
        eval: true,
        workerData: { parent, intervalMs: INTERVAL_MS },
    });
    thread.unref();
}
