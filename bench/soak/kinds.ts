import { loadVoiceFrames } from '../../examples/audio/frames';
import { SILERO_VAD } from '../../models';
import {
    hashToHex,
    type Item,
    type JobLimits,
    type ModelManifest,
    sha256,
    tensorOf,
} from '../../protocol';
import type { Random } from '../../sim/random';
import { identityManifest, identityModel } from '../identity-model';
import { countModel, fillModel } from '../hungry-models';
import { model, node, value } from '../onnx-builder';

/** What a client asks for, and how it behaves. */
export interface JobKind {
    readonly name: string;
    /** How often, in relation to the others. */
    readonly weight: number;
    readonly manifest: ModelManifest;
    /** Bytes of the model, where no package has it. */
    readonly model?: Uint8Array;
    readonly items: (random: Random) => readonly (Item | Uint8Array)[];
    readonly limits?: Partial<JobLimits>;
    /** What the client does that others do not. */
    readonly client?: 'cancels' | 'vanishes';
}

const MS_PER_ITEM = 400;
const number = (x: number): Item => new Map([['x', tensorOf('float32', [1], [x])]]);
const several = (random: Random, most: number) => 1 + random.below(most);
const numbers = (random: Random) =>
    Array.from({ length: several(random, 8) }, () => number(random.uniform()));

/** An operator that no node executes. */
function forbiddenModel(): Uint8Array {
    return model({
        nodes: [node('RandomNormalLike', ['x'], ['y'])],
        inputs: [value('x', 'float32', [1])],
        outputs: [value('y', 'float32', [1])],
    });
}

function manifestOf(
    name: string,
    bytes: Uint8Array,
    parts: Pick<ModelManifest, 'inputs' | 'outputs' | 'comparison'>,
): ModelManifest {
    const path = `${name}.onnx`;
    const file = { path, sha256: hashToHex(sha256(bytes)), bytes: bytes.length, sources: [] };
    return {
        format: 'cocoon.model/1',
        name,
        revision: '1',
        licence: 'Apache-2.0',
        files: [file],
        entry: path,
        ...parts,
    };
}

const toleranceOf = (name: string): ModelManifest['comparison'] => ({
    class: 'tolerance',
    outputs: [{ name, scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
});
const integer = (name: string, x: bigint, dims: readonly number[] = []): Item =>
    new Map([[name, tensorOf('int64', dims, [x])]]);

/** What is posted in a soak: ordinary jobs, and what a market has to live with. */
export function jobKinds(): readonly JobKind[] {
    const identity = { manifest: identityManifest(), model: identityModel() };
    const [count, fill, forbidden] = [countModel(), fillModel(), forbiddenModel()];
    const counting = manifestOf('soak-count', count, {
        inputs: [{ name: 'trips', dtype: 'int64', shape: [] }],
        outputs: [{ name: 'count', dtype: 'int64', shape: [] }],
        comparison: { class: 'exact' },
    });
    const filling = manifestOf('soak-fill', fill, {
        inputs: [{ name: 'shape', dtype: 'int64', shape: [1] }],
        outputs: [{ name: 'largest', dtype: 'float32', shape: [1] }],
        comparison: toleranceOf('largest'),
    });
    const random = manifestOf('soak-random', forbidden, {
        inputs: [{ name: 'x', dtype: 'float32', shape: [1] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: [1] }],
        comparison: toleranceOf('y'),
    });
    const frames = [...loadVoiceFrames({ count: 400 }).items];
    return [
        { name: 'numbers', weight: 60, ...identity, items: numbers },
        {
            name: 'audio',
            weight: 14,
            manifest: SILERO_VAD.manifest,
            items: (r) => {
                const from = r.below(frames.length - 40);
                return frames.slice(from, from + several(r, 40));
            },
        },
        {
            name: 'bad items',
            weight: 8,
            ...identity,
            items: (r) => [
                number(r.uniform()),
                Uint8Array.from({ length: several(r, 60) }, () => r.below(256)),
                new Map([['x', tensorOf('float32', [2], [1, r.uniform()])]]),
                new Map([['other', tensorOf('float32', [1], [r.uniform()])]]),
            ],
        },
        {
            name: 'endless item',
            weight: 3,
            manifest: counting,
            model: count,
            limits: { msPerItem: MS_PER_ITEM },
            items: (r) => [integer('trips', BigInt(r.below(50))), integer('trips', 10n ** 15n)],
        },
        {
            name: 'memory bomb',
            weight: 3,
            manifest: filling,
            model: fill,
            limits: { memoryBytes: 512 * 1024 ** 2 },
            items: (r) => [
                integer('shape', BigInt(several(r, 1000)), [1]),
                integer('shape', 10n ** 10n, [1]),
            ],
        },
        {
            name: 'refused model',
            weight: 3,
            manifest: random,
            model: forbidden,
            items: numbers,
        },
        { name: 'cancelled', weight: 4, ...identity, items: numbers, client: 'cancels' },
        { name: 'client is gone', weight: 5, ...identity, items: numbers, client: 'vanishes' },
    ];
}

/** One of the kinds, by their weights. */
export function drawKind(kinds: readonly JobKind[], random: Random): JobKind {
    const whole = kinds.reduce((sum, { weight }) => sum + weight, 0);
    let at = random.uniform() * whole;
    for (const kind of kinds) {
        at -= kind.weight;
        if (at < 0) return kind;
    }
    return kinds[0] as JobKind;
}
