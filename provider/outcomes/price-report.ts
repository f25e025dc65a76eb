import { setImmediate } from 'node:timers/promises';
import type { Pricing } from '../pricing';
import type { Costs, Ledger, LedgerEntry } from '../state';
import { comparePrices, type ModelPrices } from './prices';
import { median } from './quantile';

export interface PriceReportRequest {
    readonly ledger: Pick<Ledger, 'seenBetween'>;
    readonly costs: Pick<Costs, 'all'>;
    readonly pricing: Pricing;
    readonly processes: number;
    /** Milliseconds since 1970. */
    readonly since: number;
    readonly until: number;
    /** What an hour of a core costs in electricity, GRAM; 0 where nobody said. */
    readonly coreHourCost: number;
}

export interface PricesReport {
    readonly models: readonly ModelPrices[];
    /** How long jobs were seen, milliseconds. */
    readonly observedMs: number;
    /** What the messages of a bid have cost, nanoGRAM; undefined before the first. */
    readonly gas: bigint | undefined;
}

/** Entries that are read in one go: a node has other things to do. */
const A_STEP = 200;

/** What jobs of a time paid by model, from the books, and what to ask for. */
export async function readPrices(request: PriceReportRequest): Promise<PricesReport> {
    const { ledger, costs, pricing, processes, since, until, coreHourCost } = request;
    const entries: LedgerEntry[] = [];
    for (const entry of ledger.seenBetween(since, until)) {
        entries.push(entry);
        if (entries.length % A_STEP === 0) await setImmediate();
    }
    const first = entries[0]?.seenAt ?? until;
    const observedMs = Math.max(until - first, 1);
    const bids = entries.filter(({ bidAt }) => bidAt !== undefined);
    const gas = median(bids.flatMap(({ fees }) => fees ?? []));
    const gasAsked = median(bids.flatMap((entry) => entry.gas ?? []));
    const models = comparePrices({
        ...{ entries, coreHourCost, observedMs, gas: gas ?? 0n },
        gasAsked: gasAsked ?? gas ?? 0n,
        costs: costs.all(),
        ...{ pricing, processes },
    });
    return { models, observedMs, gas };
}
