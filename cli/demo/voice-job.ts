import { loadVoiceFrames } from '../../examples/audio/frames';
import { SILERO_VAD } from '../../models';
import { type Item, type ModelManifest, tensorValues } from '../../protocol';
import type { ItemResult } from '../../sdk';

/** A model, and a recording as its inputs. */
export interface VoiceJob {
    readonly manifest: ModelManifest;
    readonly items: readonly Item[];
}

/**
 * The Silero voice activity model and frames of a recorded voice.
 *
 * @param frames - how many
 */
export function voiceJob(frames: number): VoiceJob {
    return { manifest: SILERO_VAD.manifest, items: loadVoiceFrames({ count: frames }).items };
}

/** Chance that somebody speaks in each frame, 0 to 1; undefined where the item failed. */
export function speechChances(results: readonly ItemResult[]): (number | undefined)[] {
    return results.map((result) => {
        const output = result.status === 'done' ? result.output.get('output') : undefined;
        return output === undefined ? undefined : Number(tensorValues(output)[0]);
    });
}
