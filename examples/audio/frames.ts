import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WaveFile } from 'wavefile';
import type { Item } from '../../protocol';
import { tensorOf } from '../../protocol';

/** Samples a second that the voice activity model takes. */
export const SAMPLE_RATE_HZ = 16_000;
/** New samples in a frame, and those before it that the model sees again. */
const FRAME_SAMPLES = 512;
const CONTEXT_SAMPLES = 64;
const STATE_DIMS = [2, 1, 128];

const INT16_SCALE = 32_768;

export interface VoiceFramesOptions {
    /** How many frames to cut, evenly over the recording; they overlap when there are many. */
    readonly count: number;
}

export interface VoiceFrames {
    /**
     * Inputs of the model: `input` float32 [1, 576] in [-1, 1], `state` float32 [2, 1, 128] of
     * zeros, since each frame is judged by itself, and `sr` int64 16000.
     */
    readonly items: readonly Item[];
    /** Where each frame begins in the recording, without its context, in seconds. */
    readonly startSeconds: readonly number[];
}

/**
 * Cuts a recorded human voice into inputs for the Silero voice activity model. The recording is
 * the `audio-lena` package: 12 seconds of a singer. The same frames come out each time.
 *
 * @throws RangeError when `count` is less than 1
 */
export function loadVoiceFrames({ count }: VoiceFramesOptions): VoiceFrames {
    if (!Number.isSafeInteger(count) || count < 1)
        throw new RangeError('count has to be 1 or more');
    const samples = readVoice();
    const last = samples.length - FRAME_SAMPLES;
    const starts = Array.from({ length: count }, (_, i) =>
        Math.floor(CONTEXT_SAMPLES + (i * (last - CONTEXT_SAMPLES)) / Math.max(1, count - 1)),
    );
    const state = tensorOf('float32', STATE_DIMS, new Array<number>(256).fill(0));
    const sr = tensorOf('int64', [], [BigInt(SAMPLE_RATE_HZ)]);
    const items = starts.map((start) => {
        const frame = samples.slice(start - CONTEXT_SAMPLES, start + FRAME_SAMPLES);
        const input = tensorOf('float32', [1, CONTEXT_SAMPLES + FRAME_SAMPLES], [...frame]);
        return new Map([
            ['input', input],
            ['state', state],
            ['sr', sr],
        ]);
    });
    return { items, startSeconds: starts.map((start) => start / SAMPLE_RATE_HZ) };
}

/** The recording as mono samples in [-1, 1] at 16 kHz. */
export function readVoice(): Float64Array {
    const file = join(dirname(require.resolve('audio-lena')), 'lena.wav');
    const wave = new WaveFile(readFileSync(file));
    wave.toSampleRate(SAMPLE_RATE_HZ);
    return wave.getSamples(false).map((sample) => sample / INT16_SCALE);
}
