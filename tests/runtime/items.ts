import { encodeItem, tensorOf } from '../../protocol';

/** An item for `countModel`. */
export function trips(count: bigint): Uint8Array {
    return encodeItem({ trips: tensorOf('int64', [], [count]) });
}

/** More trips than anybody can wait for. */
export const ENDLESS = trips(2n ** 62n);

/** An item for `fillModel` and `growModel`. */
export function shape(size: bigint): Uint8Array {
    return encodeItem({ shape: tensorOf('int64', [1], [size]) });
}
