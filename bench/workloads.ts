import { loadVoiceFrames } from '../examples/audio/frames';
import { type CatalogueModel, OCR_RECOGNISER, SILERO_VAD } from '../models';
import { elementCount, fromTypedArray, type Item } from '../protocol';

/** A model and inputs that every process can make for itself. */
interface WorkloadParts {
    readonly model: CatalogueModel;
    readonly items: (count: number) => Iterable<Item>;
}

export const WORKLOADS = {
    /** About 20 ms of work and 1 MB of output for each item. */
    recogniser: { model: OCR_RECOGNISER, items: linesOfText },
    /** About 0.13 ms of work and 1 kB of output for each item. */
    voice: { model: SILERO_VAD, items: (count: number) => loadVoiceFrames({ count }).items },
} as const satisfies Record<string, WorkloadParts>;

export type Workload = keyof typeof WORKLOADS;

const LINE_SHAPE: readonly number[] = [1, 3, 48, 320];
const LINE_ELEMENTS = elementCount(LINE_SHAPE);

/** Lines as the recogniser takes them, from -1 to 1, one in memory at a time. */
function* linesOfText(count: number): Iterable<Item> {
    for (let index = 0; index < count; index++) {
        const line = new Float32Array(LINE_ELEMENTS);
        const step = 0.001 * (1 + (index % 997)) + 1e-7 * index;
        for (let i = 0; i < LINE_ELEMENTS; i++) line[i] = Math.sin(i * step);
        yield new Map([['x', fromTypedArray('float32', line, LINE_SHAPE)]]);
    }
}
