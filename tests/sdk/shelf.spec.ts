import 'fake-indexeddb/auto';
import { indexedDB } from 'fake-indexeddb';
import { createIndexedDbShelf, createMemoryShelf, type JobShelf, type KeptJob } from '../../sdk';

function kept(id: string, submittedAt: number): KeptJob {
    return {
        id,
        ticket: '{}',
        label: 'a job',
        specBytes: Uint8Array.of(1, 2),
        inputHashes: new Uint8Array(32),
        blobs: [Uint8Array.of(3), new Uint8Array(0)],
        client: `0:${'00'.repeat(32)}`,
        terms: {
            ceiling: '1000000000000000000',
            takePrice: '0',
            bidWindowSeconds: 30,
            commitWindowSeconds: 600,
        },
        submittedAt,
        state: 'kept',
    };
}

interface Opening {
    onsuccess: () => void;
    readonly result: { readonly version: number; close(): void };
}

/** As a page of that version opens the database, by what every browser has. */
function openedVersion(name: string, version: number): Promise<number> {
    const factory = indexedDB as unknown as { open(name: string, version: number): Opening };
    const opening = factory.open(name, version);
    return new Promise((resolve) => {
        opening.onsuccess = () => {
            resolve(opening.result.version);
            opening.result.close();
        };
    });
}

describe.each<[string, () => JobShelf]>([
    ['in memory', createMemoryShelf],
    ['in a browser', () => createIndexedDbShelf(`test-${Math.random()}`)],
])('A shelf %s', (_, create) => {
    it('keeps jobs, the newest first, and forgets them when it is told to', async () => {
        const shelf = create();
        expect(await shelf.list()).toEqual([]);
        expect(await shelf.get('a')).toBeUndefined();
        for (const [id, at] of [
            ['a', 1],
            ['b', 3],
            ['c', 2],
        ] as const) {
            await shelf.put(kept(id, at));
        }
        await shelf.put({ ...kept('a', 1), state: 'done', blobs: [] });
        expect((await shelf.list()).map(({ id }) => id)).toEqual(['b', 'c', 'a']);
        expect(await shelf.get('a')).toEqual({ ...kept('a', 1), state: 'done', blobs: [] });
        expect(await shelf.get('b')).toEqual(kept('b', 3));
        await shelf.remove('b');
        await shelf.remove('never there');
        expect((await shelf.list()).map(({ id }) => id)).toEqual(['c', 'a']);
    });
});

describe('A shelf in a browser', () => {
    it('is the same for all pages of an origin, also after a reload', async () => {
        const name = `shared-${Math.random()}`;
        const [page, tab] = [createIndexedDbShelf(name), createIndexedDbShelf(name)];
        await page.put(kept('a', 1));
        expect(await tab.get('a')).toEqual(kept('a', 1));
        await tab.remove('a');
        expect(await page.list()).toEqual([]);
    });

    it('makes room for a newer version of the page, and goes on with it', async () => {
        const name = `upgraded-${Math.random()}`;
        const shelf = createIndexedDbShelf(name);
        await shelf.put(kept('a', 1));
        // Opens only when the shelf has closed its own.
        expect(await openedVersion(name, 2)).toBe(2);
    });
});
