import { InferenceSession } from 'onnxruntime-node';
import { createOutputCollector } from '../runtime/output-collector';
import { toFeeds } from '../runtime/ort-tensors';
import { type Workload, WORKLOADS } from './workloads';

/*
 * What the node is measured against: a child process that does nothing but run a model on
 * inputs that are in its memory. It answers `{ run: n }` with a message once it has run n items.
 */

/** Enough that no cache holds them all. */
const PRELOADED = 128;
const WARM_UP = 5;

async function main(): Promise<void> {
    const session = await InferenceSession.create(process.argv[2] ?? '', {
        executionProviders: ['cpu'],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableCpuMemArena: true,
        enableMemPattern: true,
        logSeverityLevel: 4,
    });
    const feeds = [...WORKLOADS[process.argv[3] as Workload].items(PRELOADED)].map(toFeeds);
    // Does nothing but where the child has the settings of a node's.
    const collector = createOutputCollector();
    let next = 0;
    async function run(items: number): Promise<void> {
        for (let i = 0; i < items; i++) {
            const outputs = await session.run(feeds[next++ % PRELOADED] ?? {});
            for (const { size } of Object.values(outputs)) collector.made(4 * size);
        }
        process.send?.('done');
    }
    process.on('disconnect', () => process.exit(0));
    process.on('message', ({ run: items }: { run: number }) => void run(items));
    await run(WARM_UP);
}

void main();
