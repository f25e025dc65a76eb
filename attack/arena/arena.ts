import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, type Cell, type OpenedContract, toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { identityManifest, identityModel } from '../../bench/identity-model';
import { openStake } from '../../cli/demo/stage';
import { type Devnet, startDevnet } from '../../devnet';
import {
    comparisonRuleOf,
    encodeItem,
    hashToBigInt,
    type ModelManifest,
    tensorOf,
} from '../../protocol';
import { createProvider, type Provider, type ProviderOptions } from '../../provider';
import { createModelCache } from '../../provider/model-cache';
import { createCosts } from '../../provider/state/costs';
import { createTurns } from '../../provider/turns';
import { createRuntime, type Runtime } from '../../runtime';
import { type Chain, connect, prepareJob, type PreparedJob, randomSeed, seedHash } from '../../sdk';
import { type BlobStore, createBlobStore, createWallet, type Wallet } from '../../sdk/node';
import {
    checkFee,
    type Deployment,
    encodeRule,
    Escrow,
    type JobTerms,
    type JobView,
    Market,
    type MarketParameters,
    Stake,
} from '../../wrappers';
import type { ExecuteItem, VerifierEvent, VerifierOptions } from '../../verifier';
import { createItemExecutor } from '../../verifier/execute-item';
import { ArenaVerifier, type VerifierScene } from './arena-verifier';
import { ScriptedProvider, type ScriptedProviderOptions } from './scripted-provider';
import { ARENA_PARAMETERS, NETWORK, type PostedJob, PRICE, sleep, until } from './scene';

export interface ArenaOptions {
    readonly parameters?: MarketParameters;
    /** Program of the runtime's children; the compiled one unless set. */
    readonly workerPath?: string;
    /** Warm models at a time; 4 unless set. */
    readonly models?: number;
    /** Milliseconds between two looks of a node at the chain; 40 unless set. */
    readonly pollMs?: number;
}

/** What is posted beside the defaults. */
export interface PostOptions {
    readonly manifest?: ModelManifest;
    readonly rule?: Cell;
    /** The wallet that pays; the arena's client unless set. */
    readonly client?: Wallet;
    /** nanoGRAM; `PRICE` unless set. */
    readonly ceiling?: bigint;
    readonly terms?: Partial<JobTerms>;
    /** The client's secret; a random one unless set. */
    readonly seed?: bigint;
}

/** A real node that provides, with its Stake and the URL in that. */
export interface RunningProvider {
    readonly provider: Provider;
    readonly wallet: Wallet;
    readonly stake: OpenedContract<Stake>;
    readonly url: string;
}

/** A market on a chain whose time the script controls, with a client and nodes that verify. */
export class Arena implements VerifierScene {
    readonly folder = mkdtempSync(join(tmpdir(), 'cocoon-arena-'));
    readonly endings: (() => Promise<unknown>)[] = [];
    readonly verifiers: ArenaVerifier[] = [];
    latestJob = 0;
    devnet!: Devnet;
    chain!: Chain;
    market!: OpenedContract<Market>;
    deployment!: Deployment;
    client!: Wallet;
    runtime!: Runtime;
    blobs!: BlobStore;
    execute!: ExecuteItem;

    static async create(options: ArenaOptions = {}): Promise<Arena> {
        const arena = new Arena();
        await arena.build(options);
        return arena;
    }

