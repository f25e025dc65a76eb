import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { identityManifest, identityModel } from '../../bench/identity-model';
import {
    equipNode,
    NETWORK,
    newKeys,
    openStake,
    setStage,
    type Stage,
    type StageOptions,
} from '../../cli/demo/stage';
import {
    encodeBatch,
    encodeItem,
    equalBytes,
    type HashHex,
    hashToBigInt,
    hashToHex,
    type ItemErrorCode,
    type JobDelivery,
    itemHash,
    type ModelManifest,
    resultRoot,
    type ResultLeaf,
    sha256,
    tensorOf,
    utf8ToBytes,
} from '../../protocol';
import {
    createProvider,
    type NodeState,
    openState,
    type Provider,
    type ProviderEvent,
    type ProviderOptions,
} from '../../provider';
import { publicApp } from '../../provider/http';
import { createNodeActions, type NodeActions } from '../../provider/node-actions';
import {
    type JobSealing,
    type JobTicket,
    leafContext,
    type PreparedJob,
    prepareJob,
    runJob,
    ResultLeaves,
    type RunJobRequest,
    announceJob,
    estimateJob,
    postJob,
} from '../../sdk';
import { createBlobStore, listen, type Listening } from '../../sdk/node';
import {
    checkFee,
    Escrow,
    jobCommitment,
    type JobView,
    juryBond,
    lockHorizon,
    requiredLock,
    Stake,
} from '../../wrappers';
import { countModel, denseModel } from '../runtime/onnx-models';
import { bundleWorker } from '../runtime/worker-bundle';

/** Within this a node ticks what time has decided. */
const TICK_SECONDS = 4;

export const PRICE = toNano('0.001');

/** A clock that stands, for a chain whose time moves only where a test moves it. */
export function standingClock(): () => number {
    const at = Date.now();
    return () => at;
}

/** An event of a node, with the name of its operator. */
export interface HeardEvent {
    readonly operator: string;
    readonly event: ProviderEvent;
}

/** Who a node is, and where. */
export interface NodePlace {
    readonly keys?: KeyPair;
    readonly endpoint?: string;
}

/** A market on a chain that makes blocks at once, and what a test does with it. */
export class World {
    readonly events: HeardEvent[] = [];
    readonly endings: (() => Promise<unknown>)[] = [];

    private constructor(readonly folder: string) {}

    stage!: Stage;

    static async create(options: Partial<StageOptions> = {}): Promise<World> {
        const world = new World(mkdtempSync(join(tmpdir(), 'cocoon-test-')));
        world.stage = await setStage({
            blockIntervalMs: 0,
            pollMs: 10,
            operators: [{ name: 'node', nanoPerItem: PRICE }],
            workerPath: bundleWorker(),
            onProviderEvent: (operator, event) => world.events.push({ operator, event }),
            ...options,
        });
        await world.stage.blobs.write(identityModel());
        return world;
    }

    async stop(): Promise<void> {
        for (const end of this.endings.reverse()) await end();
        await this.stage.stop();
        rmSync(this.folder, { recursive: true });
    }

    /**
     * A job whose items a model counts to as many trips, about 2 ms a thousand: as slow as a test
     * needs it. The client serves its blobs.
     */
    async slowJob(items: number, trips: bigint, msPerItem?: number): Promise<PreparedJob> {
        const { manifest, bytes } = countingModel();
        const item = encodeItem({ trips: tensorOf('int64', [], [trips]) });
        const job = prepareJob({
            manifest,
            items: Array.from({ length: items }, () => item),
            sources: [`${this.stage.blobServer.url}/blobs`],
            ...(msPerItem !== undefined && { limits: { msPerItem } }),
        });
        for (const blob of [...job.blobs, bytes]) await this.stage.blobs.write(blob);
        return job;
    }

