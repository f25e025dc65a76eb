import { asHash, HASH_BYTES, type Hash } from '../../protocol';
import { SourceError } from '../errors';

/*
 * `/cocoon/blob/2.0.0`. One stream is about one blob. Each frame is a length (4 bytes), a kind (1
 * byte) and a body; numbers are unsigned and big-endian. Whoever opens the stream asks, the other
 * side answers in the order of the questions.
 *
 *   asks     1 open    sha256 (32)
 *            2 leaves  from (4), count (4)
 *            3 chunks  from (4), count (2)
 *   answers  129 offer    size of the blob (8), Merkle root of its chunks (32)
 *            130 leaves   from (4), leaves (64 each)
 *            131 chunk    index (4), bytes
 *            255 refusal  code (1)
 *
 * The leaf of a chunk is the SHA-256 of its bytes (32) and that of all bytes up to its end (32). The
 * latter of the last chunk is the name of the blob.
 */

export const BLOB_PROTOCOL = '/cocoon/blob/2.0.0';

/** Bytes of each chunk but the last. Fixed, so that a blob has exactly one tree. */
export const CHUNK_BYTES = 256 * 1024;
/** Bytes of a leaf: the hash of a chunk, and that of all up to its end. */
export const LEAF_BYTES = 2 * HASH_BYTES;
/** Leaves of one answer: as many bytes as a chunk. */
export const MAX_LEAVES_AT_ONCE = CHUNK_BYTES / LEAF_BYTES;
/**
 * Chunks that may be asked for before they have come, in one question or in several: 8 MiB, which
 * is what one source can make the asking side hold.
 */
export const MAX_CHUNKS_AHEAD = 32;
/**
 * The same through a relay: 2 MiB, half of what @libp2p/utils lets a relay hold for a slower side
 * before it resets both.
 */
export const MAX_CHUNKS_RELAYED = 8;
/** The longest question: kind and hash. */
export const MAX_QUESTION_BYTES = 1 + HASH_BYTES;
/** The longest answer: kind, index, and a chunk. */
export const MAX_ANSWER_BYTES = 5 + CHUNK_BYTES;
/** The largest blob, bytes: 2^20 chunks, whose leaves are 64 MiB. */
export const MAX_BLOB_BYTES = 2 ** 20 * CHUNK_BYTES;

export type Question =
    | { readonly kind: 'open'; readonly sha256: Hash }
    | { readonly kind: 'leaves' | 'chunks'; readonly from: number; readonly count: number };

export type RefusalCode = 'not-held' | 'busy' | 'malformed';

export type Answer =
    | { readonly kind: 'offer'; readonly size: number; readonly root: Hash }
    | { readonly kind: 'leaves'; readonly from: number; readonly leaves: Uint8Array }
    | { readonly kind: 'chunk'; readonly index: number; readonly bytes: Uint8Array }
    | { readonly kind: 'refusal'; readonly code: RefusalCode };

const OPEN = 1;
const LEAVES = 2;
const CHUNKS = 3;
const OFFER = 129;
const SOME_LEAVES = 130;
const CHUNK = 131;
const REFUSAL = 255;
const REFUSALS: readonly RefusalCode[] = ['not-held', 'busy', 'malformed'];

/** How many chunks a blob has. */
export function chunkCount(size: number): number {
    return Math.ceil(size / CHUNK_BYTES);
}

/** Bytes of one chunk. */
export function chunkLength(size: number, index: number): number {
    return Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES);
}

export function encodeQuestion(question: Question): Uint8Array {
    if (question.kind === 'open') return frameOf(OPEN, 0, [question.sha256]);
    const wide = question.kind === 'leaves';
    const body = Buffer.alloc(wide ? 8 : 6);
    body.writeUInt32BE(question.from, 0);
    if (wide) body.writeUInt32BE(question.count, 4);
    else body.writeUInt16BE(question.count, 4);
    return frameOf(wide ? LEAVES : CHUNKS, 0, [body]);
}

