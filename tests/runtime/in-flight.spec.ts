import {
    existsSync,
    linkSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '../../runtime/in-flight';
import { InFlight } from '../../runtime/in-flight';
import type { ChildMessage, ItemResult } from '../../runtime/messages';
import { packMessage, parseChildMessage } from '../../runtime/messages';
import type { ExecutionOutcome } from '../../runtime/outcome';
import { Run } from '../../runtime/run';

const BOUNDS = { maxOutstandingItems: 100, maxOutstandingBytes: 1000 };
const OK: ItemResult = { kind: 'inline', bytes: new Uint8Array(1), elapsedUs: 5 };

function results(
    batch: number,
    from: number,
    count: number,
    done: boolean,
): ChildMessage & { type: 'results' } {
    const list = new Array<ItemResult>(count).fill(OK);
    return { type: 'results', batch, from, results: list, done, rssBytes: 0 };
}

function tooLarge(bytes: number) {
    const result: ItemResult = { kind: 'inline', bytes: new Uint8Array(bytes), elapsedUs: 5 };
    return { ...results(0, 0, 1, false), results: [result] };
}

/** A run of five items: two in batch 0, three in batch 1, all with one child. */
function inFlight(attempts = 2, store?: Batch['store']) {
    const run = new Run(
        Array.from({ length: 5 }, () => new Uint8Array(1)),
        BOUNDS,
        { wake: () => undefined },
    );
    run.start();
    const flight = new InFlight(attempts, 1000);
    flight.add({ id: 0, run, entries: run.take(2, 100), store });
    flight.add({ id: 1, run, entries: run.take(3, 100), store });
    return { run, flight, left: () => run.take(100, 1000).map(({ index }) => index) };
}

async function next(run: Run): Promise<ExecutionOutcome | undefined> {
    return run.next();
}

describe('a message of results', () => {
    it('settles the items in turn, a part at a time', async () => {
        const { run, flight } = inFlight();
        expect(flight.accept(results(0, 0, 1, false))).toBe(true);
        expect(flight.accept(results(0, 1, 1, true))).toBe(true);
        expect(flight.accept(results(1, 0, 3, true))).toBe(true);
        expect(flight.count).toBe(0);
        for (const index of [0, 1, 2, 3, 4]) expect(await next(run)).toMatchObject({ index });
        expect(await next(run)).toBeUndefined();
    });

    it.each([
        ['of another batch', results(1, 0, 1, false)],
        ['out of turn', results(0, 1, 1, true)],
        ['of more items than were sent', results(0, 0, 3, true)],
        ['that ends early', results(0, 0, 1, true)],
        ['without anything', results(0, 0, 0, false)],
        ['with a larger output than is allowed', tooLarge(1001)],
    ])('%s is not believed', (_, message) => {
        expect(inFlight().flight.accept(message)).toBe(false);
    });

    it('may end early when the batch was cancelled', () => {
        const { run, flight } = inFlight();
        expect(flight.cancel(run)).toEqual([0, 1]);
        expect(flight.headCancelled).toBe(true);
        expect(flight.accept(results(0, 0, 1, true))).toBe(true);
    });
});

describe('a death', () => {
    it('gives all items back in order when none was running', () => {
        const { flight, left } = inFlight();
        flight.accept(results(0, 0, 1, false));
        flight.settleDeath('itself', undefined, 0);
        expect(left()).toEqual([1, 2, 3, 4]);
    });

    it('is forgiven to the running item once, and charged the second time', async () => {
        const { run, flight } = inFlight();
        flight.settleDeath('itself', { batch: 0, item: 1 }, 0);
        const entries = run.take(100, 1000);
        expect(entries.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
        flight.add({ id: 2, run, entries, store: undefined });
        flight.settleDeath('itself', { batch: 2, item: 1 }, 0);
        expect(await next(run)).toMatchObject({ index: 1, error: { code: 'PROCESS_DIED' } });
        expect(run.take(100, 1000).map(({ index }) => index)).toEqual([0, 2, 3, 4]);
    });

    it('by the time limit is charged at once, with the time', async () => {
        const { run, flight, left } = inFlight();
        flight.settleDeath('time', { batch: 0, item: 0 }, 250);
        expect(await next(run)).toMatchObject({
            index: 0,
            error: { code: 'TIME_LIMIT' },
            elapsedUs: 250_000,
        });
        expect(left()).toEqual([1, 2, 3, 4]);
    });

    it('is not charged to an item whose result came in time', () => {
        const { flight, left } = inFlight(1);
        flight.accept(results(0, 0, 1, false));
        flight.settleDeath('time', { batch: 0, item: 0 }, 250);
        expect(left()).toEqual([1, 2, 3, 4]);
    });

    it('on request is charged to nobody', () => {
        const { flight, left } = inFlight(1);
        flight.settleDeath('requested', { batch: 0, item: 0 }, 0);
        expect(left()).toEqual([0, 1, 2, 3, 4]);
    });

    it('without a running item is charged to the first one when it happens again and again', async () => {
        const { run, flight } = inFlight();
        for (let id = 2; id < 5; id++) {
            flight.settleDeath('itself', undefined, 0);
            flight.add({ id, run, entries: run.take(100, 1000), store: undefined });
        }
        expect(await next(run)).toMatchObject({ index: 0, error: { code: 'PROCESS_DIED' } });
    });
});

/** A file system of its own on Linux. */
const OTHER_DISK = '/dev/shm';

const FILE = {
    kind: 'file',
    sha256: 'ab'.repeat(32),
    sizeBytes: 4,
    pack: 0,
    offset: 0,
    elapsedUs: 1,
} as const satisfies ItemResult;

describe('packs of outputs', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    function stored(change: (path: string) => void = () => undefined) {
        const [prefix, destination] = [join(folder, 'child'), join(folder, 'job')];
        const { run, flight } = inFlight(2, { prefix, destination, inlineMaxBytes: 0 });
        writeFileSync(`${prefix}-0`, 'four');
        change(`${prefix}-0`);
        const told = { ...results(0, 0, 1, false), results: [FILE] };
        const accepted = flight.accept(told);
        const left = readdirSync(folder);
        return { run, flight, accepted, left, destination };
    }

    it('are taken out of the folder of the child', async () => {
        const { run, accepted, left, destination } = stored();
        expect([accepted, left]).toEqual([true, ['job-0']]);
        const slice = { path: `${destination}-0`, offset: 0, length: 4 };
        expect(await next(run)).toMatchObject({ status: 'stored', slice });
    });

    it('may grow by outputs that follow, also where somebody has moved them on', async () => {
        const { run, flight, destination } = stored();
        await next(run);
        renameSync(`${destination}-0`, join(folder, 'elsewhere'));
        const more = { ...FILE, offset: 4096 };
        expect(flight.accept({ ...results(0, 1, 1, false), results: [more] })).toBe(true);
        const slice = { path: `${destination}-0`, offset: 4096, length: 4 };
        expect(await next(run)).toMatchObject({ status: 'stored', slice });
    });

    it.each([
        ['over the one before it', { offset: 0 }],
        ['not right behind it', { offset: 8192 }],
    ])('are not believed when an output lies %s', (_, output) => {
        const { flight } = stored();
        const more = { ...FILE, ...output };
        expect(flight.accept({ ...results(0, 1, 1, false), results: [more] })).toBe(false);
    });

    (existsSync(OTHER_DISK) ? it : it.skip)(
        'are copied output by output to another disk',
        async () => {
            const other = mkdtempSync(join(OTHER_DISK, 'cocoon-test-'));
            try {
                const [prefix, destination] = [join(folder, 'child'), join(other, 'job')];
                const { run, flight } = inFlight(2, { prefix, destination, inlineMaxBytes: 0 });
                writeFileSync(
                    `${prefix}-0`,
                    `four${'\0'.repeat(4092)}more, and what is on its way`,
                );
                const two = [FILE, { ...FILE, offset: 4096 }];
                expect(flight.accept({ ...results(0, 0, 2, true), results: two })).toBe(true);
                for (const text of ['four', 'more']) {
                    const outcome = await next(run);
                    if (outcome?.status !== 'stored') throw new Error('It is not stored.');
                    expect(outcome.slice).toMatchObject({ offset: 0, length: 4 });
                    expect(readFileSync(outcome.slice.path, 'utf8')).toBe(text);
                }
            } finally {
                rmSync(other, { recursive: true });
            }
        },
    );

    it('are removed where nobody waits for them', () => {
        const [prefix, destination] = [join(folder, 'child'), join(folder, 'job')];
        const { run, flight } = inFlight(2, { prefix, destination, inlineMaxBytes: 0 });
        writeFileSync(`${prefix}-0`, 'four');
        run.close();
        expect(flight.accept({ ...results(0, 0, 1, false), results: [FILE] })).toBe(true);
        expect(readdirSync(folder)).toEqual([]);
    });

    it.each([
        [
            'a link to what the child may not read',
            (path: string) => (rmSync(path), symlinkSync('/etc/passwd', path)),
        ],
        ['another name of a file', (path: string) => linkSync(path, `${path}-2`)],
        ['a folder', (path: string) => (rmSync(path), mkdirSync(path))],
        ['too short', (path: string) => writeFileSync(path, 'for')],
    ])('are not taken when one is %s', (_, change) => {
        const { accepted, left } = stored(change);
        expect(accepted).toBe(false);
        expect(left).not.toContain('job-0');
    });

    it('end the run, and blame nobody, when one is not there', async () => {
        const { run, accepted } = stored((path) => rmSync(path));
        expect(accepted).toBe(true);
        await expect(next(run)).rejects.toMatchObject({ code: 'RUNTIME_DISK' });
    });
});

describe('a message from a child', () => {
    const mixed = { ...results(3, 0, 0, true), results: [OK, FILE, { ...OK, elapsedUs: 6 }] };

    /** The message as it travels, with some of it changed. */
    function changed(fields: object, inResults: object = {}): unknown {
        const packed = packMessage(mixed) as { results: object };
        return { ...packed, ...fields, results: { ...packed.results, ...inResults } };
    }

    it.each([
        ['nothing', undefined],
        ['a text', 'loaded'],
        ['an unknown type', { type: 'more' }],
        ['a refusal for no known reason', { type: 'refused', reason: 'x', message: '' }],
        ['a negative position', changed({ from: -1 })],
        ['a fractional memory', changed({ rssBytes: 0.5 })],
        ['outputs that are no bytes', changed({}, { outputs: 'xx' })],
        ['outputs that end early', changed({}, { outputs: new Uint8Array(1) })],
        ['outputs that belong to no result', changed({}, { outputs: new Uint8Array(3) })],
        ['lengths of another kind', changed({}, { lengths: [1, 1] })],
        ['a time too few', changed({}, { elapsedUs: new Float64Array(2) })],
        ['a time that is none', changed({}, { elapsedUs: new Float64Array([5, 5, NaN]) })],
        ['a result too few', changed({}, { others: [] })],
        ['a result too many', changed({}, { others: [FILE, FILE] })],
        [
            'a hash that leads elsewhere',
            changed({}, { others: [{ ...FILE, sha256: '../'.repeat(22) }] }),
        ],
    ])('of %s is none', (_, value) => {
        expect(parseChildMessage(value)).toBeUndefined();
    });

    it('keeps the fields that it should have and no others', () => {
        expect(parseChildMessage(changed({ extra: 1 }))).toEqual(mixed);
    });
});