    /** A job of the identity model whose blobs the client serves, unless `serve` is false. */
    async job(
        items: readonly (number | Uint8Array)[] = [1],
        options: {
            serve?: boolean;
            sources?: readonly string[];
            delivery?: JobDelivery;
            sealing?: JobSealing;
        } = {},
    ): Promise<PreparedJob> {
        const job = prepareJob({
            manifest: identityManifest(),
            items: items.map((item) => (typeof item === 'number' ? input(item) : item)),
            sources: options.sources ?? [`${this.stage.blobServer.url}/blobs`],
            ...(options.delivery !== undefined && { delivery: options.delivery }),
            sealing: options.sealing,
        });
        const [manifest, ...batches] = job.blobs;
        const served = options.serve === false ? [manifest] : [manifest, ...batches];
        for (const blob of served) if (blob) await this.stage.blobs.write(blob);
        return job;
    }

    request(job: PreparedJob, options: Partial<RunJobRequest> = {}): RunJobRequest {
        const { chain, deployment, client, operators } = this.stage;
        const price = PRICE * BigInt(job.inputHashes.length);
        return {
            chain,
            deployment,
            sender: client,
            client: client.address,
            job,
            ceiling: 2n * price,
            takePrice: price,
            bidWindowSeconds: 30,
            commitWindowSeconds: 60,
            endpoints: operators.map(({ provider }) => provider.url),
            ...options,
        };
    }

    run(job: PreparedJob, options: Partial<RunJobRequest> = {}) {
        return runJob(this.request(job, options));
    }

    /** Gives the spec to the nodes and posts, and leaves the job alone. */
    async post(job: PreparedJob, options: Partial<RunJobRequest> = {}): Promise<JobTicket> {
        const request = this.request(job, options);
        await announceJob(request);
        const estimate = await estimateJob({ ...request, items: job.inputHashes.length });
        return postJob({ ...request, estimate });
    }

    /** Resolves with the first event of this kind, also one from before. */
    async heard<K extends ProviderEvent['kind']>(
        kind: K,
        operator = 'node',
    ): Promise<Extract<ProviderEvent, { readonly kind: K }>> {
        let found: HeardEvent | undefined;
        await until(() => {
            found = this.events.find((h) => h.operator === operator && h.event.kind === kind);
            return found !== undefined;
        });
        return found?.event as Extract<ProviderEvent, { readonly kind: K }>;
    }

    kinds(operator = 'node'): string[] {
        return this.events.filter((h) => h.operator === operator).map((h) => h.event.kind);
    }

    async openJob({ escrow, jobId }: JobTicket) {
        const now = await this.stage.chain.now();
        return this.stage.chain.open(Escrow.fromAddress(escrow)).getOpenJob(jobId, now);
    }

    /**
     * A job of a float model whose results are compared within a tolerance, one item for each seed.
     * The client serves its blobs.
     */
    async floatJob(seeds: readonly number[]): Promise<PreparedJob> {
        const bytes = denseModel();
        const file = { path: 'dense.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
        const manifest: ModelManifest = {
            format: 'cocoon.model/1',
            name: 'dense',
            revision: '1',
            licence: 'Apache-2.0',
            files: [{ ...file, sources: [] }],
            entry: file.path,
            inputs: [{ name: 'x', dtype: 'float32', shape: [1, 8] }],
            outputs: [{ name: 'y', dtype: 'float32', shape: [1, 4] }],
            comparison: {
                class: 'tolerance',
                outputs: [{ name: 'y', scale: 1, clamp: 2, tau: 1e-5, floor: 0.01 }],
            },
        };
        const row = (seed: number) => Array.from({ length: 8 }, (_, at) => Math.cos(seed * 8 + at));
        const job = prepareJob({
            manifest,
            items: seeds.map((seed) => encodeItem({ x: tensorOf('float32', [1, 8], row(seed)) })),
            sources: [`${this.stage.blobServer.url}/blobs`],
        });
        for (const blob of [...job.blobs, bytes]) await this.stage.blobs.write(blob);
        return job;
    }

    /** Lets the time of acceptance and of all rounds pass, for which no verifier comes. */
    async passRounds(ticket: JobTicket): Promise<void> {
        await until(async () => {
            const job = await this.openJob(ticket);
            if (job === undefined) return true;
            const due = 'phaseEnd' in job ? job.phaseEnd : this.#acceptEnd(job);
            const now = await this.stage.chain.now();
            if (due !== undefined && now < due + TICK_SECONDS) {
                await this.stage.devnet.advanceTime(due + TICK_SECONDS - now);
            }
            return false;
        });
    }

    #acceptEnd(job: JobView): number | undefined {
        return job.state === 'committed' ? job.acceptDeadline : undefined;
    }

