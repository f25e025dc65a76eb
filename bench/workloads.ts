import { loadVoiceFrames } from '../examples/audio/frames';
import { type CatalogueModel, OCR_DETECTOR, OCR_RECOGNISER, SILERO_VAD } from '../models';
import { elementCount, fromTypedArray, type Item } from '../protocol';

/** A model and inputs that every process can make for itself. */
interface WorkloadParts {
    readonly model: CatalogueModel;
    readonly items: (count: number) => Iterable<Item>;
}

export const WORKLOADS = {
    /** About 20 ms of work and 1 MB of output for each item. */
    recogniser: {
        model: OCR_RECOGNISER,
        items: (count: number) => waves(count, 'x', [1, 3, 48, 320]),
    },
    /** About 30 ms of work and 260 kB of output for each item. */
    detector: {
        model: OCR_DETECTOR,
        items: (count: number) => waves(count, 'x', [1, 3, 256, 256]),
    },
    /** About 0.13 ms of work and 1 kB of output for each item. */
    voice: { model: SILERO_VAD, items: (count: number) => loadVoiceFrames({ count }).items },
} as const satisfies Record<string, WorkloadParts>;

export type Workload = keyof typeof WORKLOADS;

/** Inputs from -1 to 1, each another one, one in memory at a time. */
function* waves(count: number, input: string, shape: readonly number[]): Iterable<Item> {
    const elements = elementCount(shape);
    for (let index = 0; index < count; index++) {
        const values = new Float32Array(elements);
        const step = 0.001 * (1 + (index % 997)) + 1e-7 * index;
        for (let i = 0; i < elements; i++) values[i] = Math.sin(i * step);
        yield new Map([[input, fromTypedArray('float32', values, shape)]]);
    }
}
