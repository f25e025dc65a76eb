import type { HashHex } from '../../protocol';
import { type Pricing, quote } from '../pricing';
import { type CostKey, type LedgerEntry, sizeClass } from '../state';
import { modelOf } from './earnings';
import { median, quantile } from './quantile';

/** What jobs of one model paid, and what this machine could ask for them. Amounts in GRAM. */
export interface ModelPrices {
    readonly model: HashHex;
    readonly name: string;
    /** What prices are for: an item, or the time that items take a core of this machine. */
    readonly unit: 'item' | 'core-hour';
    /** Jobs that were sold, and those that no bid came for. */
    readonly sold: number;
    readonly unsold: number;
    /** Prices of the sold ones, a unit; undefined where none was. */
    readonly p25: number | undefined;
    readonly median: number | undefined;
    readonly p75: number | undefined;
    /** What this node asks for, a unit; undefined where that is not known for the unit. */
    readonly own: number | undefined;
    readonly ownShare: number | undefined;
    /** What a unit costs the owner, as far as that was said. */
    readonly cost: number;
    /** Milliseconds of a core for an item; undefined where the model was never measured. */
    readonly coreMs: number | undefined;
    readonly itemsPerHour: number | undefined;
    /** Undefined where no job was seen whose price is known, or none pays what it costs. */
    readonly suggestion: PriceSuggestion | undefined;
}

export interface PriceSuggestion {
    /** GRAM a unit. */
    readonly price: number;
    /** Of the recent jobs, those that this price would have won, 0 to 1. */
    readonly share: number;
    readonly jobs: number;
    /** What they would have brought beyond their cost, GRAM. */
    readonly net: number;
    /** The same with two standard deviations less, and more, of such jobs (Poisson). */
    readonly netRange: readonly [number, number];
    /** Whether the machine could have done them all. */
    readonly fits: boolean;
}

export interface PricesRequest {
    readonly entries: Iterable<LedgerEntry>;
    readonly costs: readonly { readonly key: CostKey; readonly coreMs: number }[];
    readonly pricing: Pricing;
    readonly processes: number;
    /** What the messages of a job have cost, and what is asked for them, nanoGRAM. */
    readonly gas: bigint;
    readonly gasAsked: bigint;
    /** What an hour of a core costs in electricity, GRAM; 0 where nobody said. */
    readonly coreHourCost: number;
    /** How long the jobs were looked at, milliseconds. */
    readonly observedMs: number;
}

/** One job that tells what could have been asked for. */
interface Sample {
    readonly units: number;
    readonly coreHours: number;
    /** Whoever asked for less would have had it, and this node for as much where it had it; GRAM. */
    readonly limit: number;
    /** Whether it can be had for the limit itself, and need not be undercut. */
    readonly mine: boolean;
    readonly sold: boolean;
}

const NANO = 1e9;
const MS_PER_HOUR = 3_600_000;
/** A bid has to be lower than the best by a percent; see `minStep` of the parameters. */
const STEP = 0.99;

/**
 * What recent jobs paid by model, and the price that would have brought most: of all prices just
 * under what a job was sold for (or offered, where nobody bid), the one with the largest sum of
 * price less cost over the jobs that it would have won. Jobs of this node count with its own price,
 * though they might have paid more. Ranks differ from prices by the checks that are expected, which
 * is left out: a node with a short record wins less.
 */
export function comparePrices(request: PricesRequest): ModelPrices[] {
    const models = new Map<HashHex, LedgerEntry[]>();
    for (const entry of request.entries) {
        if (entry.model === undefined || entry.items === undefined) continue;
        const others = models.get(entry.model);
        if (others === undefined) models.set(entry.model, [entry]);
        else others.push(entry);
    }
    return [...models]
        .map(([model, entries]) => pricesOf(model, entries, request))
        .sort((a, b) => b.sold + b.unsold - (a.sold + a.unsold));
}

