import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { identityManifest, identityModel as numberModel } from '../../bench/identity-model';
import {
    bytesToUtf8,
    decodeBatch,
    encodeBatch,
    encodeItem,
    encodeJobSpec,
    hashToHex,
    inputsRoot,
    type Item,
    itemHash,
    type ModelManifest,
    sha256,
    tensorOf,
    tensorValues,
    utf8ToBytes,
} from '../../protocol';
import {
    type CocoonOptions,
    createCocoon,
    createSealing,
    type ItemResult,
    type JobEvent,
    type JobResult,
    prepareJob,
    type PreparedJob,
    pushBlob,
} from '../../sdk';
import { identityModel } from '../runtime/onnx-models';
import { PRICE, until, World } from './world';

jest.setTimeout(60_000);

/** What must not be found anywhere. */
const MARKER = `the-question-that-nobody-else-may-read-${randomBytes(8).toString('hex')}`;

function textModel(): { manifest: ModelManifest; bytes: Uint8Array } {
    const bytes = identityModel('string');
    const file = { path: 'text.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    const tensor = (name: string) => ({ name, dtype: 'string' as const, shape: ['n'] });
    const manifest: ModelManifest = {
        format: 'cocoon.model/1',
        name: 'text',
        revision: '1',
        licence: 'Apache-2.0',
        files: [{ ...file, sources: [] }],
        entry: file.path,
        inputs: [tensor('x')],
        outputs: [tensor('y')],
        comparison: { class: 'exact' },
    };
    return { manifest, bytes };
}

function textItem(text: string): Item {
    return new Map([['x', tensorOf('string', [1], [text])]]);
}

function textOf(item: ItemResult | undefined): string | undefined {
    const y = item?.status === 'done' ? item.output.get('y') : undefined;
    return y?.dtype === 'string' ? bytesToUtf8(y.data[0] ?? new Uint8Array(0)) : undefined;
}

function numbersOf({ items }: JobResult): unknown[] {
    return items.map((item) => {
        const y = item.status === 'done' ? item.output.get('y') : undefined;
        return y && tensorValues(y)[0];
    });
}

/** Files that hold a text now, in the folders that this project has made since. */
function filesWith(text: string | Uint8Array, before: ReadonlySet<string>): string[] {
    const folders = temporaryFolders().filter((name) => !before.has(name));
    return folders
        .flatMap((name) => filesOf(join(tmpdir(), name)))
        .filter((path) => {
            try {
                return readFileSync(path).includes(Buffer.from(text));
            } catch {
                return false; // it has just been removed
            }
        });
}

function temporaryFolders(): string[] {
    return readdirSync(tmpdir()).filter((name) => name.startsWith('cocoon-'));
}

function filesOf(folder: string): string[] {
    try {
        return readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name));
    } catch {
        return []; // it has just been removed
    }
}

