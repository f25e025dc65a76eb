// Read once: in the contexts of jest a look at a global takes longer than the function.
const { floor, min } = Math;

/** The record of passed checks, as contracts/stake.tact keeps it; tests/sim hold it against a Stake. */

/** The record halves every month; seconds. */
export const RECORD_HALF_LIFE = 2_592_000;
/** A passed check is worth at most this many units. */
export const RECORD_UNIT = 1_000;

export interface CheckRecord {
    /** Units. */
    readonly units: number;
    /** UNIX seconds. */
    readonly at: number;
}

/** Units that are left: halved for each whole month, evenly within one, what is lost rounded up. */
export function recordNow({ units, at }: CheckRecord, now: number): number {
    const age = now - at;
    const halved = floor(units / 2 ** min(floor(age / RECORD_HALF_LIFE), 31));
    return (
        halved -
        floor(
            (halved * (age % RECORD_HALF_LIFE) + 2 * RECORD_HALF_LIFE - 1) / (2 * RECORD_HALF_LIFE),
        )
    );
}

/** The rate of the record alone, basis points: trial / (trial + n). */
export function recordRate(record: CheckRecord, trial: number, now: number): number {
    if (trial === 0) return 0;
    if (record.units === 0) return 10_000;
    const whole = trial * RECORD_UNIT;
    return floor((10_000 * whole) / (whole + recordNow(record, now)));
}

/** The record after a passed check of a job at `price`: `finish` in contracts/escrow/jury.tact. */
export function credited(
    record: CheckRecord,
    price: bigint,
    minLock: bigint,
    now: number,
): CheckRecord {
    const credit = min(RECORD_UNIT, Number((price * 1000n) / minLock));
    if (credit === 0) return record;
    return { units: recordNow(record, now) + credit, at: now };
}