    /**
     * A node of its own, with its stake, which is stopped with the world. It can be started again
     * over the same `stateFolder` and `blobs`.
     *
     * @param before - puts into its state what it knows from earlier
     * @param place - its key, and where clients find it; its URL unless set
     */
    async node(
        options: Partial<ProviderOptions> = {},
        before: (state: NodeState) => void = () => undefined,
        { keys = newKeys(), endpoint }: NodePlace = {},
    ): Promise<Provider> {
        const { chain, market, deployment } = this.stage;
        const operator = await this.stage.fund('20');
        const stake = Stake.ofOperator(deployment, operator.address);
        const place = { market: market.address, stake: stake.address };
        const folder = join(this.folder, stake.address.hash.toString('hex'));
        const parts = equipNode({ ...place, keys, folder, workerPath: bundleWorker() });
        const pricing = { kind: 'per-item', nano: PRICE } as const;
        const node = createProvider({ ...parts, chain, pricing, ...options });
        this.endings.push(
            () => parts.runtime.stop(),
            () => node.stop(),
        );
        const state = await openState({ folder: parts.stateFolder, ...place });
        before(state);
        await state.close();
        await node.start();
        await openStake(market, operator, keys.publicKey, endpoint ?? node.url);
        return node;
    }

    /** A stake whose node does exactly what a test tells it. */
    async puppet(): Promise<Puppet> {
        const puppet = await Puppet.create(this);
        this.endings.push(() => puppet.server.close());
        return puppet;
    }
}

/** A model that is as slow as its input says, with its manifest. */
export function countingModel(): { manifest: ModelManifest; bytes: Uint8Array } {
    const bytes = countModel();
    const file = { path: 'count.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    const manifest: ModelManifest = {
        format: 'cocoon.model/1',
        name: 'count',
        revision: '1',
        licence: 'Apache-2.0',
        files: [{ ...file, sources: [] }],
        entry: file.path,
        inputs: [{ name: 'trips', dtype: 'int64', shape: [] }],
        outputs: [{ name: 'count', dtype: 'int64', shape: [] }],
        comparison: { class: 'exact' },
    };
    return { manifest, bytes };
}

/** An encoded input of the identity model. */
export function input(value: number): Uint8Array {
    return encodeItem({ x: tensorOf('float32', [1], [value]) });
}

/** Its encoded output. */
export function output(value: number): Uint8Array {
    return encodeItem({ y: tensorOf('float32', [1], [value]) });
}

