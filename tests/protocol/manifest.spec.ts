import fc from 'fast-check';
import {
    blobUrl,
    bytesToUtf8,
    checkItemFits,
    encodeManifest,
    hashToHex,
    isBlobStoreUrl,
    isSafePath,
    manifestHash,
    parseManifest,
    parseSource,
    sha256,
    tensorOf,
    utf8ToBytes,
    type CalibrationEvidence,
    type HashHex,
    type ModelFile,
    type ModelManifest,
    type TensorSpec,
} from '../../protocol';
import { codeOf } from './arbitraries';

const zeros = '00'.repeat(32) as HashHex;
const file: ModelFile = {
    path: 'weights/model.onnx',
    sha256: zeros,
    bytes: 1234,
    sources: ['https://models.example/model.onnx', 'npm:@scope/models@1.0.3/weights/model.onnx'],
};
const manifest: ModelManifest = {
    format: 'cocoon.model/1',
    name: 'Voice activity',
    revision: 'v5',
    licence: 'MIT',
    files: [file],
    entry: 'weights/model.onnx',
    inputs: [
        { name: 'input', dtype: 'float32', shape: ['batch', 512] },
        { name: 'sr', dtype: 'int64', shape: [] },
    ],
    outputs: [
        { name: 'output', dtype: 'float32', shape: ['batch', 1] },
        { name: 'label', dtype: 'int64', shape: ['batch'] },
    ],
    comparison: {
        class: 'tolerance',
        outputs: [{ name: 'output', scale: 1, clamp: 8, tau: 0.0001, floor: 0.01 }],
    },
};

const evidence: CalibrationEvidence = {
    tool: 'cocoon 0.1.0',
    engine: 'onnxruntime 1.30.0',
    machine: 'x64 AVX2',
    inputs: { count: 100, root: zeros },
    factor: 20,
    leastDistance: 1.3e-5,
    worstDistance: 4e-6,
    classes: [
        { name: 'wasm', inputs: 100, bitEqual: 3, distance: 4e-6, sketchDistance: 6.1e-6 },
        { name: 'native, 2 threads', inputs: 100, bitEqual: 100, distance: 0, sketchDistance: 0 },
    ],
};

function withEvidence(change: object): object {
    return { ...manifest, calibration: { ...evidence, ...change } };
}

function withClass(change: object): object {
    return withEvidence({ classes: [{ ...evidence.classes[0], ...change }] });
}

function withFiles(...files: Partial<ModelFile>[]): ModelManifest {
    return { ...manifest, files: [file, ...files.map((change) => ({ ...file, ...change }))] };
}

