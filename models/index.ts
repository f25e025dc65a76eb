/** Models that everybody may name: their manifests, the same in Node and in browsers. */

export {
    CATALOGUE,
    MEL_SPECTROGRAM,
    OCR_ANGLE,
    OCR_DETECTOR,
    OCR_RECOGNISER,
    SILERO_VAD,
    SPEECH_EMBEDDING,
    type CatalogueModel,
} from './catalogue';
export { findModel, ModelNotFoundError } from './find-model';
export { PROBE_MODELS, type ProbeModel } from './probe-models';
