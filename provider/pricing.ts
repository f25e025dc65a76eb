import { MAX_JOB_ITEMS } from '../protocol';

/** What an operator asks for; nanoGRAM. */
export type Pricing =
    | {
          readonly kind: 'per-item';
          readonly nano: bigint;
      }
    | {
          /** The model is measured on this machine with items of the job. */
          readonly kind: 'per-millisecond';
          /** For a millisecond of one item, nanoGRAM. */
          readonly nano: bigint;
      };

/** Thousandths of a millisecond, so that fast models are not rounded to nothing. */
const SCALE = 1_000;

/**
 * Price of a job in nanoGRAM, rounded up, at least 1.
 *
 * @param msPerItem - measured; not used for a price per item
 */
export function priceOf(pricing: Pricing, items: number, msPerItem: number): bigint {
    if (!Number.isInteger(items) || items < 1 || items > MAX_JOB_ITEMS) {
        throw new RangeError(`A job of ${items} items is none.`);
    }
    if (pricing.kind === 'per-item') return atLeastOne(pricing.nano * BigInt(items));
    const parts = BigInt(Math.ceil(msPerItem * SCALE * items));
    return atLeastOne((pricing.nano * parts + BigInt(SCALE) - 1n) / BigInt(SCALE));
}

function atLeastOne(nano: bigint): bigint {
    return nano < 1n ? 1n : nano;
}
