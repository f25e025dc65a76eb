import { padmeLength } from './padding';

/** Before the sealed bytes of an item; see `createItemSeal`. */
export const IV_BYTES = 32;
/** Behind them. */
export const MAC_BYTES = 16;

/** Bytes of an item of so many bytes once it is sealed. */
export function sealedLength(itemBytes: number): number {
    return IV_BYTES + padmeLength(itemBytes + 1) + MAC_BYTES;
}
