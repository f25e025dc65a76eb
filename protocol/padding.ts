import { SealError } from './errors';

/*
 * Padmé, from "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs"
 * (Nikitin, Barman, Lueks, Underwood, Hubaux and Ford, PoPETs 2019): a length keeps as many of its
 * leading bits as its exponent has, and the rest is rounded up. So a length of up to L bytes tells
 * O(log log L) bits, at a cost of at most 12 %, and less the longer it is: 6.3 % from 256 bytes,
 * 3.2 % from 64 KiB.
 */

const MARK = 0x80;

/**
 * The padded length of so many bytes.
 *
 * @param length - a whole number from 0 to under 2^48
 */
export function padmeLength(length: number): number {
    if (length < 2) return length;
    const exponent = Math.floor(Math.log2(length));
    const bits = Math.floor(Math.log2(exponent)) + 1;
    const unit = 2 ** (exponent - bits);
    return unit <= 1 ? length : Math.ceil(length / unit) * unit;
}

/** Bytes, a mark and zeros (ISO/IEC 7816-4), to a length that Padmé gives. */
export function pad(bytes: Uint8Array): Uint8Array {
    const padded = new Uint8Array(padmeLength(bytes.length + 1));
    padded.set(bytes);
    padded[bytes.length] = MARK;
    return padded;
}

/**
 * Undoes `pad`; the result is a view of the given bytes.
 *
 * @throws SealError `PADDING_WRONG` for what `pad` never makes
 */
export function unpad(padded: Uint8Array): Uint8Array {
    let end = padded.length - 1;
    while (end >= 0 && padded[end] === 0) end--;
    if (end >= 0 && padded[end] === MARK && padmeLength(end + 1) === padded.length) {
        return padded.subarray(0, end);
    }
    throw new SealError('PADDING_WRONG', 'What was sealed is not padded as it has to be.');
}