    protected async build({
        parameters = ARENA_PARAMETERS,
        workerPath,
        models = 4,
        pollMs = 40,
    }: ArenaOptions): Promise<void> {
        this.endings.push(() => Promise.resolve(rmSync(this.folder, { recursive: true })));
        this.devnet = await startDevnet({ blockIntervalMs: 0 });
        this.endings.push(() => this.devnet.stop());
        this.chain = connect(this.devnet.endpoint, { pollMs });
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
        this.runtime = createRuntime({
            processes: 1,
            ...(workerPath !== undefined && { workerPath }),
        });
        this.endings.push(() => this.runtime.stop());
        const measured = new Map<string, never>();
        this.execute = createItemExecutor({
            models: createModelCache(this.runtime, this.blobs, models),
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
    }

    async stop(): Promise<void> {
        for (const verifier of this.verifiers) await verifier.stop();
        for (const end of this.endings.splice(0).reverse()) await end();
    }

    // ------------------------------------------------------------------ parties

    async fund(gram: string): Promise<Wallet> {
        const keys = keyPairFromSeed(randomBytes(32));
        const wallet = createWallet({ chain: this.chain, keys, network: NETWORK });
        await this.devnet.faucet(wallet.address, toNano(gram));
        return wallet;
    }

    async grant(account: { readonly address: Address }, gram: string): Promise<void> {
        await this.devnet.faucet(account.address, toNano(gram));
    }

    /** A verifier with a stake of 10 GRAM and 3 GRAM for bonds, started. */
    async verifier(name: string, options: Partial<VerifierOptions> = {}): Promise<ArenaVerifier> {
        const verifier = await this.verifierWithoutNode(name);
        await verifier.start(options);
        return verifier;
    }

    /** The same, not started yet. */
    async verifierWithoutNode(name: string): Promise<ArenaVerifier> {
        const verifier = await ArenaVerifier.create(this, name);
        this.verifiers.push(verifier);
        return verifier;
    }

    /** A provider by hand, which serves these files of models; the identity model unless set. */
    async scriptedProvider(
        name: string,
        { models = [identityModel()], bonds }: Partial<ScriptedProviderOptions> = {},
    ): Promise<ScriptedProvider> {
        const provider = await ScriptedProvider.create(this, { name, models, bonds });
        this.endings.push(() => provider.stop());
        return provider;
    }

    /** Stops a verifier for good. */
    async dismiss(verifier: ArenaVerifier): Promise<void> {
        const at = this.verifiers.indexOf(verifier);
        if (at >= 0) this.verifiers.splice(at, 1);
        await verifier.stop();
    }

    /**
     * The real node of an operator that provides.
     *
     * @param front - gives the URL that its Stake names; its own unless set
     */
    async realProvider(
        name: string,
        options: Partial<ProviderOptions> = {},
        front: (url: string) => Promise<string> = (own) => Promise.resolve(own),
    ): Promise<RunningProvider> {
        const wallet = await this.fund('20');
        const stake = this.chain.open(Stake.ofOperator(this.deployment, wallet.address));
        const keys = keyPairFromSeed(randomBytes(32));
        const provider = createProvider({
            chain: this.chain,
            market: this.market.address,
            stake: stake.address,
            network: NETWORK,
            nodeKey: keys.secretKey,
            secret: randomBytes(32),
            runtime: this.runtime,
            blobs: createBlobStore({ folder: join(this.folder, name, 'blobs') }),
            stateFolder: join(this.folder, name, 'state'),
            pricing: { kind: 'per-item', nano: PRICE / 2n },
            fetch,
            random: () => 0,
            ...options,
        });
        await provider.start();
        this.endings.push(() => provider.stop());
        const url = await front(provider.url);
        await openStake(this.market, wallet, keys.publicKey, url);
        await until(async () => (await this.chain.account(stake.address)).active);
        return { provider, wallet, stake, url };
    }

    async balance(account: Address): Promise<bigint> {
        return (await this.chain.account(account)).balance;
    }

    escrowOf(client: Wallet): OpenedContract<Escrow> {
        return this.chain.open(Escrow.ofClient(this.deployment, client.address));
    }

    /** What a Stake has in all: bonds, earnings and operating balance. */
    worth(stake: Pick<Stake, 'address'>): Promise<bigint> {
        return this.balance(stake.address);
    }

    // ------------------------------------------------------------------ jobs

    /** A job of the identity model with one number for each item. */
    job(values: readonly number[], manifest: ModelManifest = identityManifest()): PreparedJob {
        return prepareJob({
            manifest,
            items: values.map((value) => encodeItem({ x: tensorOf('float32', [1], [value]) })),
            sources: [],
        });
    }

    /** Posts a job that is checked with certainty, unless its terms say otherwise. */
    async post(job: PreparedJob, options: PostOptions = {}): Promise<PostedJob> {
        const { manifest = identityManifest(), client = this.client } = options;
        const { ceiling = PRICE, seed = randomSeed() } = options;
        const escrow = this.escrowOf(client);
        const { active } = await this.chain.account(escrow.address);
        const view = active ? await escrow.getEscrow() : undefined;
        const jobId = Number(view?.nextJob ?? 0n);
        const items = job.inputHashes.length;
        const parameters = await this.market.getMarketParameters();
        const assurance = checkFee(parameters, ceiling, items);
        const costs = await this.market.getCosts();
        const value = ceiling + assurance + costs.post + (active ? 0n : costs.openEscrow);
        const terms: JobTerms = {
            spec: hashToBigInt(job.specHash),
            model: hashToBigInt(job.model),
            seedHash: seedHash(seed),
            items,
            takePrice: ceiling,
            bidWindowSeconds: 60,
            commitWindowSeconds: 600,
            checkRate: 10_000,
            payUnverified: false,
            keep: false,
            rule: options.rule ?? encodeRule(comparisonRuleOf(job.spec, manifest)),
            ...options.terms,
        };
        await this.market.sendPost(client, value + toNano('0.1'), {
            index: 0,
            jobId,
            ceiling,
            assurance,
            open: !active,
            parametersTag: view?.parametersTag ?? 0n,
            terms,
        });
        const posted = { escrow, jobId, job, client, seed };
        await until(async () => {
            const now = await this.chain.account(escrow.address);
            return now.active && (await this.look(posted)) !== undefined;
        });
        this.latestJob = jobId;
        return posted;
    }

    /** The client accepts, which makes the draw. */
    async accept({ escrow, jobId, seed }: PostedJob): Promise<void> {
        await escrow.sendAccept({ jobId, seed });
    }

    async look({ escrow, jobId }: PostedJob): Promise<JobView | undefined> {
        return escrow.getOpenJob(jobId, await this.chain.now());
    }

    /** Resolves with the job once it is in a state, such as `committed`, `checking/open` or `over`. */
    async reached(posted: PostedJob, wanted: string): Promise<JobView | undefined> {
        let job: JobView | undefined;
        await until(async () => {
            job = await this.look(posted);
            return isAt(job, wanted);
        });
        return job;
    }

    /** Resolves once a job is open no more. */
    async over(posted: PostedJob): Promise<void> {
        await this.reached(posted, 'over');
    }

    // ------------------------------------------------------------------ time

    /** Lets the phase of a job end. */
    async pass(posted: PostedJob): Promise<void> {
        const now = await this.chain.now();
        const end = endOfPhase(await this.look(posted)) ?? now;
        if (end > now) await this.devnet.advanceTime(end - now);
    }

    /** Lets time pass in small steps until a condition holds. */
    async creep(condition: () => boolean): Promise<void> {
        await until(async () => {
            if (!condition()) await this.devnet.advanceTime(5);
            await sleep(200);
            return condition();
        });
    }

    /**
     * Lets nodes do what they do until the job is at a state, and lets time pass where nothing
     * happens: to the end of a window for claims or appeals, step by step where somebody may be at
     * work. Ticks as any stranger would.
     */
    async runTo(posted: PostedJob, wanted: string): Promise<JobView | undefined> {
        const quiet = new QuietTime();
        let before = '';
        let waitedIn = '';
        for (let steps = 0; steps < MOST_STEPS;) {
            const job = await this.look(posted);
            if (isAt(job, wanted) || job === undefined) return job;
            const seen = await this.#activity(posted);
            if (seen !== before) {
                before = seen;
                quiet.restart();
            }
            // Who is taken to be at work is waited for once in each phase.
            const phase = `${job.state} ${'phase' in job ? `${job.phase} ${job.phaseEnd}` : ''}`;
            const waits = phase !== waitedIn && this.#isAtWork(posted, job);
            if (quiet.ms < (waits ? WORK_MS : patienceOf(job))) {
                await sleep(25);
                quiet.look();
                continue;
            }
            if (waits) waitedIn = phase;
            steps++;
            const now = await this.chain.now();
            const left = (endOfPhase(job) ?? now) - now;
            if (left > 0) await this.devnet.advanceTime(Math.min(left, strideOf(job)));
            else await posted.escrow.sendTick(posted.jobId).catch(() => undefined);
        }
        const job = await this.look(posted);
        const where = `${job?.state} ${job && 'phase' in job ? job.phase : ''}`;
        throw new Error(`The job does not get to ${wanted}; it is ${where}.`);
    }

    /** Whether a node owes a seal or a reveal that it can give. */
    #isAtWork({ escrow, jobId }: PostedJob, job: JobView): boolean {
        if (!('phase' in job) || (job.phase !== 'seal' && job.phase !== 'reveal')) return false;
        const role = job.state === 'jury' ? 'juror' : 'verifier';
        return this.verifiers.some(({ events, keepsRules }) => {
            if (!keepsRules) return false;
            const own = events.filter(
                (event) => event.jobId === jobId && event.escrow.equals(escrow.address),
            );
            // What it let be before, as the verifier of an earlier round, says nothing of this duty.
            const claimed = own.findLastIndex(
                (event) => event.kind === 'claimed' && event.duty.role === role,
            );
            if (claimed === -1) return false;
            const kinds = new Set(own.slice(claimed).map(({ kind }) => kind));
            if (STUCK.some((kind) => kinds.has(kind))) return false;
            if (job.phase === 'seal') return !kinds.has('sealed');
            return kinds.has('sealed') && !kinds.has('revealed');
        });
    }

    /** Something that changes whenever a node or the chain has done something. */
    async #activity({ escrow }: PostedJob): Promise<string> {
        const { last } = await this.chain.account(escrow.address);
        const honest = this.verifiers.filter(({ keepsRules }) => keepsRules);
        const events = honest.reduce((sum, one) => sum + one.events.length, 0);
        return `${last?.lt} ${events}`;
    }
}

