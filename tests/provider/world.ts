import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { identityManifest, identityModel } from '../../bench/identity-model';
import { openStake, setStage, type Stage, type StageOptions } from '../../cli/demo/stage';
import {
    encodeBatch,
    encodeItem,
    hashFromHex,
    type HashHex,
    hashToBigInt,
    hashToHex,
    type ItemErrorCode,
    itemHash,
    resultRoot,
    type ResultLeaf,
    sha256,
    tensorOf,
    utf8ToBytes,
} from '../../protocol';
import type { ProviderEvent } from '../../provider';
import { nodeHttp } from '../../provider/http';
import { createNodeActions, type NodeActions } from '../../provider/node-actions';
import {
    type JobTicket,
    leafContext,
    type PreparedJob,
    prepareJob,
    runJob,
    type RunJobRequest,
    seedHash,
    estimateJob,
    postJob,
} from '../../sdk';
import { createBlobStore, listen, type Listening } from '../../sdk/node';
import { Escrow, lockHorizon, requiredLock, Stake } from '../../wrappers';
import { bundleWorker } from '../runtime/worker-bundle';

export const PRICE = toNano('0.001');
const NETWORK = -3;

/** An event of a node, with the name of its operator. */
export interface HeardEvent {
    readonly operator: string;
    readonly event: ProviderEvent;
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

    /** A job of the identity model whose blobs the client serves, unless `serve` is false. */
    async job(
        items: readonly (number | Uint8Array)[] = [1],
        options: { serve?: boolean; sources?: readonly string[] } = {},
    ): Promise<PreparedJob> {
        const job = prepareJob({
            manifest: identityManifest(),
            items: items.map((item) => (typeof item === 'number' ? input(item) : item)),
            sources: options.sources ?? [`${this.stage.blobServer.url}/blobs`],
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
        for (const { provider } of this.stage.operators) {
            await fetch(`${provider.url}/blobs/${hashToHex(sha256(job.specBytes))}`, {
                method: 'PUT',
                body: new Blob([job.specBytes]),
            });
        }
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

    /** A stake whose node does exactly what a test tells it. */
    async puppet(): Promise<Puppet> {
        const puppet = await Puppet.create(this);
        this.endings.push(() => puppet.server.close());
        return puppet;
    }
}

/** An encoded input of the identity model. */
export function input(value: number): Uint8Array {
    return encodeItem({ x: tensorOf('float32', [1], [value]) });
}

/** Its encoded output. */
export function output(value: number): Uint8Array {
    return encodeItem({ y: tensorOf('float32', [1], [value]) });
}

/** Resolves once the condition holds; the time limit of the test ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
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
            document: (_escrow: unknown, jobId: number) => puppet.#documents.get(String(jobId)),
            health: () => ({ ok: true, stake: '', jobs: 0 }),
        };
        const app = nodeHttp({ blobs: puppet.#blobs, view, acceptUpTo: 1024, logger });
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
        await this.#act({
            kind: 'bid',
            jobId: ticket.jobId,
            price,
            lock: requiredLock(parameters, price, job.ceiling),
            lockUntil: biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
            seedHash: seedHash(SEED),
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
        await this.#act({
            kind: 'commit',
            jobId: ticket.jobId,
            root: hashToBigInt(hashFromHex(hashToHex(root))),
            seed: SEED,
            faulty: options.faulty ?? committed.filter((o) => typeof o === 'number').length,
        });
    }

    async #serve(jobId: number, outcomes: readonly Outcome[]): Promise<void> {
        const outputs = outcomes.filter((outcome) => typeof outcome !== 'number');
        const bytes = encodeBatch(outputs);
        const batch = await this.#blobs.write(bytes);
        const document = {
            format: 'cocoon.results/1',
            count: outcomes.length,
            errors: outcomes.flatMap((o, index) => (typeof o === 'number' ? [[index, o]] : [])),
            batches:
                outputs.length === 0
                    ? []
                    : [{ sha256: batch, bytes: bytes.length, items: outputs.length }],
        };
        const hash = await this.#blobs.write(utf8ToBytes(JSON.stringify(document)));
        this.#documents.set(String(jobId), hash);
    }

    #act(action: Parameters<NodeActions['send']>[1]): Promise<void> {
        const client = this.world.stage.client.address;
        return this.actions.send({ client, index: 0 }, action);
    }
}

const SEED = 0x1234_5678_9abc_def0n;
