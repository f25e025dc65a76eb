import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { onnxNumberOf, sha256, hashToHex, type ModelManifest } from '../protocol';

/*
 * The smallest ONNX model there is: `y = x` for a float tensor of one element. Its execution takes
 * next to nothing, so that what is measured is the market. Field numbers are those of onnx.proto3.
 */

const IR_VERSION = 9;
const OPSET = 18;
const ELEMENTS = 1;

/** The bytes of the model. */
export function identityModel(): Uint8Array {
    const node = message((w) => {
        text(w, 1, 'x');
        text(w, 2, 'y');
        text(w, 4, 'Identity');
    });
    const graph = message((w) => {
        part(w, 1, node);
        text(w, 2, 'identity');
        part(w, 11, value('x'));
        part(w, 12, value('y'));
    });
    const opset = message((w) => {
        text(w, 1, '');
        int(w, 2, OPSET);
    });
    return message((w) => {
        int(w, 1, IR_VERSION);
        part(w, 7, graph);
        part(w, 8, opset);
    });
}

/** Its manifest. */
export function identityManifest(): ModelManifest {
    const bytes = identityModel();
    const tensor = (name: string) => ({ name, dtype: 'float32' as const, shape: [ELEMENTS] });
    return {
        format: 'cocoon.model/1',
        name: 'identity',
        revision: '1',
        licence: 'Apache-2.0',
        files: [
            {
                path: 'identity.onnx',
                sha256: hashToHex(sha256(bytes)),
                bytes: bytes.length,
                sources: [],
            },
        ],
        entry: 'identity.onnx',
        inputs: [tensor('x')],
        outputs: [tensor('y')],
        // Exact it would be, but nodes take no float output for that.
        comparison: {
            class: 'tolerance',
            outputs: [{ name: 'y', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
        },
    };
}

/** A `ValueInfoProto` of the one tensor type. */
function value(name: string): Uint8Array {
    const dimension = message((w) => int(w, 1, ELEMENTS));
    const shape = message((w) => part(w, 1, dimension));
    const tensor = message((w) => {
        int(w, 1, onnxNumberOf('float32'));
        part(w, 2, shape);
    });
    const type = message((w) => part(w, 1, tensor));
    return message((w) => {
        text(w, 1, name);
        part(w, 2, type);
    });
}

function message(write: (writer: BinaryWriter) => void): Uint8Array {
    const writer = new BinaryWriter();
    write(writer);
    return writer.finish();
}

function part(writer: BinaryWriter, field: number, bytes: Uint8Array): void {
    writer.tag(field, WireType.LengthDelimited).bytes(bytes);
}

function text(writer: BinaryWriter, field: number, value: string): void {
    writer.tag(field, WireType.LengthDelimited).string(value);
}

function int(writer: BinaryWriter, field: number, value: number): void {
    writer.tag(field, WireType.Varint).int64(value);
}
