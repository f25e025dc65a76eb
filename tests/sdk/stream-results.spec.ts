import { encodeBatch, tensorValues } from '../../protocol';
import {
    createMemoryOutputStore,
    fetchResults,
    type ItemResult,
    openResults,
    streamResults,
    type StreamResultsRequest,
} from '../../sdk';
import { FAULTS, item, type Outcome, ServedJob, type ServedJobOptions } from './served-job';

const jobs: ServedJob[] = [];
afterEach(async () => {
    await Promise.all(jobs.splice(0).map((job) => job.stop()));
});

async function serve(options: ServedJobOptions): Promise<ServedJob> {
    const job = await ServedJob.start(options);
    jobs.push(job);
    return job;
}

/** Small outputs at even indexes, large ones at odd ones, an error at 3. */
const OUTCOMES: readonly Outcome[] = [0, 1, 2, 3, 4, 5, 6, 7].map((index) =>
    index === 3 ? 4 : item(index, index % 2 === 0 ? 1 : 1000),
);

async function collect(
    job: ServedJob,
    options: Partial<StreamResultsRequest> = {},
): Promise<ItemResult[]> {
    const request = job.request();
    const results = await openResults(request);
    const items: ItemResult[] = [];
    for await (const one of streamResults({ ...request, results, ...options })) {
        expect(items[one.index]).toBeUndefined();
        items[one.index] = one;
    }
    return items;
}

function verdict(result: ItemResult): string {
    return result.status === 'done' ? 'done' : result.name;
}

describe('Results', () => {
    it('are streamed one by one, each proved, failed ones with the committed reason', async () => {
        const items = await collect(await serve({ outcomes: OUTCOMES }));
        expect(items).toHaveLength(8);
        const values = items.map((one) =>
            one.status === 'done' ? tensorValues(one.output.get('y')!)[0] : one.name,
        );
        expect(values).toEqual([0, 1, 2, 'TIME_LIMIT', 4, 5, 6, 7]);
        expect(items[3]).toEqual({
            status: 'failed',
            index: 3,
            committed: true,
            code: 4,
            name: 'TIME_LIMIT',
        });
    });

    it('are collected in the order of the items', async () => {
        const job = await serve({ outcomes: OUTCOMES, batchItems: 2 });
        const { items, missing, bytes } = await fetchResults(job.request());
        expect(items.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(missing).toEqual([]);
        expect(bytes).toBeGreaterThan(12_000);
    });

    it('that are equal are downloaded once', async () => {
        const outcomes = [item(1, 1000), item(2, 1000), item(1, 1000), item(1, 1000)];
        const job = await serve({ outcomes });
        const items = await collect(job);
        expect(items.map(verdict)).toEqual(['done', 'done', 'done', 'done']);
        expect(job.count(ServedJob.path(item(1, 1000)))).toBe(1);
    });

    it('come from the store where that has them, and are checked again', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const store = createMemoryOutputStore();
        await fetchResults(job.request({ store }));
        job.asked.length = 0;
        const { missing, bytes } = await fetchResults(job.request({ store }));
        expect(missing).toEqual([]);
        expect(job.asked).toEqual([ServedJob.document]);
        expect(bytes).toBeLessThan(1000);
        const spoilt = {
            has: () => Promise.resolve(true),
            get: () => Promise.resolve(Uint8Array.of(1)),
            put: () => Promise.resolve(),
        };
        const again = await fetchResults(job.request({ store: spoilt }));
        expect(again.items.filter(({ status }) => status === 'done')).toHaveLength(7);
    });

    it('are asked for again by their indexes', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const request = job.request();
        const results = await openResults(request);
        const indexes: number[] = [];
        const stream = streamResults({ ...request, results, wanted: [5, 7] });
        for await (const { index } of stream) indexes.push(index);
        expect(indexes).toEqual([5, 7]);
        expect(job.count(ServedJob.path(item(1, 1000)))).toBe(0);
    });

    it('are fetched no further ahead than the consumer reads', async () => {
        const outcomes = Array.from({ length: 60 }, (_, i) => item(i, 1000));
        const job = await serve({ outcomes });
        const request = job.request();
        const results = await openResults(request);
        const asked = () => job.asked.length - 2;
        let read = 0;
        for await (const { index } of streamResults({ ...request, results, concurrency: 4 })) {
            expect(index).toBe(read++);
            expect(asked()).toBeLessThanOrEqual(read + 4);
        }
        expect(read).toBe(60);
    });

    it('tell how far they are, at the end in any case', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const seen: unknown[] = [];
        await collect(job, { onProgress: (progress) => seen.push(progress) });
        expect(seen.at(-1)).toMatchObject({ finished: 8, items: 8 });
    });

    it('end with the signal, and leave no request behind', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const request = job.request();
        const results = await openResults(request);
        job.faults.set('*', FAULTS.neverAnswers);
        const controller = new AbortController();
        const { signal } = controller;
        const reading = (async () => {
            const stream = streamResults({ ...request, results, signal });
            while (!(await stream.next()).done);
        })();
        controller.abort(new Error('enough'));
        await expect(reading).rejects.toThrow('enough');
    });

    it('leave no request behind when the reader leaves', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const request = job.request();
        const results = await openResults(request);
        const open = new Set<unknown>();
        for (const outcome of OUTCOMES.slice(4)) {
            if (typeof outcome === 'number' || outcome.length < 1000) continue;
            job.faults.set(ServedJob.path(outcome), (asked) => {
                open.add(asked);
                asked.socket.once('close', () => open.delete(asked));
            });
        }
        for await (const { index } of streamResults({ ...request, results })) {
            if (index === 1) break;
        }
        while (open.size > 0) await new Promise((resolve) => setImmediate(resolve));
    });
});

