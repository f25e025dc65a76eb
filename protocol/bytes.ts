import { EncodingError } from './errors';

const HEX = /^(?:[0-9a-f]{2})*$/i;
const encoder = new TextEncoder();
// A byte order mark is content here: dropping it would give two byte strings one text.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
    byte.toString(16).padStart(2, '0'),
);

/** Bytes as lowercase hex, two digits a byte, without a prefix. */
export function bytesToHex(bytes: Uint8Array): string {
    let hex = '';
    for (const byte of bytes) hex += HEX_OF_BYTE[byte];
    return hex;
}

/**
 * Bytes of a hex string of either case, without a prefix.
 *
 * @throws EncodingError `HEX_MALFORMED` on an odd length or another character.
 */
export function hexToBytes(hex: string): Uint8Array {
    if (!HEX.test(hex)) {
        throw new EncodingError(
            'HEX_MALFORMED',
            'The text is not hexadecimal.',
            'Pass pairs of the digits 0-9 and a-f, without 0x.',
        );
    }
    const bytes = new Uint8Array(hex.length / 2);
    for (let i = 0; i < bytes.length; i++) {
        bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    }
    return bytes;
}

/**
 * UTF-8 bytes of a text.
 *
 * @throws EncodingError `UTF8_MALFORMED` if the text holds half a surrogate pair, which UTF-8
 * cannot carry.
 */
export function utf8ToBytes(text: string): Uint8Array {
    if (!isWellFormed(text)) {
        throw new EncodingError('UTF8_MALFORMED', 'The text holds half a surrogate pair.');
    }
    return encoder.encode(text);
}

/**
 * Text of UTF-8 bytes; a byte order mark stays part of it.
 *
 * @throws EncodingError `UTF8_MALFORMED` if the bytes are not UTF-8.
 */
export function bytesToUtf8(bytes: Uint8Array): string {
    try {
        return decoder.decode(bytes);
    } catch (cause) {
        throw new EncodingError(
            'UTF8_MALFORMED',
            'The bytes are not UTF-8 text.',
            'Treat the value as bytes, or ask its author for UTF-8.',
            cause,
        );
    }
}

/** Whether every surrogate in the text has its partner, so that UTF-8 can carry it. */
export function isWellFormed(text: string): boolean {
    return !LONE_SURROGATE.test(text);
}

/** The parts one after another in a new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
    let length = 0;
    for (const part of parts) length += part.length;
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
    }
    return whole;
}

/** Whether both arrays hold the same bytes. Not constant in time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
}

/** Order of two byte strings as unsigned bytes, a prefix first: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
    const shared = Math.min(a.length, b.length);
    for (let i = 0; i < shared; i++) {
        const difference = (a[i] as number) - (b[i] as number);
        if (difference !== 0) return difference;
    }
    return a.length - b.length;
}

/**
 * Two bytes, most significant first.
 *
 * @throws EncodingError `NUMBER_RANGE` outside of 0 to 2^16 - 1.
 */
export function u16ToBytes(value: number): Uint8Array {
    return unsigned(value, 2);
}

/**
 * Four bytes, most significant first.
 *
 * @throws EncodingError `NUMBER_RANGE` outside of 0 to 2^32 - 1.
 */
export function u32ToBytes(value: number): Uint8Array {
    return unsigned(value, 4);
}

/**
 * Eight bytes, most significant first.
 *
 * @throws EncodingError `NUMBER_RANGE` outside of 0 to 2^64 - 1, or for a number that is not a
 * safe integer.
 */
export function u64ToBytes(value: bigint | number): Uint8Array {
    const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
    if (!whole || value < 0 || value >= 2n ** 64n) {
        throw outOfRange(value, 'an unsigned number of 8 bytes');
    }
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
    return bytes;
}

/**
 * One byte in two's complement.
 *
 * @throws EncodingError `NUMBER_RANGE` outside of -128 to 127.
 */
export function i8ToBytes(value: number): Uint8Array {
    if (!Number.isInteger(value) || value < -128 || value > 127) {
        throw outOfRange(value, 'a signed byte');
    }
    return Uint8Array.of(value & 0xff);
}

function unsigned(value: number, length: number): Uint8Array {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * length)) {
        throw outOfRange(value, `an unsigned number of ${length} bytes`);
    }
    const bytes = new Uint8Array(length);
    // The assignment drops the fraction and all but the lowest byte.
    for (let i = 0; i < length; i++) bytes[i] = value / 2 ** (8 * (length - 1 - i));
    return bytes;
}

function outOfRange(value: bigint | number, form: string): EncodingError {
    return new EncodingError('NUMBER_RANGE', `${value.toString()} is not ${form}.`);
}
