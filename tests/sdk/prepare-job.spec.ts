import { identityManifest } from '../../bench/identity-model';
import { decodeBatch, hashToHex, inputsRoot, itemHash, parseJobSpec, sha256 } from '../../protocol';
import { prepareJob, seedFromBytes, seedHash, splitBatches } from '../../sdk';
import { input } from '../provider/world';

const manifest = identityManifest();
const sources = ['http://client.example/blobs'];

describe('A prepared job', () => {
    it('has a spec that names the model, the inputs and where they are', () => {
        const job = prepareJob({ manifest, items: [input(1), input(2)], sources });
        const spec = parseJobSpec(job.specBytes);
        expect(spec).toEqual(job.spec);
        expect(job.specHash).toEqual(sha256(job.specBytes));
        expect(spec.model).toBe(hashToHex(job.model));
        expect(spec.inputs.count).toBe(2);
        expect(spec.inputs.root).toBe(hashToHex(inputsRoot([input(1), input(2)].map(itemHash))));
        expect(spec.sources).toEqual(sources);
    });

    it('comes with the blobs that its sources have to serve', () => {
        const items = [1, 2, 3, 4, 5].map(input);
        const job = prepareJob({ manifest, items, sources, maxBatchBytes: 90 });
        const [manifestBytes, ...batches] = job.blobs;
        expect(hashToHex(sha256(manifestBytes!))).toBe(job.spec.model);
        expect(batches.length).toBeGreaterThan(1);
        expect(batches.map((batch) => hashToHex(sha256(batch)))).toEqual(
            job.spec.inputs.batches.map((batch) => batch.sha256),
        );
        expect(batches.flatMap((batch) => decodeBatch(batch).map((item) => [...item]))).toEqual(
            items.map((item) => [...item]),
        );
    });

    it('needs at least one item', () => {
        expect(() => prepareJob({ manifest, items: [], sources })).toThrow(
            expect.objectContaining({ code: 'SPEC_INVALID' }) as Error,
        );
    });
});

describe('Batches', () => {
    it('are no larger than asked for, unless one item alone is', () => {
        const items = [10, 10, 50, 10].map((size) => new Uint8Array(size));
        const sizes = splitBatches(items, 40).map((batch) => batch.map((item) => item.length));
        expect(sizes).toEqual([[10, 10], [50], [10]]);
    });
});

describe('A seed', () => {
    it('is 16 bytes, and its hash is that of exactly these', () => {
        const bytes = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 0 : i));
        expect(seedHash(seedFromBytes(bytes))).toBe(BigInt(`0x${hashToHex(sha256(bytes))}`));
        expect(() => seedFromBytes(new Uint8Array(15))).toThrow(RangeError);
    });
});