describe('a model manifest', () => {
    it('is canonical JSON, whose hash is the identity of the model', () => {
        const bytes = encodeManifest(manifest);
        expect(bytesToUtf8(bytes)).toBe(
            '{"comparison":{"class":"tolerance","outputs":[{"clamp":8,"floor":0.01,' +
                '"name":"output","scale":1,"tau":0.0001}]},"entry":"weights/model.onnx",' +
                `"files":[{"bytes":1234,"path":"weights/model.onnx","sha256":"${zeros}",` +
                '"sources":["https://models.example/model.onnx",' +
                '"npm:@scope/models@1.0.3/weights/model.onnx"]}],"format":"cocoon.model/1",' +
                '"inputs":[{"dtype":"float32","name":"input","shape":["batch",512]},' +
                '{"dtype":"int64","name":"sr","shape":[]}],"licence":"MIT",' +
                '"name":"Voice activity","outputs":[{"dtype":"float32","name":"output",' +
                '"shape":["batch",1]},{"dtype":"int64","name":"label","shape":["batch"]}],' +
                '"revision":"v5"}',
        );
        expect(manifestHash(manifest)).toEqual(sha256(bytes));
        expect(hashToHex(manifestHash(manifest))).toBe(
            '4e80282efc7612353d1afa116b4fcbcec27ca3e0485408e9d7e87afecb29bd71',
        );
    });

    it('reads as it was written', () => {
        const full = {
            ...manifest,
            description: 'Says where somebody speaks.',
            homepage: 'https://models.example/',
        };
        const seed = { ...evidence, inputs: { ...evidence.inputs, seed: 'a' } };
        const calibrated = { ...manifest, calibration: evidence };
        for (const document of [manifest, full, calibrated, { ...full, calibration: seed }]) {
            expect(parseManifest(encodeManifest(document))).toEqual(document);
        }
    });

    it.each<[string, unknown]>([
        ['another format', { ...manifest, format: 'cocoon.model/2' }],
        ['a member that it does not know', { ...manifest, extra: 1 }],
        ['no name', { ...manifest, name: '' }],
        ['a name with a control character', { ...manifest, name: 'a\u0000' }],
        ['a name that turns the reading direction', { ...manifest, name: 'a\u202eb' }],
        ['a name that ends with a space', { ...manifest, name: 'a ' }],
        ['no licence', { ...manifest, licence: '' }],
        ['a licence that is no SPDX expression', { ...manifest, licence: 'free for all' }],
        ['a homepage that runs code', { ...manifest, homepage: 'javascript:alert(1)' }],
        ['no files', { ...manifest, files: [] }],
        ['an entry that is no file', { ...manifest, entry: 'other.onnx' }],
        ['a path out of its folder', withFiles({ path: '../x' })],
        ['the same path twice', withFiles({ path: 'weights/model.onnx' })],
        ['the same path in another case', withFiles({ path: 'Weights/Model.onnx' })],
        ['a file where a folder is', withFiles({ path: 'weights' })],
        ['a folder where a file is', withFiles({ path: 'weights/model.onnx/x' })],
        ['an empty file', withFiles({ path: 'x', bytes: 0 })],
        ['a file of half a byte', withFiles({ path: 'x', bytes: 0.5 })],
        ['files over 16 GiB in all', withFiles({ path: 'x', bytes: 16 * 1024 ** 3 })],
        ['a hash in uppercase', withFiles({ path: 'x', sha256: 'AA'.repeat(32) as HashHex })],
        ['a source on this machine', withFiles({ path: 'x', sources: ['file:///etc/passwd'] })],
        ['no outputs', { ...manifest, outputs: [] }],
        ['an input twice', { ...manifest, inputs: [...manifest.inputs, ...manifest.inputs] }],
        [
            'a dimension of 0',
            { ...manifest, inputs: [{ name: 'x', dtype: 'float32', shape: [0] }] },
        ],
        [
            'an element type that cannot be carried',
            { ...manifest, inputs: [{ name: 'x', dtype: 'int4', shape: [1] }] },
        ],
        [
            'a tolerance for an output that it has not',
            {
                ...manifest,
                comparison: {
                    class: 'tolerance',
                    outputs: [{ name: 'x', scale: 1, clamp: 8, tau: 0.0001, floor: 0.01 }],
                },
            },
        ],
        [
            'a tolerance for an output of integers',
            {
                ...manifest,
                comparison: {
                    class: 'tolerance',
                    outputs: [{ name: 'label', scale: 1, clamp: 8, tau: 0.0001, floor: 0.01 }],
                },
            },
        ],
        ['evidence of nothing', withEvidence({ classes: [] })],
        [
            'evidence that names a class twice',
            withEvidence({ classes: Array(2).fill(evidence.classes[0]) }),
        ],
        [
            'evidence of more classes than there are',
            withEvidence({
                classes: Array.from({ length: 33 }, (_, i) => ({
                    ...evidence.classes[0],
                    name: `c${i}`,
                })),
            }),
        ],
        ['evidence of more equal results than inputs', withClass({ bitEqual: 101 })],
        ['a distance below 0', withClass({ distance: -1e-9 })],
        ['a distance that is no number', withClass({ sketchDistance: null })],
        ['a class of a long name', withClass({ name: 'x'.repeat(65) })],
        ['a machine of several lines', withEvidence({ machine: 'x64\nAVX2' })],
        ['evidence without inputs', withEvidence({ inputs: { count: 0, root: zeros } })],
        ['evidence with a member that it does not know', withEvidence({ extra: 1 })],
        [
            'a seed that is undefined on purpose',
            withEvidence({ inputs: { count: 1, root: zeros, seed: null } }),
        ],
        ['nothing', null],
    ])('may not have %s', (_, document) => {
        expect(codeOf(() => encodeManifest(document as ModelManifest))).toBe('MANIFEST_INVALID');
    });

    it('says which members are wrong', () => {
        const wrong = withFiles({ path: '../x' });
        expect(() => encodeManifest(wrong)).toThrow('files.1.path: has to be a safe relative path');
    });

    it.each([
        'MIT',
        'Apache-2.0',
        'MIT OR Apache-2.0',
        '(MIT AND Zlib) OR GPL-2.0-or-later WITH Classpath-exception-2.0',
        'LicenseRef-mine',
    ])('may have the licence %s', (licence) => {
        expect(codeOf(() => encodeManifest({ ...manifest, licence }))).toBeUndefined();
    });

    it('is refused when it is not canonical, cut short, or too large', () => {
        const bytes = encodeManifest(manifest);
        const text = bytesToUtf8(bytes);
        const wrong = [
            utf8ToBytes(`${text} `),
            utf8ToBytes(text.replace('"scale":1', '"scale":1.0')),
            utf8ToBytes(text.replace('"revision"', '"name":"x","revision"')),
            ...Array.from(bytes, (_, length) => bytes.subarray(0, length)),
            new Uint8Array(256 * 1024 + 1).fill(0x20),
        ];
        for (const document of wrong) {
            expect(codeOf(() => parseManifest(document))).toBe('MANIFEST_INVALID');
        }
    });
});

