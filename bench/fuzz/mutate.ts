import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A number from 0 up to `below`, the same for the same seed. */
export type Draw = (below: number) => number;

export const MUTATIONS = ['byte', 'bytes', 'cut', 'field'] as const;

/** `byte`: one is changed; `bytes`: up to eight; `cut`: a part is lost; `field`: of the protobuf. */
export type Mutation = (typeof MUTATIONS)[number];

export function mutate(bytes: Uint8Array, kind: Mutation, draw: Draw): Uint8Array {
    switch (kind) {
        case 'byte':
            return changed(bytes, 1, draw);
        case 'bytes':
            return changed(bytes, 2 + draw(7), draw);
        case 'cut': {
            const [at, length] = [draw(bytes.length), 1 + draw(64)];
            return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        }
        case 'field':
            return changeField(bytes, draw, 0) ?? changed(bytes, 1, draw);
    }
}

function changed(bytes: Uint8Array, count: number, draw: Draw): Uint8Array {
    const copy = Uint8Array.from(bytes);
    for (let i = 0; i < count && copy.length > 0; i++) copy[draw(copy.length)] = draw(256);
    return copy;
}

interface Field {
    readonly number: number;
    readonly wireType: WireType;
    readonly start: number;
    readonly end: number;
    /** Of a length-delimited field. */
    readonly body: Uint8Array | undefined;
}

const DEEPEST = 8;
const INTERESTING = [
    0n,
    1n,
    -1n,
    2n,
    127n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    2n ** 62n,
    -(2n ** 63n),
];

/** Changes one field, some levels down: dropped, doubled, or another value in a valid message. */
function changeField(bytes: Uint8Array, draw: Draw, depth: number): Uint8Array | undefined {
    const fields = fieldsOf(bytes);
    const field = fields?.[draw(fields.length)];
    if (field === undefined) return undefined;
    const whole = bytes.subarray(field.start, field.end);
    const put = (...parts: Uint8Array[]) =>
        Buffer.concat([bytes.subarray(0, field.start), ...parts, bytes.subarray(field.end)]);
    const { body, number, wireType } = field;
    if (body !== undefined && depth < DEEPEST && draw(8) > 0) {
        const inner = changeField(body, draw, depth + 1);
        if (inner !== undefined) return put(encoded(number, inner));
    }
    switch (draw(4)) {
        case 0:
            return put();
        case 1:
            return put(whole, whole);
        case 2:
            return fields === undefined ? undefined : put(whole, other(bytes, fields, draw));
        default:
            if (wireType === WireType.Varint) {
                return put(varint(number, INTERESTING[draw(INTERESTING.length)] ?? 0n));
            }
            return body === undefined ? put() : put(encoded(number, changed(body, 1, draw)));
    }
}

function other(bytes: Uint8Array, fields: readonly Field[], draw: Draw): Uint8Array {
    const { start, end } = fields[draw(fields.length)] as Field;
    return bytes.subarray(start, end);
}

/** @returns undefined for what is no message */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
    const fields: Field[] = [];
    const reader = new BinaryReader(bytes);
    try {
        while (reader.pos < reader.len) {
            const start = reader.pos;
            const [number, wireType] = reader.tag();
            const at = reader.pos;
            reader.skip(wireType, number);
            const body =
                wireType === WireType.LengthDelimited
                    ? new BinaryReader(bytes.subarray(at, reader.pos)).bytes()
                    : undefined;
            fields.push({ number, wireType, start, end: reader.pos, body });
        }
    } catch {
        return undefined;
    }
    return fields.length === 0 ? undefined : fields;
}

function encoded(number: number, body: Uint8Array): Uint8Array {
    return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(body).finish();
}

function varint(number: number, value: bigint): Uint8Array {
    return new BinaryWriter().tag(number, WireType.Varint).int64(value).finish();
}
