import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ModelRefusedError } from './errors';

/** Handlers by field number. Fields without one are skipped, as protobuf does with unknown ones. */
export type FieldHandlers = Readonly<Record<number, Field>>;

interface Field {
    readonly wireTypes: readonly WireType[];
    /** May occur once. Protobuf merges repeated messages and this reader does not. */
    readonly once: boolean;
    readonly read: (reader: BinaryReader, wireType: WireType) => void;
}

/** An embedded message that may occur once. */
export function message(read: (bytes: Uint8Array) => void): Field {
    return { wireTypes: [WireType.LengthDelimited], once: true, read: (r) => read(r.bytes()) };
}

/** A repeated message, string or byte string, one call for each. */
export function each(read: (bytes: Uint8Array) => void): Field {
    return { wireTypes: [WireType.LengthDelimited], once: false, read: (r) => read(r.bytes()) };
}

export function text(read: (text: string) => void): Field {
    return { wireTypes: [WireType.LengthDelimited], once: true, read: (r) => read(r.string()) };
}

/** A varint that fits into 32 bits, such as an enum. */
export function int32(read: (value: number) => void): Field {
    return { wireTypes: [WireType.Varint], once: true, read: (r) => read(r.int32()) };
}

export function int64(read: (value: bigint) => void): Field {
    return { wireTypes: [WireType.Varint], once: true, read: (r) => read(BigInt(r.int64())) };
}

/** A repeated int64, packed or not. */
export function int64s(read: (value: bigint) => void): Field {
    return {
        wireTypes: [WireType.Varint, WireType.LengthDelimited],
        once: false,
        read(reader, wireType) {
            if (wireType === WireType.Varint) return read(BigInt(reader.int64()));
            const end = reader.uint32() + reader.pos;
            if (end > reader.len) throw new RangeError('packed field past the end');
            while (reader.pos < end) read(BigInt(reader.int64()));
        },
    };
}

/**
 * Reads one message of hostile origin. Nothing is copied: byte strings are views.
 *
 * @throws ModelRefusedError `malformed` on bytes that are no message, on a known field of another
 * wire type and on a second occurrence of a field that may occur once.
 */
export function readMessage(bytes: Uint8Array, name: string, handlers: FieldHandlers): void {
    const reader = new BinaryReader(bytes);
    const seen = new Set<number>();
    try {
        while (reader.pos < reader.len) {
            const [number, wireType] = reader.tag();
            const field = handlers[number];
            if (field === undefined) {
                reader.skip(wireType, number);
                continue;
            }
            if (!field.wireTypes.includes(wireType)) {
                throw malformed(name, `field ${number} has another wire type`);
            }
            if (field.once && seen.has(number)) throw malformed(name, `field ${number} twice`);
            seen.add(number);
            field.read(reader, wireType);
        }
    } catch (error) {
        if (error instanceof ModelRefusedError) throw error;
        throw malformed(name, 'the bytes end early or are no protobuf', error);
    }
}

function malformed(name: string, problem: string, cause?: unknown): ModelRefusedError {
    return new ModelRefusedError('malformed', `Malformed ${name}: ${problem}.`, cause);
}
