import {
    bytesToUtf8,
    comparisonRuleOf,
    encodeJobSpec,
    hashToHex,
    inputsRoot,
    jobSpecHash,
    merkleRoot,
    parseJobSpec,
    sha256,
    utf8ToBytes,
    type HashHex,
    type JobSpec,
    type ModelManifest,
} from '../../protocol';
import { codeOf } from './arbitraries';

const ones = '11'.repeat(32) as HashHex;
const twos = '22'.repeat(32) as HashHex;
const spec: JobSpec = {
    format: 'cocoon.job/1',
    model: ones,
    inputs: {
        root: twos,
        count: 5,
        batches: [
            { sha256: ones, bytes: 100, items: 3 },
            { sha256: twos, bytes: 80, items: 2 },
        ],
    },
    sources: ['https://blobs.example/b'],
    limits: { msPerItem: 2000, outputBytesPerItem: 65536, memoryBytes: 268435456 },
    privacy: { mode: 'public' },
};
const tolerance = {
    class: 'tolerance' as const,
    outputs: [{ name: 'y', scale: 1, clamp: 8, tau: 0.0001, floor: 0.01 }],
};

describe('a job spec', () => {
    it('is canonical JSON, whose hash stands on chain', () => {
        const bytes = encodeJobSpec(spec);
        expect(bytesToUtf8(bytes)).toBe(
            '{"format":"cocoon.job/1","inputs":{"batches":[' +
                `{"bytes":100,"items":3,"sha256":"${ones}"},` +
                `{"bytes":80,"items":2,"sha256":"${twos}"}],"count":5,"root":"${twos}"},` +
                '"limits":{"memoryBytes":268435456,"msPerItem":2000,"outputBytesPerItem":65536},' +
                `"model":"${ones}","privacy":{"mode":"public"},` +
                '"sources":["https://blobs.example/b"]}',
        );
        expect(jobSpecHash(spec)).toEqual(sha256(bytes));
        expect(hashToHex(jobSpecHash(spec))).toBe(
            '57cc81859f91d8cae66339d813bb68217c9b514bc4aee1f9237488dea512a2f4',
        );
    });

    it('reads as it was written', () => {
        const sealed = {
            mode: 'sealed' as const,
            keyHash: ones,
            itemKeys: ones,
            salt: ones,
            handover: 'award' as const,
        };
        for (const document of [spec, { ...spec, comparison: tolerance, privacy: sealed }]) {
            expect(parseJobSpec(encodeJobSpec(document))).toEqual(document);
        }
    });

    it.each<[string, unknown]>([
        ['another format', { ...spec, format: 'cocoon.job/2' }],
        ['a member that it does not know', { ...spec, deadline: 1 }],
        ['a model that is no hash', { ...spec, model: 'x' }],
        ['no items', { ...spec, inputs: { ...spec.inputs, count: 0, batches: [] } }],
        ['another count than its batches', { ...spec, inputs: { ...spec.inputs, count: 6 } }],
        [
            'over 1,000,000 items',
            {
                ...spec,
                inputs: {
                    ...spec.inputs,
                    count: 1_000_001,
                    batches: [
                        { sha256: ones, bytes: 1, items: 1_000_000 },
                        { sha256: ones, bytes: 1, items: 1 },
                    ],
                },
            },
        ],
        [
            'a batch without items',
            {
                ...spec,
                inputs: {
                    ...spec.inputs,
                    batches: [
                        { sha256: ones, bytes: 1, items: 5 },
                        { sha256: ones, bytes: 1, items: 0 },
                    ],
                },
            },
        ],
        ['a source with a query', { ...spec, sources: ['https://blobs.example/?a'] }],
        ['a source in a package', { ...spec, sources: ['npm:a@1.0.0/b'] }],
        ['no time', { ...spec, limits: { ...spec.limits, msPerItem: 0 } }],
        ['half a millisecond', { ...spec, limits: { ...spec.limits, msPerItem: 0.5 } }],
        ['over 24 hours', { ...spec, limits: { ...spec.limits, msPerItem: 86_400_001 } }],
        ['unlimited memory', { ...spec, limits: { ...spec.limits, memoryBytes: 2 ** 53 } }],
        ['no limits', { ...spec, limits: undefined }],
        ['a privacy that it does not know', { ...spec, privacy: { mode: 'secret' } }],
        ['sealed inputs without a key', { ...spec, privacy: { mode: 'sealed' } }],
        ['public inputs with a key', { ...spec, privacy: { mode: 'public', keyHash: ones } }],
        [
            'a tau over 1e-3',
            {
                ...spec,
                comparison: {
                    ...tolerance,
                    outputs: [{ name: 'y', scale: 1, clamp: 8, tau: 0.01, floor: 0.01 }],
                },
            },
        ],
    ])('may not have %s', (_, document) => {
        expect(codeOf(() => encodeJobSpec(document as JobSpec))).toBe('SPEC_INVALID');
    });

    it('is refused when it is not canonical or cut short', () => {
        const bytes = encodeJobSpec(spec);
        const text = bytesToUtf8(bytes);
        const wrong = [
            utf8ToBytes(`\n${text}`),
            utf8ToBytes(text.replace('"bytes":100', '"bytes":1e2')),
            ...Array.from(bytes, (_, length) => bytes.subarray(0, length)),
        ];
        for (const document of wrong) {
            expect(codeOf(() => parseJobSpec(document))).toBe('SPEC_INVALID');
        }
    });

    it('has at most 64 KiB, whoever writes or reads it', () => {
        const batches = Array.from({ length: 700 }, () => ({ sha256: ones, bytes: 1, items: 1 }));
        const large = { ...spec, inputs: { root: ones, count: 700, batches } };
        expect(codeOf(() => encodeJobSpec(large))).toBe('SPEC_INVALID');
        expect(codeOf(() => parseJobSpec(new Uint8Array(64 * 1024 + 1)))).toBe('SPEC_INVALID');
        const fits = { root: ones, count: 600, batches: batches.slice(100) };
        expect(encodeJobSpec({ ...spec, inputs: fits }).length).toBeLessThan(64 * 1024);
    });
});

describe('the inputs of a job', () => {
    it('are the Merkle tree whose leaf data are the hashes of the items', () => {
        const hashes = ['a', 'b', 'c'].map((text) => sha256(utf8ToBytes(text)));
        expect(inputsRoot(hashes)).toEqual(merkleRoot(hashes));
        expect(hashToHex(inputsRoot(hashes))).toBe(
            'cac3d448d4e20a2ad5eae1f500e63c2a7f9217cd14572ba7fd22e26dc1ec2648',
        );
    });
});

describe('the comparison rule of a job', () => {
    const manifest = {
        outputs: [
            { name: 'y', dtype: 'float32', shape: [1] },
            { name: 'label', dtype: 'int64', shape: [1] },
        ],
        comparison: { class: 'exact' },
    } as unknown as ModelManifest;

    it('is the one of the model, unless the job has its own', () => {
        expect(comparisonRuleOf(spec, manifest)).toEqual({ class: 'exact' });
        expect(comparisonRuleOf({ ...spec, comparison: tolerance }, manifest)).toEqual(tolerance);
    });

    it('names float outputs of the model only', () => {
        for (const name of ['label', 'z']) {
            const outputs = tolerance.outputs.map((output) => ({ ...output, name }));
            const comparison = { ...tolerance, outputs };
            expect(codeOf(() => comparisonRuleOf({ ...spec, comparison }, manifest))).toBe(
                'SPEC_INVALID',
            );
        }
    });
});
