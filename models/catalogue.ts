import {
    encodeCanonicalJson,
    hashToHex,
    type HashHex,
    manifestHash,
    type ModelManifest,
    parseManifest,
} from '../protocol';
import melSpectrogram from './manifests/mel-spectrogram.json';
import ocrAngle from './manifests/ocr-angle.json';
import ocrDetector from './manifests/ocr-detector.json';
import ocrRecogniser from './manifests/ocr-recogniser.json';
import sileroVad from './manifests/silero-vad.json';
import speechEmbedding from './manifests/speech-embedding.json';

/** A model that can be named. */
export interface CatalogueModel {
    /** Identity: the hash of the manifest. */
    readonly hash: HashHex;
    /** Short name for people and commands; in lower case, without white space. */
    readonly name: string;
    readonly manifest: ModelManifest;
}

/** A model of a manifest that is known to be right. */
function modelOf(name: string, json: unknown): CatalogueModel {
    const manifest = parseManifest(encodeCanonicalJson(json));
    return { hash: hashToHex(manifestHash(manifest)), name, manifest };
}

/** Where text stands in a picture. */
export const OCR_DETECTOR = modelOf('ocr-detector', ocrDetector);
/** Whether a line of text stands upside down. */
export const OCR_ANGLE = modelOf('ocr-angle', ocrAngle);
/** What a line of text says. */
export const OCR_RECOGNISER = modelOf('ocr-recogniser', ocrRecogniser);
/** Whether somebody speaks. */
export const SILERO_VAD = modelOf('silero-vad', sileroVad);
/** The mel spectrogram that the speech embedding takes. */
export const MEL_SPECTROGRAM = modelOf('mel-spectrogram', melSpectrogram);
/** What speech sounds like, as numbers. */
export const SPEECH_EMBEDDING = modelOf('speech-embedding', speechEmbedding);

/** Models whose files npm packages ship, and whose licences allow paid use. */
export const CATALOGUE: readonly CatalogueModel[] = [
    OCR_DETECTOR,
    OCR_ANGLE,
    OCR_RECOGNISER,
    SILERO_VAD,
    MEL_SPECTROGRAM,
    SPEECH_EMBEDDING,
];