describe('a path', () => {
    it.each(['model.onnx', 'a/b/c.bin', '_x/1.2+3-4', 'a..b'])('may be %j', (path) => {
        expect(isSafePath(path)).toBe(true);
    });

    it.each([
        '',
        '.',
        '..',
        '../a',
        'a/../b',
        'a/..',
        '/a',
        'a/',
        'a//b',
        './a',
        '.git/config',
        'a\\b',
        'C:/a',
        'C:a',
        'a\u0000',
        'a b',
        'é',
        'con',
        'a/NUL.onnx',
        'com1',
        'a.',
        'a\n',
        'x'.repeat(201),
        'a/b/c/d/e/f/g/h/i',
    ])('may not be %j', (path) => {
        expect(isSafePath(path)).toBe(false);
    });

    it('that is safe never leads out of its folder', () => {
        const segment = fc.constantFrom('.', '..', 'a', '', 'a.b', '~', 'c:', '\\', '%2e%2e');
        fc.assert(
            fc.property(fc.array(segment), (segments) => {
                const path = segments.join('/');
                if (!isSafePath(path)) return;
                const { pathname } = new URL(path, 'http://host/folder/');
                expect(pathname).toBe(`/folder/${path}`);
            }),
        );
    });
});

describe('a source', () => {
    it('is a URL, or a file of an exact version of a package', () => {
        expect(parseSource('http://127.0.0.1:8080/a?b=c')).toEqual({
            kind: 'http',
            url: 'http://127.0.0.1:8080/a?b=c',
        });
        expect(parseSource('npm:@scope/name@1.2.3-rc.1/dir/file.onnx')).toEqual({
            kind: 'npm',
            package: '@scope/name',
            version: '1.2.3-rc.1',
            path: 'dir/file.onnx',
        });
        expect(parseSource('npm:name@1.2.3/f')).toMatchObject({ package: 'name', path: 'f' });
    });

    it.each([
        'file:///etc/passwd',
        'ftp://host/a',
        'HTTP://host/a',
        'http://',
        'http://user:password@host/a',
        'http://host/a b',
        'http://host/\u00e9',
        `http://host/${'a'.repeat(2048)}`,
        'npm:name/file',
        'npm:name@latest/file',
        'npm:name@1.2.3',
        'npm:name@1.2.3/../x',
        'npm:../x@1.2.3/file',
        'npm:Name@1.2.3/file',
        '//host/a',
        '',
    ])('is not %j', (text) => {
        expect(parseSource(text)).toBeUndefined();
    });

    it('of blobs is a base below which each stands under its hash', () => {
        expect(blobUrl('http://host/blobs', zeros)).toBe(`http://host/blobs/${zeros}`);
        expect(blobUrl('http://host/', zeros)).toBe(`http://host/${zeros}`);
        expect(isBlobStoreUrl('http://host/blobs?x=1')).toBe(false);
        expect(isBlobStoreUrl('http://host/blobs#x')).toBe(false);
    });

    it('of blobs is a node that is reached by its key, and a peer by WebRTC', () => {
        const peer = `12D3KooW${'a'.repeat(44)}`;
        const hash = `uEi${'A'.repeat(43)}`;
        const direct = `/ip4/198.51.100.7/udp/8041/webrtc-direct/certhash/${hash}/p2p/${peer}`;
        for (const base of [
            ...[`p2p://${peer}`, `p2p://${peer}/blobs`, `/p2p/${peer}`, direct],
            ...[`${direct}/p2p-circuit/p2p/${peer}`, `${direct}/p2p-circuit/webrtc/p2p/${peer}`],
        ]) {
            expect([base, isBlobStoreUrl(base)]).toEqual([base, true]);
        }
        for (const base of [
            ...[`p2p://${peer}?x`, `p2p://nobody/blobs`, `p2p://${peer}/a b`, `p2p://${peer}a`],
            ...[direct.replace('/certhash', ''), direct.replace(hash, 'x/y'), `${direct}/webrtc`],
        ]) {
            expect([base, isBlobStoreUrl(base)]).toEqual([base, false]);
        }
        expect(blobUrl(`p2p://${peer}/blobs`, zeros)).toBe(`p2p://${peer}/blobs/${zeros}`);
        expect(blobUrl(direct, zeros)).toBe(direct);
    });
});