describe('An output that does not come', () => {
    const LARGE = OUTCOMES[5] as Uint8Array;

    it.each([
        ['is not there', FAULTS.refuses, 'OUTPUT_UNAVAILABLE'],
        ['ends in an error of the server', FAULTS.isBroken, 'OUTPUT_UNAVAILABLE'],
        ['is never sent', FAULTS.neverAnswers, 'OUTPUT_UNAVAILABLE'],
        ['stops after the headers', FAULTS.stopsAfterHeaders, 'OUTPUT_UNAVAILABLE'],
        ['drips', FAULTS.drips, 'OUTPUT_UNAVAILABLE'],
        ['ends with the connection', FAULTS.hangsUp, 'OUTPUT_UNAVAILABLE'],
        ['is cut off', FAULTS.isTruncated, 'OUTPUT_UNAVAILABLE'],
        ['leads elsewhere', FAULTS.redirects, 'OUTPUT_UNAVAILABLE'],
        ['has other bytes', FAULTS.saysNonsense, 'OUTPUT_MISMATCH'],
        ['is larger than the job allows', FAULTS.isEndless, 'OUTPUT_MISMATCH'],
    ])('is a typed failure at its index when it %s', async (_name, fault, name) => {
        const job = await serve({ outcomes: OUTCOMES });
        job.faults.set(ServedJob.path(LARGE), fault);
        const items = await collect(job, { timeoutMs: 100 });
        expect(items[5]).toMatchObject({ status: 'failed', index: 5, committed: false, name });
        const others = items.filter(({ index }) => index !== 5).map(verdict);
        expect(others.filter((one) => one === 'done')).toHaveLength(6);
    });

    it('costs no other output of its batch, when that was changed', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const [batch] = job.batches;
        const changed = encodeBatch([item(0), item(99), item(4), item(6)]);
        job.blobs.set(`/blobs/${batch!.sha256}`, changed);
        const items = await collect(job);
        expect(items.map(verdict)).toEqual([
            'done',
            'done',
            'OUTPUT_MISMATCH',
            'TIME_LIMIT',
            'done',
            'done',
            'done',
            'done',
        ]);
    });

    it('costs none before it, when its batch is cut off', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const [batch] = job.batches;
        const path = `/blobs/${batch!.sha256}`;
        job.blobs.set(path, job.blobs.get(path)!.subarray(0, 45));
        const items = await collect(job);
        expect([0, 2, 4, 6].map((index) => verdict(items[index]!))).toEqual([
            'done',
            'done',
            'OUTPUT_MISMATCH',
            'OUTPUT_MISMATCH',
        ]);
    });

    it('is malformed when it is what was committed and no item', async () => {
        const job = await serve({ outcomes: [item(1), Uint8Array.of(1, 2)] });
        expect((await collect(job)).map(verdict)).toEqual(['done', 'OUTPUT_MALFORMED']);
    });

    it('is unavailable when its leaf names a batch that is not there', async () => {
        const job = await serve({ outcomes: [item(1), item(2)] });
        const request = job.request();
        const results = await openResults(request);
        const stream = streamResults({ ...request, results: { ...results, batches: [] } });
        const verdicts: string[] = [];
        for await (const one of stream) verdicts.push(verdict(one));
        expect(verdicts).toEqual(['OUTPUT_UNAVAILABLE', 'OUTPUT_UNAVAILABLE']);
    });

    it('is not waited for again and again once the node does not answer at all', async () => {
        const outcomes = Array.from({ length: 100 }, (_, i) => item(i, 1000));
        const job = await serve({ outcomes });
        const request = job.request();
        const results = await openResults(request);
        job.asked.length = 0;
        job.faults.set('*', FAULTS.hangsUp);
        const verdicts = new Set<string>();
        for await (const one of streamResults({ ...request, results })) verdicts.add(verdict(one));
        expect([...verdicts]).toEqual(['OUTPUT_UNAVAILABLE']);
        // 8 in a row, those on their way with them, each twice.
        expect(job.asked.length).toBeLessThanOrEqual(2 * (8 + 6));
    });
});