/** Less than a test may take, so that it ends where it waits, and waits no longer. */
const PATIENCE_MS = 55_000;

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
        if (Date.now() > end) throw new Error(`Nothing of the kind in ${PATIENCE_MS / 1000} s.`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

type Outcome = Uint8Array | ItemErrorCode;

export class Puppet {
    readonly #documents = new Map<string, HashHex>();
    readonly #blobs;
    actions!: NodeActions;
    stake!: Stake;
    server!: Listening;

    private constructor(private readonly world: World) {
        this.#blobs = createBlobStore({ folder: join(world.folder, 'puppet') });
    }

    static async create(world: World): Promise<Puppet> {
        const puppet = new Puppet(world);
        const { chain, market, deployment } = world.stage;
        const logger = pino({ level: 'silent' });
        const view = {
            result: (_escrow: unknown, jobId: number) => {
                const document = puppet.#documents.get(String(jobId));
                return document && { document };
            },
            health: () => ({ ok: true, stake: '', jobs: 0 }),
            unready: () => [],
        };
        const app = publicApp({ blobs: puppet.#blobs, view, logger });
        puppet.server = await listen(app);
        const operator = await world.stage.fund('20');
        const keys = keyPairFromSeed(Buffer.alloc(32, 77));
        await openStake(market, operator, keys.publicKey, puppet.server.url);
        puppet.stake = Stake.ofOperator(deployment, operator.address);
        puppet.actions = createNodeActions({
            chain,
            stake: puppet.stake.address,
            network: NETWORK,
            secretKey: keys.secretKey,
            logger,
        });
        return puppet;
    }

    async bid(ticket: JobTicket, price: bigint): Promise<void> {
        const job = await this.world.openJob(ticket);
        if (job?.state !== 'bidding') throw new Error('The job takes no bids.');
        const { parameters, biddingEnd, terms } = job;
        await this.#act(ticket, {
            kind: 'bid',
            jobId: ticket.jobId,
            price,
            lock: requiredLock(parameters, price, job.ceiling),
            lockUntil: biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
            commitment: jobCommitment(KEY),
        });
    }

    /** Commits to the first outcomes, and serves the second ones. */
    async commit(
        ticket: JobTicket,
        inputs: readonly Uint8Array[],
        committed: readonly Outcome[],
        options: { served?: readonly Outcome[]; faulty?: number } = {},
    ): Promise<void> {
        await this.#serve(ticket.jobId, options.served ?? committed);
        const leaves = committed.map((outcome, index): ResultLeaf => {
            const inputHash = itemHash(inputs[index] ?? new Uint8Array());
            return typeof outcome === 'number'
                ? { index, inputHash, outcome: { kind: 'error', code: outcome } }
                : { index, inputHash, outcome: { kind: 'result', resultHash: itemHash(outcome) } };
        });
        const root = resultRoot(leafContext(ticket.escrow, ticket.jobId), leaves);
        const faulty = options.faulty ?? committed.filter((o) => typeof o === 'number').length;
        await this.world.stage.chain
            .open(Escrow.fromAddress(ticket.escrow))
            .sendCommit({ jobId: ticket.jobId, root: hashToBigInt(root), faulty }, KEY);
    }

    async #serve(jobId: number, outcomes: readonly Outcome[]): Promise<void> {
        const leaves = ResultLeaves.empty(outcomes.length);
        const outputs: Uint8Array[] = [];
        for (const [index, outcome] of outcomes.entries()) {
            if (typeof outcome === 'number') {
                leaves.setError(index, outcome);
                continue;
            }
            leaves.setResult(index, itemHash(outcome), { kind: 'batch', batch: 0 });
            if (!outputs.some((other) => equalBytes(other, outcome))) outputs.push(outcome);
        }
        const bytes = encodeBatch(outputs);
        const batch = await this.#blobs.write(bytes);
        const document = {
            format: 'cocoon.results/1',
            count: outcomes.length,
            leaves: {
                sha256: await this.#blobs.write(leaves.bytes),
                bytes: leaves.bytes.length,
            },
            batches:
                outputs.length === 0
                    ? []
                    : [{ sha256: batch, bytes: bytes.length, items: outputs.length }],
        };
        const hash = await this.#blobs.write(utf8ToBytes(JSON.stringify(document)));
        this.#documents.set(String(jobId), hash);
    }

    /** Claims the check of a job, with a key of its own. */
    async claim(ticket: JobTicket): Promise<void> {
        const job = await this.world.openJob(ticket);
        if (job?.state !== 'checking') throw new Error('The job is not checked.');
        const { jury } = await this.world.stage.market.getCosts();
        const { parameters, bid, terms } = job;
        const fee = checkFee(parameters, bid.price, terms.items);
        await this.#act(ticket, {
            kind: 'claim',
            jobId: ticket.jobId,
            bond: juryBond(parameters.verification.jurors, fee, jury),
            key: BigInt(`0x${this.claimKey.publicKey.toString('hex')}`),
            settled: false,
        });
    }

    /** What the key of its claim signs with. */
    readonly claimKey = keyPairFromSeed(Buffer.alloc(32, 79));

    #act({ escrow }: JobTicket, action: Parameters<NodeActions['send']>[1]): Promise<unknown> {
        const client = this.world.stage.client.address;
        return this.actions.send({ client, index: 0, escrow }, action);
    }
}

const KEY = { seed: 0x1234_5678_9abc_def0n, ...keyPairFromSeed(Buffer.alloc(32, 78)) };