describe('A sealed job', () => {
    let world: World;
    beforeAll(async () => {
        world = await World.create();
        const { provider } = world.stage.operators[0]!;
        await pushBlob(numberModel(), `${provider.url}/blobs`);
    });
    afterAll(() => world.stop());

    const cocoon = (options: Partial<CocoonOptions> = {}) => {
        const { devnet, market, client: sender } = world.stage;
        const { endpoint } = devnet;
        return createCocoon({ endpoint, market: market.address, sender, pollMs: 10, ...options });
    };
    const request = (values: readonly number[]) => ({
        manifest: identityManifest(),
        items: values.map((value) => new Map([['x', tensorOf('float32', [1], [value])]])),
        ceiling: 2n * PRICE * BigInt(values.length),
        commitWindowSeconds: 60,
        sealed: true,
    });

    it('is done by a node that is given the key once it has won, and opened by its client', async () => {
        const job = await world.job([1, 2, 3], { sealing: createSealing() });
        const events: JobEvent[] = [];
        const result = await world.run(job, { onEvent: (event) => events.push(event) });
        expect(numbersOf(result)).toEqual([1, 2, 3]);
        expect(result.accepted).toBe(true);
        const kinds = events.map(({ kind }) => kind);
        expect(kinds.indexOf('key-given')).toBeGreaterThan(kinds.indexOf('assigned'));
    });

    it('is found again on another machine by its secret, its Escrow and its number alone', async () => {
        const secret = randomBytes(32);
        const result = await cocoon({ secret }).submit(request([4, 5])).result;
        expect(numbersOf(result)).toEqual([4, 5]);

        const { escrow, jobId } = result.ticket;
        const elsewhere = cocoon({ secret, sender: undefined });
        expect(numbersOf(await elsewhere.recover({ escrow, jobId }).result)).toEqual([4, 5]);

        const stranger = cocoon({ secret: randomBytes(32) }).recover({ escrow, jobId });
        await expect(stranger.result).rejects.toMatchObject({ code: 'NOT_THE_CLIENT' });
        const nobody = cocoon().recover({ escrow, jobId }).result;
        await expect(nobody).rejects.toMatchObject({ code: 'NO_SECRET' });
    });

    it('is done while its client is away, where it left the key, and collected and accepted later', async () => {
        const secret = randomBytes(32);
        const leaving = cocoon({ secret }).submit({ ...request([6]), leaveKey: true });
        for await (const { kind } of leaving) if (kind === 'posted') break;
        leaving.stop();
        await leaving.result.catch(() => undefined);
        const [escrowText = '', jobText] = (await leaving.id).split('/');
        const jobId = Number(jobText);
        await until(() =>
            world.events.some(({ event }) => event.kind === 'committed' && event.jobId === jobId),
        );
        const back = cocoon({ secret, sender: undefined }).recover({ escrow: escrowText, jobId });
        const result = await back.result;
        expect(numbersOf(result)).toEqual([6]);
        expect(result.accepted).toBe(true);
    });

    it('is left to others by a node that was not left the key, and given back by one that waits for it in vain', async () => {
        const left = await world.job([7], { sealing: createSealing({ handover: 'before' }) });
        const posted = await world.post(left);
        await until(() =>
            world.events.some(
                ({ event }) =>
                    event.kind === 'passed' &&
                    event.jobId === posted.jobId &&
                    event.reason === 'sealed',
            ),
        );
        const silent = await world.post(await world.job([8], { sealing: createSealing() }));
        await until(() =>
            world.events.some(
                ({ event }) =>
                    event.kind === 'declined' &&
                    event.jobId === silent.jobId &&
                    event.reason === 'sealed',
            ),
        );
    });

    it('is given back under a spec that commits to other keys of its items', async () => {
        const job = await world.job([11], { sealing: createSealing() });
        const { privacy } = job.spec;
        if (privacy.mode !== 'sealed') throw new TypeError('The job is not sealed.');
        const spec = { ...job.spec, privacy: { ...privacy, itemKeys: privacy.keyHash } };
        const specBytes = encodeJobSpec(spec);
        const lying = { ...job, spec, specBytes, specHash: sha256(specBytes) };
        const running = world.run(lying);
        running.catch(() => undefined);
        await until(() =>
            world.events.some(
                ({ event }) => event.kind === 'declined' && event.reason === 'spec-mismatch',
            ),
        );
    });

    it('takes an input that its client did not seal for one that is no item', async () => {
        const sealing = createSealing();
        const good = await world.job([9], { sealing });
        // Sealed for another place: the second item stands where the first belongs.
        const two = prepareJob({
            manifest: identityManifest(),
            items: [9, 10].map((value) => encodeItem({ x: tensorOf('float32', [1], [value]) })),
            sources: [...good.spec.sources],
            sealing,
        });
        const swapped = await swap(two);
        const result = await world.run(swapped);
        expect(result.items.map((item) => item.status === 'failed' && item.name)).toEqual([
            'INPUT_INVALID',
            'INPUT_INVALID',
        ]);
    });

    /** The same job with its two inputs in each other's places. */
    async function swap(job: PreparedJob): Promise<PreparedJob> {
        const { contentKey } = job;
        const [manifest = new Uint8Array(0), batch = new Uint8Array(0)] = job.blobs;
        const items = decodeBatch(batch).reverse();
        const bytes = encodeBatch(items);
        const inputHashes = items.map(itemHash);
        const spec = {
            ...job.spec,
            inputs: {
                root: hashToHex(inputsRoot(inputHashes)),
                count: 2,
                batches: [{ sha256: hashToHex(sha256(bytes)), bytes: bytes.length, items: 2 }],
            },
        };
        const specBytes = encodeJobSpec(spec);
        for (const blob of [manifest, bytes]) await world.stage.blobs.write(blob);
        const blobs = [manifest, bytes];
        const specHash = sha256(specBytes);
        return { ...job, spec, specBytes, specHash, inputHashes, blobs, contentKey };
    }
});

describe('What a sealed job says', () => {
    const before = new Set(temporaryFolders());
    let world: World;
    let log = '';
    beforeAll(async () => {
        const logger = pino({ level: 'trace' }, { write: (line: string) => void (log += line) });
        world = await World.create({ logger });
    });
    afterAll(() => world.stop());

    async function run(sealed: boolean): Promise<readonly string[]> {
        const { manifest, bytes } = textModel();
        // One result travels in a batch, the other is a blob of its own.
        const texts = [MARKER, MARKER.repeat(4_000)];
        const job = prepareJob({
            manifest,
            items: texts.map(textItem),
            sources: [`${world.stage.blobServer.url}/blobs`],
            limits: { outputBytesPerItem: 1024 ** 2 },
            sealing: sealed ? createSealing() : undefined,
        });
        for (const blob of [...job.blobs, bytes]) await world.stage.blobs.write(blob);
        const seen = new Set<string>();
        const looking = setInterval(() => {
            for (const path of filesWith(MARKER, before)) seen.add(path);
        }, 100);
        const result = await world.run(job);
        clearInterval(looking);
        expect(result.items.map(textOf)).toEqual(texts);
        // The key stands nowhere either.
        if (job.contentKey !== undefined) expect(filesWith(job.contentKey, before)).toEqual([]);
        for (const path of filesWith(MARKER, before)) seen.add(path);
        return [...seen];
    }

    it('stands in no file, log, metric or status of the node, nor of whoever serves its inputs', async () => {
        expect(await run(true)).toEqual([]);
        const { provider } = world.stage.operators[0]!;
        const pages = await Promise.all(
            ['/metrics', '/status'].map(async (path) => {
                const response = await fetch(`${provider.adminUrl}${path}`);
                expect(response.status).toBe(200);
                return response.text();
            }),
        );
        expect(log).not.toBe('');
        for (const text of [log, ...pages]) {
            expect(text).not.toContain(MARKER);
            expect(text).not.toContain(
                Buffer.from(utf8ToBytes(MARKER)).toString('base64').slice(4, 40),
            );
            expect(text).not.toContain(Buffer.from(utf8ToBytes(MARKER)).toString('hex'));
        }
        // Where it is public it does, so that this would have been seen.
        expect(await run(false)).not.toEqual([]);
    });
});