describe('an item', () => {
    const specs: TensorSpec[] = [
        { name: 'x', dtype: 'float32', shape: ['n', 2] },
        { name: 'mask', dtype: 'bool', shape: ['n'] },
    ];
    const x = tensorOf('float32', [1, 2], [1, 2]);
    const mask = tensorOf('bool', [1], [true]);

    function fit(item: Record<string, typeof x>): string | undefined {
        return codeOf(() => checkItemFits(specs, new Map(Object.entries(item))));
    }

    it('fits a model when names, types and dimensions agree', () => {
        expect(fit({ x, mask })).toBeUndefined();
        expect(
            fit({
                x: tensorOf('float32', [2, 2], [1, 2, 3, 4]),
                mask: tensorOf('bool', [2], [true, true]),
            }),
        ).toBeUndefined();
    });

    it('does not fit otherwise', () => {
        const misfits = [
            { x },
            { x, mask, more: x },
            { x: mask, mask },
            { x: tensorOf('float32', [2], [1, 2]), mask },
            { x: tensorOf('float32', [1, 3], [1, 2, 3]), mask },
            { x: tensorOf('float64', [1, 2], [1, 2]), mask },
            { x, mask: tensorOf('bool', [2], [true, true]) },
        ];
        for (const item of misfits) expect(fit(item)).toBe('ITEM_DOES_NOT_FIT_MODEL');
    });

    it('is told which length a symbol has', () => {
        const item = new Map([
            ['x', x],
            ['mask', tensorOf('bool', [2], [true, true])],
        ]);
        expect(() => checkItemFits(specs, item)).toThrow(
            'The tensor "mask" has the dimensions [2], where the model has [n=1].',
        );
    });
});