/**
 * How long nothing has happened while it could have: a look that comes late, since this process or
 * the machine was busy, counts as one in time. All nodes of the arena live in this process.
 */
class QuietTime {
    ms = 0;
    #lookedAt = Date.now();

    restart(): void {
        this.ms = 0;
        this.#lookedAt = Date.now();
    }

    look(): void {
        const now = Date.now();
        this.ms += Math.min(now - this.#lookedAt, MOST_A_LOOK_MS);
        this.#lookedAt = now;
    }
}

/** What one look adds to the quiet time at most, milliseconds. */
const MOST_A_LOOK_MS = 50;
const MOST_STEPS = 400;
/** How long a node that owes something is waited for, milliseconds. */
const WORK_MS = 30_000;
/** Events after which a node waits for time to pass, or does no more. */
const STUCK: readonly VerifierEvent['kind'][] = [
    'outdone',
    'lost',
    'leaf-missing',
    'key-missing',
    'abstained',
    'failed',
];

/** Milliseconds without any event after which nobody is taken to be at work. */
function patienceOf(job: JobView): number {
    if (job.state === 'bidding') return 3000;
    if (job.state === 'assigned') return 1000;
    if (job.state === 'checking' && job.phase === 'claim') {
        return job.verifier === undefined ? 8000 : 800;
    }
    if (job.state === 'jury' && job.phase === 'claim') return 2500;
    return 400;
}

/** Seconds that may pass at once while somebody may be at work. */
function strideOf(job: JobView): number {
    const atWork =
        (job.state === 'checking' && job.phase !== 'claim') ||
        (job.state === 'jury' && job.phase !== 'claim' && job.phase !== 'seed');
    if (job.state === 'assigned') return 100;
    return atWork ? 30 : Number.MAX_SAFE_INTEGER;
}

function isAt(job: JobView | undefined, wanted: string): boolean {
    const at = job === undefined ? 'over' : job.state;
    const phase = job !== undefined && 'phase' in job ? `/${job.phase}` : '';
    return at === wanted || `${at}${phase}` === wanted;
}

function endOfPhase(job: JobView | undefined): number | undefined {
    if (job === undefined) return undefined;
    switch (job.state) {
        case 'bidding':
            return job.biddingEnd;
        case 'assigned':
        case 'overdue':
            return job.commitDeadline;
        case 'committed':
            return job.acceptDeadline;
        case 'unsold':
            return undefined;
        case 'checking':
        case 'appeal':
        case 'jury':
            return job.phaseEnd;
    }
}
