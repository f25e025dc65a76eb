import { MAX_JOB_ITEMS } from '../protocol';

/** What an operator asks for in any case; nanoGRAM. */
export interface PricingBase {
    /**
     * Added to the price of each job; `fees` for what bid and commit cost the stake at the prices
     * of the network. Nothing unless set.
     */
    readonly perJob?: bigint | 'fees';
    /** No price is lower; 1 unless set. */
    readonly minimum?: bigint;
    /**
     * Added while the node is busy, in percent of the price at full load and less in proportion;
     * given up again where that wins a job. Nothing unless set.
     */
    readonly loadMarginPercent?: number;
}

/** What an operator asks for; nanoGRAM. */
export type Pricing = PricingBase &
    (
        | {
              readonly kind: 'per-item';
              readonly nano: bigint;
          }
        | {
              /** For the time that items take a core of this machine, as it was measured. */
              readonly kind: 'per-core-millisecond' | 'per-core-hour';
              readonly nano: bigint;
          }
    );

/** What the price of one job depends on. */
export interface PricedWork {
    readonly items: number;
    /** Measured; not used for a price per item. */
    readonly coreMsPerItem: number;
    /** Cost of the node's own messages, nanoGRAM; only used where the pricing covers `fees`. */
    readonly feesNano: bigint;
    /** How much of the node is taken, 0 to 1. */
    readonly load: number;
}

/** What a node asks for, and the least that it takes; nanoGRAM. */
export interface Quote {
    readonly ask: bigint;
    readonly floor: bigint;
}

/** Thousandths of a millisecond, so that fast models are not rounded to nothing. */
const SCALE = 1_000;
const MS_PER_HOUR = 3_600_000n;

/** Whether a price can be told without measuring. */
export function needsMeasuring({ kind }: Pricing): boolean {
    return kind !== 'per-item';
}

/** The price of a job, rounded up. */
export function quote(pricing: Pricing, work: PricedWork): Quote {
    const { items, load, feesNano } = work;
    if (!Number.isInteger(items) || items < 1 || items > MAX_JOB_ITEMS) {
        throw new RangeError(`A job of ${items} items is none.`);
    }
    const { perJob = 0n, minimum = 1n, loadMarginPercent = 0 } = pricing;
    const floor = atLeast(
        minimum,
        priceOfWork(pricing, work) + (perJob === 'fees' ? feesNano : perJob),
    );
    const margin = BigInt(Math.round(loadMarginPercent * Math.min(Math.max(load, 0), 1) * 100));
    return { ask: floor + divideUp(floor * margin, 10_000n), floor };
}

function priceOfWork({ kind, nano }: Pricing, { items, coreMsPerItem }: PricedWork): bigint {
    if (kind === 'per-item') return nano * BigInt(items);
    const parts = BigInt(Math.ceil(coreMsPerItem * SCALE * items));
    const unit = kind === 'per-core-hour' ? MS_PER_HOUR : 1n;
    return divideUp(nano * parts, unit * BigInt(SCALE));
}

function divideUp(value: bigint, by: bigint): bigint {
    return (value + by - 1n) / by;
}

function atLeast(minimum: bigint, nano: bigint): bigint {
    const least = minimum < 1n ? 1n : minimum;
    return nano < least ? least : nano;
}
