import { loadVoiceFrames } from '../examples/audio/frames';
import { type CatalogueModel, OCR_DETECTOR, OCR_RECOGNISER, SILERO_VAD } from '../models';
import { obtainModelFiles } from '../models/node';
import { elementCount, fromTypedArray, type Item } from '../protocol';
import type { BlobStore } from '../sdk/node';
import { CLASSIFIER_INPUT, createClassifier } from './classifier-model';

/** A model and inputs that every process can make for itself. */
interface WorkloadParts {
    readonly model: Pick<CatalogueModel, 'hash' | 'manifest'>;
    /** Of a model that no package has. */
    readonly bytes?: Uint8Array;
    readonly items: (count: number) => Iterable<Item>;
}

const CLASSIFIER = createClassifier();

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
    /** About 12 ms of work and 4 kB of output for each item. */
    classifier: {
        model: CLASSIFIER,
        bytes: CLASSIFIER.bytes,
        items: (count: number) => waves(count, 'x', CLASSIFIER_INPUT),
    },
    /** About 0.13 ms of work and 1 kB of output for each item. */
    voice: { model: SILERO_VAD, items: (count: number) => loadVoiceFrames({ count }).items },
} as const satisfies Record<string, WorkloadParts>;

export type Workload = keyof typeof WORKLOADS;

/** Brings the files of the model into a store. */
export async function obtainWorkload(workload: Workload, blobs: BlobStore): Promise<void> {
    const { model, bytes }: WorkloadParts = WORKLOADS[workload];
    if (bytes !== undefined) await blobs.write(bytes);
    else await obtainModelFiles(model.manifest, { target: blobs });
}

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
