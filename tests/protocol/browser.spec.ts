import { resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import * as protocol from '../../protocol';

/**
 * Goes through the formats with the door of protocol/ that it is given, and returns what it got as
 * text. It is turned into source text and runs in both worlds, so it may use nothing from outside.
 */
function useFormats(door: typeof protocol): string {
    const input = door.encodeItem({
        x: door.tensorOf('float32', [1, 3], [0.5, -1, NaN]),
        ids: door.tensorOf('int64', [2], [-1n, 2n ** 62n]),
        text: door.tensorOf('string', [2], ['día 😀', '']),
        half: door.tensorOf('float16', [1], [1 / 3]),
    });
    const read = door.decodeItem(input);
    const values = [...read].map(([name, tensor]) => [name, door.tensorValues(tensor).map(String)]);
    const itemHash = door.itemHash(input);
    const batch = door.encodeBatch([input, input]);
    const context = { escrow: { workchain: 0, hash: door.sha256(batch) }, jobId: 7n };
    const tree = door.resultTree(
        context,
        [0, 1, 2].map((index) => ({
            index,
            inputHash: itemHash,
            outcome: { kind: 'result', resultHash: itemHash },
        })),
    );
    const proof = tree.proof(2);
    const included = door.verifyInclusion({
        leafHash: tree.leafHash(2),
        index: 2,
        size: 3,
        proof,
        root: tree.root,
    });
    const spec = door.encodeJobSpec({
        format: 'cocoon.job/1',
        model: door.hashToHex(door.sha256(door.utf8ToBytes('model'))),
        inputs: {
            root: door.hashToHex(door.inputsRoot([itemHash, itemHash])),
            count: 2,
            batches: [
                {
                    sha256: door.hashToHex(door.sha256(batch)),
                    bytes: batch.length,
                    items: door.decodeBatch(batch).length,
                },
            ],
        },
        sources: ['https://blobs.example/'],
        limits: { msPerItem: 1000, outputBytesPerItem: 1024, memoryBytes: 2 ** 28 },
        privacy: { mode: 'public' },
    });
    const specHash = door.hashToHex(door.jobSpecHash(door.parseJobSpec(spec)));
    const report = door.compareOutputs(
        { class: 'tolerance', outputs: [{ name: 'x', scale: 1, clamp: 9, tau: 1e-4, floor: 1 }] },
        read,
        read,
    );
    const sketch = door.sketchOutput(
        { class: 'tolerance', outputs: [{ name: 'x', scale: 1, clamp: 9, tau: 1e-4, floor: 1 }] },
        read,
        door.sha256(input),
    );
    let refused = '';
    try {
        door.decodeTensor(door.hexToBytes('0a00'));
    } catch (error) {
        refused = JSON.stringify(error);
    }
    return JSON.stringify({
        input: door.bytesToHex(input),
        values,
        root: door.bytesToHex(tree.root),
        proof: proof.map(door.bytesToHex),
        included,
        spec: door.bytesToUtf8(spec),
        specHash,
        report,
        sketch: [door.bytesToHex(sketch.exact), sketch.projections.map((one) => one.map(String))],
        refused,
    });
}

async function bundle(): Promise<string> {
    const { outputFiles } = await build({
        entryPoints: [resolve(__dirname, '../../protocol/index.ts')],
        bundle: true,
        write: false,
        platform: 'browser',
        format: 'iife',
        globalName: 'protocol',
        target: 'es2022',
        logLevel: 'silent',
    });
    return outputFiles.map(({ text }) => text).join('\n');
}

describe('protocol/ in a browser', () => {
    let source = '';
    beforeAll(async () => {
        source = await bundle();
    });

    it('does everything as it does in Node, without Buffer, process or require', () => {
        // Beside the language itself, only what every browser has.
        const context = createContext({ TextEncoder, TextDecoder, URL });
        runInContext(source, context);
        const script = `const door = protocol; (${useFormats.toString()})(door)`;
        const inBrowser: unknown = runInContext(script, context);
        expect(inBrowser).toBe(useFormats(protocol));
        expect(JSON.parse(inBrowser as string)).toMatchObject({
            included: true,
            report: { equal: true },
            refused: expect.stringContaining('TENSOR_NOT_CANONICAL') as string,
        });
        const missing = 'typeof Buffer + typeof process + typeof require';
        expect(runInContext(missing, context)).toBe('undefined'.repeat(3));
    });

    it('works where code may not be made from text, as strict pages demand', () => {
        const codeGeneration = { strings: false, wasm: false };
        const context = createContext({ TextEncoder, TextDecoder, URL }, { codeGeneration });
        runInContext(source, context);
        const script = `(${useFormats.toString()})(protocol)`;
        expect(runInContext(script, context)).toBe(useFormats(protocol));
    });

    it('brings nothing of Node along', () => {
        expect(source).not.toMatch(/\bBuffer\b/);
        expect(source).not.toMatch(/["']node:/);
        expect(source).not.toMatch(/\brequire\(/);
    });
});
