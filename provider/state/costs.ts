import * as z from 'zod';
import type { HashHex } from '../../protocol';
import { instant } from './codecs';
import type { Table } from './table';

/** Measurements of one kind that are remembered; the oldest go. */
const SAMPLES = 15;

export const costSchema = z.object({
    samples: z.array(z.number().positive()).min(1).max(SAMPLES),
    measuredAt: instant,
});

/** The latest measurements of one thing, oldest first. */
export type Cost = z.output<typeof costSchema>;

/** A model with inputs of about one size. */
export type CostKey = [model: string, sizeClass: number];

/** What work costs on this machine, learned from doing it. */
export interface Costs {
    /** Milliseconds of one core for an item; undefined before the first measurement. */
    coreMsPerItem(model: HashHex, bytesPerItem: number): number | undefined;
    learnItem(model: HashHex, bytesPerItem: number, coreMs: number): void;
    /** Bytes a millisecond from the places that clients name; undefined before the first ones. */
    readonly fetchRate: number | undefined;
    learnFetch(bytes: number, elapsedMs: number): void;
    /** Everything that was measured, for the operator. */
    all(): { readonly key: CostKey; readonly coreMs: number; readonly measuredAt: number }[];
    /** Drops what was not measured for long. */
    prune(measuredBefore: number): void;
}

/** The network's own entry; no model has such a name. */
const NETWORK: CostKey = ['network', 0];
/** Smaller downloads tell more of latency than of the rate. */
const LEAST_FETCH_BYTES = 64 * 1024;

/** Inputs whose sizes differ by less than a factor of 1.4 are taken for alike. */
export function sizeClass(bytesPerItem: number): number {
    return Math.round(2 * Math.log2(Math.max(1, bytesPerItem)));
}

export function createCosts(table: Table<CostKey, Cost>, now: () => number): Costs {
    const learn = (key: CostKey, sample: number) => {
        if (!Number.isFinite(sample) || sample <= 0) return;
        const samples = [...(table.get(key)?.samples ?? []), sample].slice(-SAMPLES);
        table.put(key, { samples, measuredAt: now() });
    };
    return {
        coreMsPerItem: (model, bytes) => middle(table.get([model, sizeClass(bytes)])),
        learnItem: (model, bytes, coreMs) => learn([model, sizeClass(bytes)], coreMs),
        get fetchRate() {
            return middle(table.get(NETWORK));
        },
        learnFetch: (bytes, elapsedMs) => {
            if (bytes >= LEAST_FETCH_BYTES) learn(NETWORK, bytes / Math.max(elapsedMs, 1));
        },
        all: () =>
            [...table.entries()]
                .filter(({ key }) => key[0] !== NETWORK[0])
                .map(({ key, value }) => ({
                    key,
                    coreMs: middle(value) ?? 0,
                    measuredAt: value.measuredAt,
                })),
        prune: (measuredBefore) => {
            const old = [...table.entries()].filter(
                ({ value }) => value.measuredAt < measuredBefore,
            );
            for (const { key } of old) table.remove(key);
        },
    };
}

/** The median: one run beside a busy neighbour does not move it. */
function middle(cost: Cost | undefined): number | undefined {
    if (cost === undefined) return undefined;
    const sorted = [...cost.samples].sort((a, b) => a - b);
    const high = sorted[sorted.length >> 1] as number;
    const low = sorted[(sorted.length - 1) >> 1] as number;
    return (low + high) / 2;
}
