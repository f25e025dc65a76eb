import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
    encodeItem,
    hashToHex,
    type ModelManifest,
    sha256,
    tensorOf,
    tensorValues,
} from '../../protocol';
import { describeModel } from '../../runtime';
import {
    connect,
    decodeTicket,
    encodeTicket,
    estimateJob,
    type Fetch,
    type JobResult,
    type JobTicket,
    type OutputStore,
    postJob,
    type PreparedJob,
    prepareJob,
    readJobHistory,
    resumeJob,
    type ResumeJobRequest,
    runJob,
    type RunJobRequest,
    transactionsAfter,
} from '../../sdk';
import { createBlobStore, createFolderOutputStore } from '../../sdk/node';
import { readClosings, readEscrowNote } from '../../wrappers';
import { standingClock, until, World } from '../provider/world';
import { growModel } from '../runtime/onnx-models';

const NANO = 1_000n;

let world: World;
let folder: string;
/**
 * The chain's time stands where no test moves it: a client has ten seconds to accept, and what it
 * does before takes longer where others keep the machine busy.
 */
let clock = standingClock();

beforeAll(async () => {
    world = await World.create({
        operators: [{ name: 'node', nanoPerItem: NANO }],
        nowMs: () => clock(),
    });
});
afterAll(() => world.stop());
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cocoon-client-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What a client has on disk, and processes that may end at any moment. */
class Client {
    /** How often each blob was downloaded, over all processes. */
    readonly downloads = new Map<string, number>();
    readonly #ticketPath = join(folder, 'ticket.json');

    constructor(
        readonly job: PreparedJob,
        readonly options: Partial<RunJobRequest> = {},
    ) {}

