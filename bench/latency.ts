import { toNano } from '@ton/core';
import { setStage, type Stage } from '../cli/demo/stage';
import { seconds, table } from '../cli/terminal/table';
import type { ProviderEvent } from '../provider';
import { prepareJob, runJob } from '../sdk';
import { tensorOf } from '../protocol';
import { identityManifest, identityModel } from './identity-model';
import { median } from './median';

/** The steps from a post to a verified result, each ended by what is said. */
const STEPS = [
    ['post', 'the node sees the listing'],
    ['bid', 'the bid has won on chain'],
    ['execution', 'the node has executed'],
    ['commit', 'the client sees the root on chain'],
    ['verification', 'results fetched and verified'],
] as const;
type Step = (typeof STEPS)[number][0];

export interface LatencyOptions {
    /** Milliseconds from block to block; 0 makes blocks at once. */
    readonly blockIntervalMs: number;
    /** Milliseconds between two looks at the chain. */
    readonly pollMs: number;
    /** Jobs that are measured, one after another. */
    readonly runs: number;
}

/** Times in milliseconds. */
export interface LatencyResult extends LatencyOptions {
    /** From the call that posts to the verified result, of each run. */
    readonly totalsMs: readonly number[];
    readonly medianMs: number;
    readonly worstMs: number;
    /** Median of each step. */
    readonly steps: Readonly<Record<Step, number>>;
}

const PRICE = toNano('0.001');
/** The most that the median may be with blocks every 400 ms, milliseconds. */
export const LATENCY_GOAL_MS = 2_000;

/**
 * Measures how long a job of one trivial item takes from the post to the verified result, with one
 * node that bids under the take price.
 */
export async function measureLatency(options: LatencyOptions): Promise<LatencyResult> {
    const watch = new StepWatch();
    const stage = await setStage({
        ...options,
        operators: [{ name: 'node', nanoPerItem: PRICE }],
        onProviderEvent: (_operator, event) => watch.hear(event),
    });
    const runs: Record<Step, number>[] = [];
    try {
        await stage.blobs.write(identityModel());
        await runOnce(stage, watch, 0); // loads the model and deploys the Escrow
        for (let run = 1; run <= options.runs; run++) runs.push(await runOnce(stage, watch, run));
    } finally {
        await stage.stop();
    }
    const totalsMs = runs.map((run) => Object.values(run).reduce((sum, ms) => sum + ms, 0));
    const steps = Object.fromEntries(
        STEPS.map(([step]) => [step, median(runs.map((run) => run[step]))]),
    ) as Record<Step, number>;
    const worstMs = Math.max(...totalsMs);
    return { ...options, totalsMs, medianMs: median(totalsMs), worstMs, steps };
}

async function runOnce(stage: Stage, watch: StepWatch, run: number): Promise<Record<Step, number>> {
    const { chain, deployment, client, operators, blobs, blobServer } = stage;
    const job = prepareJob({
        manifest: identityManifest(),
        // Another input each time, so that no blob is there already.
        items: [new Map([['x', tensorOf('float32', [1], [run])]])],
        sources: [`${blobServer.url}/blobs`],
    });
    for (const blob of job.blobs) await blobs.write(blob);
    watch.start();
    await runJob({
        chain,
        deployment,
        sender: client,
        client: client.address,
        job,
        ceiling: 2n * PRICE,
        takePrice: PRICE,
        bidWindowSeconds: 30,
        commitWindowSeconds: 60,
        endpoints: operators.map(({ provider }) => provider.url),
        onEvent: ({ kind }) => {
            if (kind === 'announced') watch.restart();
            if (kind === 'committed') watch.end('commit');
            if (kind === 'verified') watch.end('verification');
        },
    });
    return watch.result();
}

/** Measures the steps, which end in this order. */
class StepWatch {
    #startedAt = 0;
    #last = 0;
    #steps = new Map<Step, number>();

    start(): void {
        this.#steps = new Map();
        this.restart();
    }

    /** The estimate and the announcement come before the post. */
    restart(): void {
        this.#startedAt = performance.now();
        this.#last = this.#startedAt;
    }

    hear({ kind }: ProviderEvent): void {
        if (kind === 'seen') this.end('post');
        if (kind === 'won') this.end('bid');
        if (kind === 'executed') this.end('execution');
    }

    end(step: Step): void {
        const now = performance.now();
        this.#steps.set(step, now - this.#last);
        this.#last = now;
    }

    result(): Record<Step, number> {
        return Object.fromEntries(
            STEPS.map(([step]) => [step, this.#steps.get(step) ?? 0]),
        ) as Record<Step, number>;
    }
}

/** Results as a table, one column for each. */
export function renderLatency(results: readonly LatencyResult[]): string {
    const right = true;
    const columns = [
        { title: 'post to verified result' },
        ...results.map(({ blockIntervalMs }) => ({
            title: blockIntervalMs === 0 ? 'blocks at once' : `blocks of ${blockIntervalMs} ms`,
            right,
        })),
    ];
    const rows = STEPS.map(([step, end]) => [
        `${step}: until ${end}`,
        ...results.map((result) => {
            const sum = STEPS.reduce((total, [one]) => total + result.steps[one], 0);
            const share = Math.round((100 * result.steps[step]) / sum);
            return `${seconds(result.steps[step])} ${`${share} %`.padStart(5)}`;
        }),
    ]);
    return table(columns, [
        ...rows,
        '-',
        ['median', ...results.map(({ medianMs }) => seconds(medianMs).padEnd(12))],
        ['worst', ...results.map(({ worstMs }) => seconds(worstMs).padEnd(12))],
    ]);
}
