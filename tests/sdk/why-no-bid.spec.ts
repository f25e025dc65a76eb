import { Address } from '@ton/core';
import { hashToHex, sha256, utf8ToBytes } from '../../protocol';
import { createCocoon, createMemoryShelf, encodeTicket, encodeWhy, whyPath } from '../../sdk';

const ESCROW = Address.parse(`0:${'ab'.repeat(32)}`);
const BY_KEY = `p2p://12D3KooW${'A'.repeat(44)}`;
const BY_URL = 'https://node.example';
const SPEC = utf8ToBytes('{}');

describe('whyNoBid of a client', () => {
    it('asks nodes with a URL, and those without one by their keys', async () => {
        const shelf = createMemoryShelf();
        await shelf.put({
            ...{ id: 'mine', label: 'a job', state: 'kept', submittedAt: 0 },
            ticket: encodeTicket({ escrow: ESCROW, jobId: 7, seed: 1n, since: undefined }),
            ...{ client: ESCROW.toRawString(), specBytes: SPEC },
            ...{ inputHashes: new Uint8Array(32), blobs: [] },
            terms: { ceiling: '1', takePrice: '0', bidWindowSeconds: 30, commitWindowSeconds: 60 },
        });
        const asked: string[] = [];
        const saying = (code: 'busy' | 'suspended') => (url: string) => {
            asked.push(url);
            return Promise.resolve(new Response(JSON.stringify(encodeWhy({ code }))));
        };
        const cocoon = createCocoon({
            ...{ endpoint: 'http://127.0.0.1:9', market: ESCROW, shelf, nodes: [BY_URL, BY_KEY] },
            fetch: saying('busy'),
            peers: { delivery: { peers: true }, fetch: saying('suspended') },
        });
        await expect(cocoon.whyNoBid('mine')).resolves.toEqual({
            answers: [
                { endpoint: BY_URL, reason: { code: 'busy' } },
                { endpoint: BY_KEY, reason: { code: 'suspended' } },
            ],
            ...{ unaware: [], failed: [] },
        });
        const path = whyPath(ESCROW, 7, hashToHex(sha256(SPEC)));
        expect(asked).toEqual([`${BY_URL}${path}`, `${BY_KEY}${path}`]);
    });
});
