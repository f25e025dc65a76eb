import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenedContract, toNano } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import { identityManifest, identityModel } from '../../bench/identity-model';
import { openStake } from '../../cli/demo/stage';
import { type Devnet, startDevnet } from '../../devnet';
import {
    type ComparisonRule,
    comparisonRuleOf,
    encodeItem,
    hashToBigInt,
    type ModelManifest,
    tensorOf,
} from '../../protocol';
import { createModelCache } from '../../provider/model-cache';
import { createCosts } from '../../provider/state/costs';
import { createTurns } from '../../provider/turns';
import { createRuntime, type Runtime } from '../../runtime';
import { type Chain, connect, prepareJob, type PreparedJob, seedHash } from '../../sdk';
import { type BlobStore, createBlobStore, createWallet, type Wallet } from '../../sdk/node';
import {
    checkFee,
    type Deployment,
    DEVNET_PARAMETERS,
    encodeRule,
    Escrow,
    Market,
    type MarketParameters,
    Stake,
} from '../../wrappers';
import {
    createVerifier,
    type ExecuteItem,
    type Verifier,
    type VerifierEvent,
    type VerifierOptions,
} from '../../verifier';
import { createItemExecutor } from '../../verifier/execute-item';
import { bundleWorker } from '../runtime/worker-bundle';
import { NETWORK, type PostedJob, PRICE, until } from './scene';
import { TestProvider } from './test-provider';

const CLIENT_SEED = 0xc0ffee_c0ffeen;

/** Windows that only the tests' own steps of time end. */
export const CHECK_PARAMETERS: MarketParameters = {
    ...DEVNET_PARAMETERS,
    bidWindowMax: 600,
    commitWindowMax: 3600,
    acceptWindow: 600,
    backing: 8 * 3600,
    verification: {
        ...DEVNET_PARAMETERS.verification,
        claimWindow: 120,
        sealWindow: 600,
        openWindow: 600,
        revealWindow: 600,
        appealWindow: 600,
        juryClaimWindow: 120,
        jurySealWindow: 600,
        juryRevealWindow: 600,
        bucket: 1800,
        unbonding: 12 * 3600,
    },
};

