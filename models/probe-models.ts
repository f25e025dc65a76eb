import { type CatalogueModel, OCR_ANGLE, SPEECH_EMBEDDING } from './catalogue';

/** A model that shows how fast a computer is: each item is the same work, whatever is in it. */
export interface ProbeModel {
    readonly model: CatalogueModel;
    /**
     * What an item takes a reference core, microseconds. That is a core of a rented server (x64,
     * AVX2) as `npm run bench -- --only probes` measured it; the same command measures other ones.
     */
    readonly referenceUs: number;
}

/** Models with inputs of one shape, and no branch in the graph that depends on what is in them. */
export const PROBE_MODELS: readonly ProbeModel[] = [
    { model: SPEECH_EMBEDDING, referenceUs: 1300 },
    { model: OCR_ANGLE, referenceUs: 1150 },
];
