import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/*
 * The framing of items and batches: a protobuf message that consists of `repeated bytes x = 1`
 * alone (for protobuf a nested message is the same as bytes), with the shortest lengths.
 */

/** Field 1, length-delimited. */
const TAG = (1 << 3) | 2;

/** Tag and length that stand before an entry of that many bytes, below 2^32. */
export function entryHead(length: number): Uint8Array {
    const head = [TAG];
    let rest = length;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) head.push((rest % 0x80) | 0x80);
    head.push(rest);
    return Uint8Array.from(head);
}

/**
 * Entries of a message as views of its bytes, in order. Gives undefined, and ends, where the bytes
 * are anything else or a length is not in its shortest form.
 */
export function* readEntries(bytes: Uint8Array): Generator<Uint8Array | undefined, void> {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
        const entry = readEntry(reader);
        yield entry;
        if (entry === undefined) return;
    }
}

function readEntry(reader: BinaryReader): Uint8Array | undefined {
    const start = reader.pos;
    try {
        const [field, wireType] = reader.tag();
        if (field !== 1 || wireType !== WireType.LengthDelimited) return undefined;
        const entry = reader.bytes();
        const shortest = headLength(entry.length) + entry.length;
        return reader.pos - start === shortest ? entry : undefined;
    } catch {
        // The library throws where the bytes end early or a varint is broken.
        return undefined;
    }
}

function headLength(length: number): number {
    let bytes = 2;
    for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
    return bytes;
}