/** A job on chain, and how to look at it. */
/** Two numbers that a floating-point output may differ in are within 1e-4 of each other. */
export const TOLERANCE: ComparisonRule = {
    class: 'tolerance',
    outputs: [{ name: 'y', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
};

/** A market on a chain whose time the test controls, with a client and a provider. */
export class World {
    readonly folder = mkdtempSync(join(tmpdir(), 'cocoon-verifier-'));
    readonly endings: (() => Promise<unknown>)[] = [];
    readonly verifiers: TestVerifier[] = [];
    devnet!: Devnet;
    chain!: Chain;
    market!: OpenedContract<Market>;
    deployment!: Deployment;
    client!: Wallet;
    provider!: TestProvider;
    runtime!: Runtime;
    blobs!: BlobStore;
    /** One runtime for all verifiers of a world. */
    execute!: ExecuteItem;

    static async create(parameters: MarketParameters = CHECK_PARAMETERS): Promise<World> {
        const world = new World();
        await world.#build(parameters);
        return world;
    }

    async #build(parameters: MarketParameters): Promise<void> {
        this.endings.push(() => Promise.resolve(rmSync(this.folder, { recursive: true })));
        this.devnet = await startDevnet({ blockIntervalMs: 0 });
        this.endings.push(() => this.devnet.stop());
        this.chain = connect(this.devnet.endpoint, { pollMs: 40 });
        const owner = await this.fund('10');
        const config = {
            owner: owner.address,
            network: NETWORK,
            timelockSeconds: 3600,
            parameters,
        };
        const contract = await Market.fromConfig(config);
        this.market = this.chain.open(contract);
        await this.market.sendDeploy(owner, toNano('1'));
        this.deployment = await contract.deployment();
        this.client = await this.fund('50');
        this.blobs = createBlobStore({ folder: join(this.folder, 'models') });
        await this.blobs.write(identityModel());
        this.runtime = createRuntime({ processes: 1, workerPath: bundleWorker() });
        this.endings.push(() => this.runtime.stop());
        const measured = new Map<string, never>();
        this.execute = createItemExecutor({
            models: createModelCache(this.runtime, this.blobs, 4),
            turns: createTurns(),
            costs: createCosts(
                {
                    get: (key) => measured.get(key.join()),
                    put: () => undefined,
                    remove: () => undefined,
                    entries: () => [],
                    size: 0,
                },
                Date.now,
            ),
        });
        this.provider = await TestProvider.create(this);
        this.endings.push(() => this.provider.stop());
    }

    async stop(): Promise<void> {
        for (const verifier of this.verifiers) await verifier.stop();
        for (const end of this.endings.splice(0).reverse()) await end();
    }

    async fund(gram: string): Promise<Wallet> {
        const keys = keyPairFromSeed(randomBytes(32));
        const wallet = createWallet({ chain: this.chain, keys, network: NETWORK });
        await this.devnet.faucet(wallet.address, toNano(gram));
        return wallet;
    }

    /** A verifier with a stake of 10 GRAM and this much for bonds, started. */
    async verifier(name: string, options: Partial<VerifierOptions> = {}): Promise<TestVerifier> {
        const verifier = await TestVerifier.create(this, name);
        this.verifiers.push(verifier);
        await verifier.start(options);
        return verifier;
    }

    /** The same, not started yet. */
    async verifierWithoutNode(name: string): Promise<TestVerifier> {
        const verifier = await TestVerifier.create(this, name);
        this.verifiers.push(verifier);
        return verifier;
    }

    /** A job of the identity model with one number for each item. */
    job(values: readonly number[], manifest: ModelManifest = tolerantIdentity()): PreparedJob {
        return prepareJob({
            manifest,
            items: values.map((value) => encodeItem({ x: tensorOf('float32', [1], [value]) })),
            sources: [],
        });
    }

    /** Posts a job with the terms that belong to it. */
    async post(
        job: PreparedJob,
        manifest: ModelManifest = tolerantIdentity(),
        rule = encodeRule(comparisonRuleOf(job.spec, manifest)),
    ): Promise<PostedJob> {
        const contract = Escrow.ofClient(this.deployment, this.client.address);
        const escrow = this.chain.open(contract);
        const { active } = await this.chain.account(contract.address);
        const view = active ? await escrow.getEscrow() : undefined;
        const jobId = Number(view?.nextJob ?? 0n);
        const items = job.inputHashes.length;
        const parameters = await this.market.getMarketParameters();
        const ceiling = PRICE;
        const assurance = checkFee(parameters, ceiling, items);
        const costs = await this.market.getCosts();
        const value = ceiling + assurance + costs.post + (active ? 0n : costs.openEscrow);
        await this.market.sendPost(this.client, value + toNano('0.1'), {
            index: 0,
            jobId,
            ceiling,
            assurance,
            open: !active,
            parametersTag: view?.parametersTag ?? 0n,
            terms: {
                spec: hashToBigInt(job.specHash),
                model: hashToBigInt(job.model),
                seedHash: seedHash(CLIENT_SEED),
                items,
                takePrice: ceiling,
                bidWindowSeconds: 60,
                commitWindowSeconds: 600,
                checkRate: 10_000,
                payUnverified: false,
                keep: false,
                rule,
            },
        });
        await until(async () => {
            const now = await this.chain.account(contract.address);
            return now.active && (await this.look({ escrow, jobId, job })) !== undefined;
        });
        this.latestJob = jobId;
        return { escrow, jobId, job };
    }

    /** What tests ask verifiers about. */
    latestJob = 0;

    /** The client accepts, which draws the job for a check. */
    async accept({ escrow, jobId }: PostedJob): Promise<void> {
        await escrow.sendAccept({ jobId, seed: CLIENT_SEED });
    }

    async look({ escrow, jobId }: PostedJob) {
        return escrow.getOpenJob(jobId, await this.chain.now());
    }

    /** Resolves with the job once it is in a state. */
    async reached(posted: PostedJob, wanted: string) {
        let job: Awaited<ReturnType<World['look']>>;
        await until(async () => {
            job = await this.look(posted);
            const at = job === undefined ? 'over' : job.state;
            const phase = job !== undefined && 'phase' in job ? `/${job.phase}` : '';
            return at === wanted || `${at}${phase}` === wanted;
        });
        return job;
    }

    /** Lets the phase of a job end. */
    async pass(posted: PostedJob): Promise<void> {
        const job = await this.look(posted);
        const now = await this.chain.now();
        const end =
            job === undefined
                ? now
                : 'phaseEnd' in job
                  ? job.phaseEnd
                  : job.state === 'committed'
                    ? job.acceptDeadline
                    : now;
        if (end > now) await this.devnet.advanceTime(end - now);
    }

    /** Lets time pass in small steps until a condition holds. */
    async creep(condition: () => boolean): Promise<void> {
        await until(async () => {
            if (!condition()) await this.devnet.advanceTime(5);
            await new Promise((resolve) => setTimeout(resolve, 200));
            return condition();
        });
    }

    /** Resolves once a job is open no more. */
    async over(posted: PostedJob): Promise<void> {
        await until(async () => (await this.look(posted)) === undefined);
    }
}

/** The identity model, whose output may differ a little. */
export function tolerantIdentity(): ModelManifest {
    return { ...identityManifest(), comparison: TOLERANCE };
}

/** What the identity model gives. */
export function number(value: number): Uint8Array {
    return encodeItem({ y: tensorOf('float32', [1], [value]) });
}

/** A verifier that can be stopped and started again over the same files. */
export class TestVerifier {
    readonly events: VerifierEvent[] = [];
    readonly keys: KeyPair = keyPairFromSeed(randomBytes(32));
    readonly secret = randomBytes(32);
    onEvent: (event: VerifierEvent) => void = () => undefined;
    #node: Verifier | undefined;

    private constructor(
        private readonly world: World,
        readonly name: string,
        readonly stake: OpenedContract<Stake>,
    ) {}

    static async create(world: World, name: string): Promise<TestVerifier> {
        const wallet = await world.fund('20');
        const contract = Stake.ofOperator(world.deployment, wallet.address);
        const stake = world.chain.open(contract);
        const verifier = new TestVerifier(world, name, stake);
        await openStake(world.market, wallet, verifier.keys.publicKey, 'http://127.0.0.1:1');
        await until(async () => (await world.chain.account(contract.address)).active);
        // Bonds come out of the operating balance.
        await world.devnet.faucet(contract.address, toNano('3'));
        return verifier;
    }

    async start(options: Partial<VerifierOptions> = {}): Promise<void> {
        const { world } = this;
        this.#node = createVerifier({
            chain: world.chain,
            market: world.market.address,
            stake: this.stake.address,
            network: NETWORK,
            nodeKey: this.keys.secretKey,
            secret: this.secret,
            runtime: world.runtime,
            blobs: createBlobStore({ folder: join(world.folder, this.name, 'blobs') }),
            stateFolder: join(world.folder, this.name, 'state'),
            pricing: { kind: 'per-core-hour', nano: toNano('0.05') },
            execute: world.execute,
            fetch,
            random: () => 0,
            claimSpread: 0,
            onEvent: (event) => {
                this.events.push(event);
                if (event.jobId === world.latestJob) this.onEvent(event);
            },
            ...options,
        });
        await this.#node.start();
    }

    async stop(): Promise<void> {
        await this.#node?.stop();
    }

    get status() {
        if (this.#node === undefined) throw new Error('The verifier has not started.');
        return this.#node.status();
    }

    /** Events of the job that was posted last: earlier tests may have left some behind. */
    get #current(): VerifierEvent[] {
        return this.events.filter(({ jobId }) => jobId === this.world.latestJob);
    }

    kinds(): string[] {
        return this.#current.map(({ kind }) => kind);
    }

    count(kind: VerifierEvent['kind']): number {
        return this.#current.filter((event) => event.kind === kind).length;
    }

    /** Resolves with the first event of this kind, also one from before. */
    async heard<K extends VerifierEvent['kind']>(
        kind: K,
    ): Promise<Extract<VerifierEvent, { readonly kind: K }>> {
        let found: VerifierEvent | undefined;
        await until(() => {
            found = this.#current.find((event) => event.kind === kind);
            return found !== undefined;
        });
        return found as Extract<VerifierEvent, { readonly kind: K }>;
    }
}

/** Resolves once the condition holds; the time limit of the test ends it otherwise. */

export { honestOutput, NETWORK, type PostedJob, PRICE, until } from './scene';
