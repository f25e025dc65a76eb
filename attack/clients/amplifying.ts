import { toNano } from '@ton/core';
import { identityManifest } from '../../bench/identity-model';
import { initializer, model, node, value } from '../../bench/onnx-builder';
import { encodeItem, hashToHex, type ModelManifest, sha256, tensorOf } from '../../protocol';
import { prepareJob } from '../../sdk';
import type { Attack } from '../attack';
import type { Arena } from '../arena/arena';

const ELEMENTS = 8;
const AMPLIFICATION = 1e7;
const INPUT = Array.from({ length: ELEMENTS }, (_, i) => 0.3 + i / 10);

function floats(values: readonly number[]): Uint8Array {
    return new Uint8Array(Float32Array.from(values).buffer);
}

/**
 * `y = (exp(x) - c) * 1e7` with c = exp(x) at one input: nothing is left there but the rounding of the
 * machine, which the native library and WebAssembly do in different ways.
 */
export function amplifyingModel(): Uint8Array {
    return model({
        nodes: [
            node('Exp', ['x'], ['e']),
            node('Sub', ['e', 'c'], ['d']),
            node('Mul', ['d', 'k'], ['y']),
        ],
        initializers: [
            initializer({
                name: 'c',
                type: 'float32',
                dims: [ELEMENTS],
                raw: floats(INPUT.map(Math.exp)),
            }),
            initializer({ name: 'k', type: 'float32', dims: [], raw: floats([AMPLIFICATION]) }),
        ],
        inputs: [value('x', 'float32', [ELEMENTS])],
        outputs: [value('y', 'float32', [ELEMENTS])],
    });
}

function manifestOf(bytes: Uint8Array): ModelManifest {
    const file = { path: 'model.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    const tensor = (name: string) => ({ name, dtype: 'float32' as const, shape: [ELEMENTS] });
    return {
        ...identityManifest(),
        name: 'amplifier',
        files: [{ ...file, sources: [] }],
        entry: file.path,
        inputs: [tensor('x')],
        outputs: [tensor('y')],
    };
}

/** What a machine of another kind gives: here the WebAssembly engine. */
async function elsewhere(
    arena: Arena,
    manifest: ModelManifest,
    item: Uint8Array,
): Promise<Uint8Array> {
    const loaded = await arena.runtime.load(
        { manifest, locate: ({ sha256: hash }) => arena.blobs.path(hash) },
        { executionClass: 'wasm' },
    );
    try {
        for await (const outcome of loaded.run([item])) {
            if (outcome.status === 'done') return outcome.output;
        }
        throw new Error('The model gave no output.');
    } finally {
        await loaded.stop();
    }
}

export const amplifying: Attack = {
    name: 'a model built to amplify rounding',
    role: 'client',
    how: 'posts a job of a model whose output is nothing but rounding, for an honest node to be convicted',
    play: async (ring) => {
        const { arena } = ring;
        const bytes = amplifyingModel();
        const manifest = manifestOf(bytes);
        await arena.blobs.write(bytes);
        const item = encodeItem({ x: tensorOf('float32', [ELEMENTS], INPUT) });
        const output = await elsewhere(arena, manifest, item);
        const honest = await ring.provider('provider', { models: [bytes] });
        const client = await ring.newClient();
        const job = prepareJob({ manifest, items: [item], sources: [] });
        const posted = await arena.post(job, { manifest, client: client.wallet });
        await honest.node.deliver(posted, () => output);
        await arena.accept(posted);
        await ring.runTo(posted, 'checking/open');
        await honest.node.open(posted);
        await ring.finish(posted);
        return { caughtBy: await ring.story(posted) };
    },
    // A part of the gas of a jury that could not judge.
    stated: { verifier: toNano('0.02') },
};