describe('A node that does not say what its results are', () => {
    it.each([
        ['does not have them', FAULTS.refuses],
        ['never answers', FAULTS.neverAnswers],
        ['drips', FAULTS.drips],
        ['cuts its answer off', FAULTS.isTruncated],
        ['leads elsewhere', FAULTS.redirects],
    ])('is a typed error when it %s', async (_name, fault) => {
        const job = await serve({ outcomes: OUTCOMES });
        job.faults.set(ServedJob.document, fault);
        const opening = openResults(job.request({ timeoutMs: 50 }));
        await expect(opening).rejects.toMatchObject({ code: 'RESULTS_UNAVAILABLE' });
    });

    it.each([
        ['writes nonsense', FAULTS.saysNonsense],
        ['writes without end', FAULTS.isEndless],
    ])('is refused when it %s', async (_name, fault) => {
        const job = await serve({ outcomes: OUTCOMES });
        job.faults.set(ServedJob.document, fault);
        const opening = openResults(job.request());
        await expect(opening).rejects.toMatchObject({
            code: 'RESULT_REFUSED',
            reason: 'malformed',
        });
    });

    it('is refused when it has results for another number of items', async () => {
        const job = await serve({
            outcomes: OUTCOMES,
            document: (honest) => ({
                ...honest,
                count: 7,
                leaves: { ...honest.leaves, bytes: 7 * 36 },
            }),
        });
        await expect(openResults(job.request())).rejects.toMatchObject({ reason: 'count' });
    });

    it('is a typed error when its leaves are not those that it names', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        job.blobs.set(ServedJob.path(job.leaves.bytes), new Uint8Array(8 * 36));
        const opening = openResults(job.request());
        await expect(opening).rejects.toMatchObject({
            code: 'RESULTS_UNAVAILABLE',
            cause: { code: 'BLOB_UNAVAILABLE' },
        });
    });

    it('is refused when its leaves are not those on chain, before an output is fetched', async () => {
        const job = await serve({ outcomes: OUTCOMES });
        const commit = { root: job.root + 1n, faulty: job.faulty };
        const opening = openResults(job.request({ commit }));
        await expect(opening).rejects.toMatchObject({ code: 'RESULT_REFUSED', reason: 'root' });
        expect(job.asked).toHaveLength(2);
    });
});
