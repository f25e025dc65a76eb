import { sha256, utf8ToBytes } from '../../protocol';
import {
    LEAF_RECORD_BYTES,
    MAX_OUTPUT_BATCHES,
    MAX_RESULT_DOCUMENT_BYTES,
    parseResultDocument,
    ResultLeaves,
} from '../../sdk';

const sha = '0'.repeat(64);
const document = {
    format: 'cocoon.results/1',
    count: 3,
    leaves: { sha256: sha, bytes: 3 * LEAF_RECORD_BYTES },
    batches: [{ sha256: sha, bytes: 10, items: 2 }],
};

describe('A result document', () => {
    it('says where leaves and outputs are', () => {
        expect(parseResultDocument(document)).toEqual(document);
    });

    it.each([
        ['the leaves are not one for each item', { count: 4 }],
        ['the leaves are cut off', { leaves: { sha256: sha, bytes: 107 } }],
        ['batches hold more outputs than there are items', { batches: [{ sha256: sha, bytes: 10, items: 4 }] }], // prettier-ignore
        ['a batch is larger than a client would hold', { batches: [{ sha256: sha, bytes: 2 ** 24, items: 1 }] }], // prettier-ignore
        ['a hash is none', { leaves: { sha256: 'A'.repeat(64), bytes: 108 } }],
        ['a field is added', { extra: true }],
        ['the format is another one', { format: 'cocoon.results/2' }],
    ])('is refused when %s', (_name, change) => {
        expect(() => parseResultDocument({ ...document, ...change })).toThrow();
    });

    it('stays small for a million items with as many batches as there may be', () => {
        const batch = { sha256: 'f'.repeat(64), bytes: 8 * 1024 ** 2, items: 30 };
        const largest = {
            ...document,
            count: 1_000_000,
            leaves: { sha256: sha, bytes: 1_000_000 * LEAF_RECORD_BYTES },
            batches: new Array(MAX_OUTPUT_BATCHES).fill(batch),
        };
        const { batches } = parseResultDocument(largest);
        expect(batches).toHaveLength(MAX_OUTPUT_BATCHES);
        expect(utf8ToBytes(JSON.stringify(largest)).length).toBeLessThan(MAX_RESULT_DOCUMENT_BYTES);
    });
});

describe('Leaves', () => {
    it('are records of 36 bytes in the order of the items', () => {
        const leaves = ResultLeaves.empty(3);
        const hash = sha256(utf8ToBytes('output'));
        leaves.setResult(0, hash, { kind: 'blob' });
        leaves.setResult(1, hash, { kind: 'batch', batch: 5 });
        leaves.setError(2, 4);
        const hex = Buffer.from(leaves.bytes).toString('hex');
        const hashHex = Buffer.from(hash).toString('hex');
        expect(hex).toBe(
            `00000001${hashHex}` + `00000007${hashHex}` + `000000000004${'00'.repeat(30)}`,
        );
    });

    it('are read as they were written', () => {
        const leaves = ResultLeaves.empty(2);
        const hash = sha256(utf8ToBytes('output'));
        leaves.setResult(1, hash, { kind: 'batch', batch: 0 });
        expect([leaves.has(0), leaves.has(1)]).toEqual([false, true]);
        leaves.setError(0, 7);
        const read = ResultLeaves.of(leaves.bytes);
        expect(read.at(0)).toEqual({ kind: 'error', code: 7 });
        expect(read.at(1)).toEqual({ kind: 'result', hash, location: { kind: 'batch', batch: 0 } });
    });

    it('are refused with a part of a record', () => {
        expect(() => ResultLeaves.of(new Uint8Array(40))).toThrow(RangeError);
    });
});