/** @throws SourceError `SOURCE_MALFORMED` */
export function decodeQuestion(bytes: Uint8Array): Question {
    const view = viewOf(bytes);
    const kind = view.getUint8(0);
    if (kind === OPEN && bytes.length === 1 + HASH_BYTES) {
        return { kind: 'open', sha256: asHash(bytes.slice(1)) };
    }
    if (kind === LEAVES && bytes.length === 9) {
        const count = within(view.getUint32(5), MAX_LEAVES_AT_ONCE);
        return { kind: 'leaves', from: view.getUint32(1), count };
    }
    if (kind === CHUNKS && bytes.length === 7) {
        const count = within(view.getUint16(5), MAX_CHUNKS_AHEAD);
        return { kind: 'chunks', from: view.getUint32(1), count };
    }
    throw malformed('an unknown question');
}

export function encodeOffer(size: number, root: Uint8Array): Uint8Array {
    const body = Buffer.alloc(8);
    body.writeBigUInt64BE(BigInt(size));
    return frameOf(OFFER, 0, [body, root]);
}

export function encodeLeaves(from: number, leaves: Uint8Array): Uint8Array {
    return frameOf(SOME_LEAVES, 0, [u32(from), leaves]);
}

/**
 * A frame for a chunk, and the place in it where its bytes have to be put.
 *
 * @param used - a frame of before, whose buffer is taken where it is as large
 */
export function chunkFrame(
    index: number,
    length: number,
    used?: Buffer,
): { frame: Buffer; bytes: Buffer } {
    const head = frameOf(CHUNK, length, [u32(index)]);
    const size = head.length + length;
    const frame = used?.length === size ? used : Buffer.allocUnsafeSlow(size);
    frame.set(head);
    return { frame, bytes: frame.subarray(head.length) };
}

export function encodeRefusal(code: RefusalCode): Uint8Array {
    return frameOf(REFUSAL, 0, [Uint8Array.of(REFUSALS.indexOf(code) + 1)]);
}

/** @throws SourceError `SOURCE_MALFORMED`, `SOURCE_SIZE` */
export function decodeAnswer(bytes: Uint8Array): Answer {
    const view = viewOf(bytes);
    const kind = view.getUint8(0);
    if (kind === OFFER && bytes.length === 9 + HASH_BYTES) {
        const size = Number(view.getBigUint64(1));
        if (size > MAX_BLOB_BYTES) throw new SourceError('SOURCE_SIZE', 'It offers too much.');
        return { kind: 'offer', size, root: asHash(bytes.slice(9)) };
    }
    if (kind === SOME_LEAVES && bytes.length >= 5 && (bytes.length - 5) % LEAF_BYTES === 0) {
        return { kind: 'leaves', from: view.getUint32(1), leaves: bytes.subarray(5) };
    }
    if (kind === CHUNK && bytes.length >= 5) {
        return { kind: 'chunk', index: view.getUint32(1), bytes: bytes.subarray(5) };
    }
    const code =
        kind === REFUSAL && bytes.length === 2 ? REFUSALS[view.getUint8(1) - 1] : undefined;
    if (code === undefined) throw malformed('an unknown answer');
    return { kind: 'refusal', code };
}

/** @param beyond - bytes of the frame that the caller adds by itself */
function frameOf(kind: number, beyond: number, parts: readonly Uint8Array[]): Uint8Array {
    const length = parts.reduce((sum, part) => sum + part.length, 1);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(length + beyond, 0);
    head.writeUInt8(kind, 4);
    return Buffer.concat([head, ...parts]);
}

function u32(value: number): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
    if (bytes.length === 0) throw malformed('an empty frame');
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function within(count: number, most: number): number {
    if (count < 1 || count > most) throw malformed(`a question for ${count} at once`);
    return count;
}

function malformed(what: string): SourceError {
    return new SourceError('SOURCE_MALFORMED', `The peer sent ${what}.`);
}
