import {
    CATALOGUE,
    findModel,
    ModelNotFoundError,
    OCR_DETECTOR,
    OCR_RECOGNISER,
} from '../../models';
import { asHashHex } from '../../protocol';

function failure(asked: string, catalogue = CATALOGUE): ModelNotFoundError {
    try {
        findModel(catalogue, asked);
    } catch (error) {
        if (error instanceof ModelNotFoundError) return error;
        throw error;
    }
    throw new Error(`${asked} was found`);
}

/** Another model, with a hash that begins as the detector's does. */
const TWIN = {
    ...OCR_RECOGNISER,
    name: 'twin',
    hash: asHashHex(OCR_DETECTOR.hash.slice(0, 12).padEnd(64, '0')),
};

describe('a model', () => {
    it('is found by its hash, by the beginning of it, and by its name in any case', () => {
        for (const model of CATALOGUE) {
            for (const asked of [
                model.hash,
                model.hash.slice(0, 8),
                model.name,
                ` ${model.name}`,
            ]) {
                expect(findModel(CATALOGUE, asked)).toBe(model);
                expect(findModel(CATALOGUE, asked.toUpperCase())).toBe(model);
            }
        }
    });

    it('has a hash and a name that no other one of the catalogue has', () => {
        expect(new Set(CATALOGUE.map(({ hash }) => hash.slice(0, 8))).size).toBe(CATALOGUE.length);
        expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
    });

    it('is not found by fewer digits, and the whole hash is offered', () => {
        const error = failure(OCR_DETECTOR.hash.slice(0, 7));
        expect(error.code).toBe('MODEL_UNKNOWN');
        expect(error.hint).toContain(OCR_DETECTOR.hash);
    });

    it('that is unknown brings names that are close', () => {
        expect(failure('ocr-detecter').near).toEqual(['ocr-detector']);
        expect(failure('OCR').near).toEqual(['ocr-detector', 'ocr-angle', 'ocr-recogniser']);
        expect(failure('quite something else').near).toEqual([]);
        for (const asked of ['', 'x'.repeat(100_000), '__proto__', '../../etc/passwd']) {
            expect(failure(asked).hint).not.toBe('');
            expect(failure(asked).message.length).toBeLessThan(200);
        }
    });

    it('is ambiguous when two have the same beginning or the same name', () => {
        const catalogue = [...CATALOGUE, TWIN];
        const byHash = failure(TWIN.hash.slice(0, 12), catalogue);
        expect(byHash.code).toBe('MODEL_AMBIGUOUS');
        expect(byHash.near).toHaveLength(2);
        expect(findModel(catalogue, TWIN.hash)).toBe(TWIN);
        const namesake = [...CATALOGUE, { ...TWIN, name: 'OCR-Detector' }];
        expect(failure('ocr-detector', namesake).code).toBe('MODEL_AMBIGUOUS');
    });

    it('is meant by its whole hash, whatever another one is called', () => {
        const impostor = { ...TWIN, name: OCR_DETECTOR.hash };
        expect(findModel([impostor, ...CATALOGUE], OCR_DETECTOR.hash)).toBe(OCR_DETECTOR);
    });

    it('that is in two lists is one model', () => {
        expect(findModel([...CATALOGUE, ...CATALOGUE], 'silero-vad').name).toBe('silero-vad');
    });
});