    get ticket(): JobTicket {
        return decodeTicket(readFileSync(this.#ticketPath, 'utf8'));
    }

    /** Runs the job until an event or the step named `at`, where the process ends. */
    async runUntil(at: string): Promise<void> {
        const killed = new AbortController();
        const kill = (step: string) => {
            if (step === at) killed.abort(new Error('killed'));
        };
        const { client } = world.stage;
        const request = world.request(this.job, {
            ...this.#process((blobs) => kill(`${blobs} blobs`)),
            ...this.options,
            signal: killed.signal,
            sender: {
                address: client.address,
                send: async (message) => {
                    await client.send(message);
                    kill('sent');
                },
            },
            onTicket: (ticket) => {
                writeFileSync(this.#ticketPath, encodeTicket(ticket));
                kill('ticket');
            },
            onEvent: ({ kind }) => kill(kind),
        });
        await expect(runJob(request)).rejects.toThrow('killed');
    }

    /** What a new process does, with nothing but what is on disk. */
    resume(options: Partial<ResumeJobRequest> = {}) {
        const { ticket, job } = this;
        return resumeJob({ ticket, job, ...this.#process(), ...options });
    }

    /** Goes on to the end, posting again where the job is not on chain. */
    async finish(): Promise<JobResult> {
        const resumed = await this.resume();
        if (resumed.posted) return resumed;
        expect(resumed.reason).toBe('unseen');
        const { ticket } = resumed;
        return runJob(world.request(this.job, { ...this.#process(), ...this.options, ticket }));
    }

    /** The parts of a process; `onKept` is told how many blobs are on disk. */
    #process(onKept: (blobs: number) => void = () => undefined) {
        const kept = createFolderOutputStore(createBlobStore({ folder: join(folder, 'outputs') }));
        let blobs = 0;
        const store: OutputStore = {
            ...kept,
            put: async (sha256, bytes) => {
                await kept.put(sha256, bytes);
                onKept(++blobs);
            },
        };
        const counted: Fetch = (url, init) => {
            if (init?.method !== 'PUT' && url.includes('/blobs/')) {
                this.downloads.set(url, (this.downloads.get(url) ?? 0) + 1);
            }
            return fetch(url, init);
        };
        return {
            chain: connect(world.stage.devnet.endpoint, { pollMs: 10 }),
            store,
            fetch: counted,
            concurrency: 1,
        };
    }
}

function valuesOf({ items }: JobResult): unknown[] {
    return items.map((item) =>
        item.status === 'done' ? tensorValues(item.output.get('y')!)[0] : item.name,
    );
}

/** Postings under the id of a ticket: that the Escrow took, and that it sent back. */
async function postings({ escrow, jobId, since }: JobTicket) {
    const { chain } = world.stage;
    const { last } = await chain.account(escrow);
    const posted = (await transactionsAfter(chain, escrow, since, last!)).filter((transaction) => {
        const note = readEscrowNote(transaction);
        return note?.kind === 'posted' && note.jobId === jobId;
    });
    const refused = posted.filter((transaction) =>
        readClosings(transaction).some(({ outcome }) => outcome === 'refused'),
    ).length;
    return { taken: posted.length - refused, refused };
}

describe('A client that ends', () => {
    it.each([
        ['before anything is sent', 'ticket'],
        ['before the post is confirmed', 'sent'],
        ['after the post', 'posted'],
        ['after the award', 'assigned'],
        ['after the commit', 'committed'],
        ['with the leaves and no output', '1 blobs'],
        ['with all results', 'verified'],
        ['when it has accepted', 'accepted'],
    ])('%s goes on and gets everything, once', async (_name, step) => {
        const client = new Client(await world.job([1, 2, 3]));
        await client.runUntil(step);
        const result = await client.finish();
        expect(valuesOf(result)).toEqual([1, 2, 3]);
        expect(result.missing).toEqual([]);
        expect(result.closing).toMatchObject({ outcome: 'accepted', paid: 3n * NANO });
        expect(result.price).toBe(3n * NANO);
        await expect(postings(client.ticket)).resolves.toEqual({ taken: 1, refused: 0 });
        expect([...client.downloads.values()]).toEqual([1, 1]);
    });

    it('in the middle of 10,000 outputs downloads none of them twice', async () => {
        const items = Array.from({ length: 10_000 }, (_, index) => index);
        const price = NANO * 10_000n;
        const client = new Client(await world.job(items), { ceiling: price, takePrice: price });
        await client.runUntil('2 blobs');
        // The leaves, and one of the batches.
        expect(client.downloads.size).toBe(2);
        const result = await client.finish();
        expect(valuesOf(result)).toEqual(items);
        expect(result.closing).toMatchObject({ outcome: 'accepted', paid: price });
        expect(client.downloads.size).toBeGreaterThan(3);
        expect([...client.downloads.values()].every((times) => times === 1)).toBe(true);
        await expect(postings(client.ticket)).resolves.toEqual({ taken: 1, refused: 0 });
    }, 120_000);

    it('in the middle of large outputs downloads none of them twice', async () => {
        const client = new Client(await largeJob(24));
        await client.runUntil('10 blobs');
        expect(client.downloads.size).toBe(10);
        const { items, closing } = await client.finish();
        const sizes = items.map(
            (item) => item.status === 'done' && item.output.get('filled')?.dims,
        );
        expect(sizes).toEqual(Array.from({ length: 24 }, (_, index) => [20_000 + index]));
        expect(closing?.outcome).toBe('accepted');
        expect(client.downloads.size).toBe(25);
        expect([...client.downloads.values()].every((times) => times === 1)).toBe(true);
    });

    it('for longer than the job lasted still gets the results while the node keeps them', async () => {
        const client = new Client(await world.job([5, 6]));
        await client.runUntil('committed');
        clock = Date.now;
        await world.passRounds(client.ticket);
        clock = standingClock();
        const result = await client.finish();
        expect(valuesOf(result)).toEqual([5, 6]);
        expect(result).toMatchObject({ checked: true, closing: { outcome: 'void-paid' } });
    });

    it('is told of the end of a job without results', async () => {
        const client = new Client(await world.job([7]), { ceiling: NANO - 1n, takePrice: 0n });
        await client.runUntil('posted');
        const resuming = client.resume();
        await world.stage.devnet.advanceTime(31);
        await expect(resuming).rejects.toMatchObject({ code: 'JOB_ENDED', outcome: 'no-bid' });
        await expect(client.resume()).rejects.toMatchObject({ code: 'JOB_ENDED' });
    });

    it('tells that it goes on, and ends with its signal', async () => {
        const client = new Client(await world.job([8]), { ceiling: NANO - 1n, takePrice: 0n });
        await client.runUntil('posted');
        const controller = new AbortController();
        const kinds: string[] = [];
        const resuming = client.resume({
            signal: controller.signal,
            onEvent: ({ kind }) => {
                kinds.push(kind);
                if (kind === 'listed') controller.abort(new Error('enough'));
            },
        });
        await expect(resuming).rejects.toThrow('enough');
        expect(kinds.slice(0, 2)).toEqual(['resumed', 'listed']);
    });
});

describe('A ticket whose post has an unknown fate', () => {
    async function unsent(value: number): Promise<Client> {
        const client = new Client(await world.job([value]));
        await client.runUntil('ticket');
        return client;
    }

    async function estimateFor({ job }: Client) {
        const request = world.request(job);
        return { ...request, estimate: await estimateJob({ ...request, items: 1 }) };
    }

    it('is posted once, though two messages for it are on their way', async () => {
        const client = await unsent(20);
        const { ticket } = client;
        const request = { ...(await estimateFor(client)), ticket };
        await Promise.all([postJob(request), postJob(request)]);
        await until(async () => (await postings(ticket)).refused === 1);
        await expect(postings(ticket)).resolves.toEqual({ taken: 1, refused: 1 });
        const result = await client.finish();
        expect(valuesOf(result)).toEqual([20]);
        await expect(postings(ticket)).resolves.toEqual({ taken: 1, refused: 1 });
    });

    it('is not posted again when the Escrow has it', async () => {
        const client = await unsent(21);
        const { ticket } = client;
        await postJob({ ...(await estimateFor(client)), ticket });
        const balance = async () =>
            (await world.stage.chain.account(world.stage.client.address)).balance;
        await client.finish();
        const before = await balance();
        await postJob({ ...(await estimateFor(client)), ticket });
        expect(await balance()).toBe(before);
    });

    it('is never posted when another job has its id', async () => {
        const client = await unsent(22);
        await world.run(await world.job([23]));
        await expect(client.resume()).resolves.toMatchObject({
            posted: false,
            reason: 'id-taken',
        });
        const posting = postJob({ ...(await estimateFor(client)), ticket: client.ticket });
        await expect(posting).rejects.toMatchObject({ code: 'POST_REFUSED' });
    });

    it('is never posted when the Escrow sent it back', async () => {
        const client = await unsent(24);
        // Not the next id, so that the Escrow cannot take it.
        const ticket = { ...client.ticket, jobId: client.ticket.jobId + 1 };
        const posting = postJob({ ...(await estimateFor(client)), ticket });
        await expect(posting).rejects.toMatchObject({ code: 'POST_REFUSED' });
        await expect(client.resume({ ticket })).resolves.toMatchObject({
            posted: false,
            reason: 'refused',
        });
    });

    it('is refused for another job, whose results would look like lies', async () => {
        const client = await unsent(25);
        await postJob({ ...(await estimateFor(client)), ticket: client.ticket });
        const other = await world.job([26]);
        await expect(client.resume({ job: other })).rejects.toMatchObject({
            code: 'TICKET_MISMATCH',
        });
        await client.finish();
    });
});

describe('The history of a job', () => {
    it('tells its terms, its result and its end', async () => {
        const job = await world.job([30, 31]);
        const { ticket, winner, closing } = await world.run(job);
        const history = await readJobHistory({ chain: world.stage.chain, ...ticket });
        expect(history.terms?.items).toBe(2);
        expect(history.refused).toEqual([]);
        expect(history.commit).toMatchObject({ price: 2n * NANO, commit: { faulty: 0 } });
        expect(history.commit?.stake.equals(winner)).toBe(true);
        expect(history.closing).toMatchObject({ outcome: 'accepted', paid: closing?.paid });
    });
});

/** Items whose outputs are over the size of batches. */
async function largeJob(count: number): Promise<PreparedJob> {
    const model = growModel();
    const manifest: ModelManifest = {
        format: 'cocoon.model/1',
        name: 'grow',
        revision: '1',
        licence: 'Apache-2.0',
        files: [
            {
                path: 'grow.onnx',
                sha256: hashToHex(sha256(model)),
                bytes: model.length,
                sources: [],
            },
        ],
        entry: 'grow.onnx',
        ...describeModel(model),
        comparison: {
            class: 'tolerance',
            outputs: [{ name: 'filled', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
        },
    };
    const job = prepareJob({
        manifest,
        items: Array.from({ length: count }, (_, index) =>
            encodeItem({ shape: tensorOf('int64', [1], [BigInt(20_000 + index)]) }),
        ),
        sources: [`${world.stage.blobServer.url}/blobs`],
        limits: { outputBytesPerItem: 200_000 },
    });
    for (const blob of [...job.blobs, model]) await world.stage.blobs.write(blob);
    return job;
}