function pricesOf(
    model: HashHex,
    entries: readonly LedgerEntry[],
    request: PricesRequest,
): ModelPrices {
    const { pricing, processes, coreHourCost } = request;
    const costs = request.costs.filter(({ key }) => key[0] === model);
    const usual = median(costs.map(({ coreMs }) => coreMs));
    const unit = pricing.kind === 'per-item' || usual === undefined ? 'item' : 'core-hour';
    const coreMsOf = (bytes: number | undefined) =>
        (bytes === undefined
            ? undefined
            : costs.find(({ key }) => key[1] === sizeClass(bytes))?.coreMs) ?? usual;
    const samples = entries.flatMap((entry) => {
        const limit = limitOf(entry);
        if (limit === undefined) return [];
        const { items = 1, bytesPerItem } = entry;
        const coreHours = (items * (coreMsOf(bytesPerItem) ?? 0)) / MS_PER_HOUR;
        const units = unit === 'item' ? items : coreHours;
        return units === 0 ? [] : [{ units, coreHours, ...limit }];
    });
    const gas = Number(request.gas) / NANO;
    // What is asked for the messages of a job is no part of the price of its units.
    const asked = Number(request.gasAsked) / NANO;
    const base = pricing.perJob === 'fees' ? asked : Number(pricing.perJob ?? 0n) / NANO;
    const perUnit = ({ limit, units }: Sample) => (limit - base) / units;
    const prices = samples.filter(({ sold }) => sold).map(perUnit);
    const own = ownPrice(pricing, unit, usual);
    const sharesOf = (price: number) => samples.filter((one) => perUnit(one) >= price);
    const cost = unit === 'core-hour' ? coreHourCost : (coreHourCost * (usual ?? 0)) / MS_PER_HOUR;
    return {
        ...{ model, unit, own, cost, coreMs: usual },
        name: modelOf(entries.findLast(({ modelName }) => modelName !== undefined) ?? { model }),
        sold: prices.length,
        unsold: samples.length - prices.length,
        p25: quantile(prices, 0.25),
        median: median(prices),
        p75: quantile(prices, 0.75),
        ownShare:
            own === undefined || samples.length === 0
                ? undefined
                : sharesOf(own).length / samples.length,
        itemsPerHour: usual === undefined ? undefined : (MS_PER_HOUR / usual) * processes,
        suggestion: suggest(samples, { perUnit, cost, spare: base - gas, request }),
    };
}

/** What whoever undercut it would have won the job for, GRAM. */
function limitOf(entry: LedgerEntry): Pick<Sample, 'limit' | 'sold' | 'mine'> | undefined {
    const { fate, wonAt, price, ceiling } = entry;
    if (wonAt !== undefined && price !== undefined) {
        return { limit: gram(price), sold: true, mine: true };
    }
    if (fate?.kind === 'sold' && fate.price !== undefined) {
        return { limit: gram(fate.price), sold: true, mine: false };
    }
    const nobodyBid = fate?.kind === 'unsold' && fate.outcome !== 'cancelled';
    if (!nobodyBid || ceiling === undefined) return undefined;
    return { limit: gram(ceiling), sold: false, mine: true };
}

function gram(nano: bigint): number {
    return Number(nano) / NANO;
}

function ownPrice(
    pricing: Pricing,
    unit: ModelPrices['unit'],
    coreMs: number | undefined,
): number | undefined {
    if (pricing.kind === 'per-item') return unit === 'item' ? gram(pricing.nano) : undefined;
    if (coreMs === undefined) return undefined;
    // Of an hour, so that rounding does not show.
    const items = Math.min(1_000_000, Math.max(1, Math.round(MS_PER_HOUR / coreMs)));
    const work = { items, coreMsPerItem: coreMs, feesNano: 0n, load: 0 };
    const { floor } = quote({ ...pricing, perJob: 0n, minimum: 0n }, work);
    return gram(floor) / ((items * coreMs) / MS_PER_HOUR);
}

function suggest(
    samples: readonly Sample[],
    around: {
        readonly perUnit: (sample: Sample) => number;
        readonly cost: number;
        /** What is asked for each job beyond its gas, GRAM. */
        readonly spare: number;
        readonly request: PricesRequest;
    },
): PriceSuggestion | undefined {
    const { perUnit, cost, spare, request } = around;
    const within = (sample: Sample) => perUnit(sample) * (sample.mine ? 1 : STEP);
    // From the dearest down, so that each price wins what those before it have won, and its own.
    const priced = samples.map((sample) => ({ ...sample, price: within(sample) }));
    priced.sort((a, b) => b.price - a.price);
    let best: { price: number; net: number; jobs: number; busy: number } | undefined;
    let units = 0;
    let busy = 0;
    for (const [at, sample] of priced.entries()) {
        const { price } = sample;
        if (price <= 0 || price < cost) break;
        units += sample.units;
        busy += sample.coreHours;
        if (priced[at + 1]?.price === price) continue;
        const jobs = at + 1;
        const net = units * (price - cost) + spare * jobs;
        if (net > 0 && (best === undefined || net > best.net)) best = { price, net, jobs, busy };
    }
    if (best === undefined) return undefined;
    const room = (request.processes * request.observedMs) / MS_PER_HOUR;
    const fits = best.busy <= room;
    const net = fits ? best.net : (best.net * room) / best.busy;
    const { jobs } = best;
    const spread = 2 / Math.sqrt(jobs);
    return {
        price: best.price,
        share: jobs / samples.length,
        ...{ jobs, net, fits },
        netRange: [net * Math.max(0, 1 - spread), net * (1 + spread)],
    };
}
