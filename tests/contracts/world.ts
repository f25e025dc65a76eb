import { type Address, type Cell, toNano } from '@ton/core';
import { keyPairFromSeed, type KeyPair, sha256_sync } from '@ton/crypto';
import type {
    Blockchain,
    SandboxContract,
    SendMessageResult,
    TreasuryContract,
} from '@ton/sandbox';
import { createBlockchain, type FeeTable } from '../../devnet';
import {
    checkFee,
    contractCode,
    type Deployment,
    DEVNET_PARAMETERS,
    Escrow,
    jobCommitment,
    type JobKeyPair,
    type JobTerms,
    Market,
    type MarketParameters,
    type NodeAction,
    providerSeed,
    requiredLock,
    lockHorizon,
    signNodeAction,
    Stake,
} from '../../wrappers';

export { UNDRAWN_PARAMETERS } from '../../bench/stage';

export const NETWORK = -3;
export const GENEROUS = toNano('1');

/** A provider of a test: its operator's wallet, node key and Stake. */
export interface Provider {
    readonly operator: SandboxContract<TreasuryContract>;
    readonly key: KeyPair;
    readonly stake: SandboxContract<Stake>;
}

/** A client of a test and its Escrow. */
export interface Client {
    readonly wallet: SandboxContract<TreasuryContract>;
    readonly escrow: SandboxContract<Escrow>;
}

export interface PostOptions {
    readonly jobId?: number;
    readonly ceiling?: bigint;
    readonly value?: bigint;
    readonly assurance?: bigint;
    readonly open?: boolean;
    readonly index?: number;
    readonly terms?: Partial<JobTerms>;
}

/** A chain with a Market, and everything that a test needs to act on it. */
export class World {
    private constructor(
        readonly chain: Blockchain,
        readonly owner: SandboxContract<TreasuryContract>,
        readonly market: SandboxContract<Market>,
        readonly deployment: Deployment,
        readonly parameters: MarketParameters,
    ) {}

    static async create(
        options: { fees?: FeeTable; parameters?: MarketParameters; timelockSeconds?: number } = {},
    ): Promise<World> {
        const chain = await createBlockchain({ fees: options.fees ?? 'current' });
        chain.now = 1_790_000_000;
        const owner = await chain.treasury('market owner');
        const parameters = options.parameters ?? DEVNET_PARAMETERS;
        const market = chain.openContract(
            await Market.fromConfig({
                owner: owner.address,
                network: NETWORK,
                timelockSeconds: options.timelockSeconds ?? 3600,
                parameters,
            }),
        );
        await market.sendDeploy(owner.getSender(), GENEROUS);
        const deployment = { market: market.address, code: await contractCode() };
        return new World(chain, owner, market, deployment, parameters);
    }

    get now(): number {
        return this.chain.now ?? 0;
    }

    /** Lets seconds pass. */
    wait(seconds: number): void {
        this.chain.now = this.now + seconds;
    }

    /** An operator with an open Stake: by default enough for many bids of 0.01 GRAM. */
    async provider(
        name: string,
        options: {
            reserve?: bigint;
            collateral?: bigint;
            dailyLimit?: bigint;
            operating?: bigint;
        } = {},
    ): Promise<Provider> {
        const operator = await this.chain.treasury(name);
        const key = keyPairFromSeed(sha256_sync(`node of ${name}`));
        const reserve = options.reserve ?? toNano('100');
        const collateral = options.collateral ?? toNano('20');
        const costs = await this.market.getCosts();
        await this.market.sendOpenStake(
            operator.getSender(),
            reserve + collateral + costs.openStake + (options.operating ?? toNano('1')),
            {
                nodeKey: key.publicKey,
                dailyLimit: options.dailyLimit ?? toNano('1000'),
                reserve,
                collateral,
                endpoint: `http://127.0.0.1:1/${name.replace(/[^a-z0-9]/g, '-')}`,
            },
        );
        const stake = this.chain.openContract(Stake.ofOperator(this.deployment, operator.address));
        return { operator, key, stake };
    }

    /** A client; its Escrow comes with its first post. */
    async client(name = 'client', index = 0): Promise<Client> {
        const wallet = await this.chain.treasury(name);
        const escrow = this.chain.openContract(
            Escrow.ofClient(this.deployment, wallet.address, index),
        );
        return { wallet, escrow };
    }

    /** The client's seed for a job of a test. */
    seed(jobId: number): bigint {
        return BigInt(jobId + 1) * 0x1_0001_0001_0001n;
    }

    terms(jobId: number, terms: Partial<JobTerms> = {}): JobTerms {
        return {
            spec: 0xaa00n + BigInt(jobId),
            model: (0xfeedn << 240n) + 1n,
            seedHash: hashSeed(this.seed(jobId)),
            items: 1,
            takePrice: 0n,
            bidWindowSeconds: 2,
            commitWindowSeconds: 60,
            checkRate: 0,
            payUnverified: false,
            keep: false,
            rule: null,
            ...terms,
        };
    }

    async post(client: Client, options: PostOptions = {}): Promise<SendMessageResult> {
        const jobId = options.jobId ?? 0;
        const ceiling = options.ceiling ?? toNano('1');
        const terms = this.terms(jobId, options.terms);
        const assurance = options.assurance ?? checkFee(this.parameters, ceiling, terms.items || 1);
        const costs = await this.market.getCosts();
        const state = await this.chain.getContract(client.escrow.address);
        const open = options.open ?? state.accountState?.type !== 'active';
        const value =
            options.value ??
            ceiling + assurance + costs.post + (open ? costs.openEscrow : costs.escrowRent);
        return this.market.sendPost(client.wallet.getSender(), value, {
            index: options.index ?? 0,
            jobId,
            ceiling,
            assurance,
            open,
            parametersTag: open ? 0n : (await client.escrow.getEscrow()).parametersTag,
            terms,
        });
    }

    /** A node's words, signed with its key (or another) and sent to its Stake. */
    async act(
        provider: Provider,
        client: Client,
        action: NodeAction,
        options: { key?: KeyPair; index?: number; validFor?: number; seqno?: number } = {},
    ): Promise<SendMessageResult> {
        const signed = await this.sign(provider, client, action, options);
        return provider.stake.sendNodeAction(signed);
    }

    async sign(
        provider: Provider,
        client: Client,
        action: NodeAction,
        options: { key?: KeyPair; index?: number; validFor?: number; seqno?: number } = {},
    ): Promise<Cell> {
        const seqno = options.seqno ?? Number((await provider.stake.getStake()).seqno);
        return signNodeAction(
            {
                stake: provider.stake.address,
                network: NETWORK,
                seqno,
                validUntil: this.now + (options.validFor ?? 60),
                client: client.wallet.address,
                index: options.index ?? 0,
                escrow: client.escrow.address,
            },
            action,
            (options.key ?? provider.key).secretKey,
        );
    }

    /** The key that a provider of a test commits to with its bid. */
    jobKey(provider: Provider, jobId: number): JobKeyPair {
        const pair = keyPairFromSeed(
            sha256_sync(`${provider.stake.address.toRawString()} ${jobId}`),
        );
        const seed =
            (BigInt(`0x${provider.key.publicKey.toString('hex')}`) + BigInt(jobId)) % (1n << 128n);
        return { seed, publicKey: pair.publicKey, secretKey: pair.secretKey };
    }

    /** The provider's part of the draw for a job of a test. */
    providerSeed(provider: Provider, jobId: number): bigint {
        return providerSeed(this.jobKey(provider, jobId));
    }

    async bid(
        provider: Provider,
        client: Client,
        bid: {
            jobId?: number;
            price: bigint;
            lock?: bigint;
            lockUntil?: number;
        },
    ): Promise<SendMessageResult> {
        const jobId = bid.jobId ?? 0;
        const job = await client.escrow.getOpenJob(jobId, this.now);
        const lock =
            bid.lock ??
            requiredLock(
                this.parameters,
                bid.price,
                job !== undefined && 'ceiling' in job ? job.ceiling : bid.price,
            );
        const end =
            (job !== undefined && 'biddingEnd' in job ? job.biddingEnd : this.now) +
            (job?.terms.commitWindowSeconds ?? 60) +
            lockHorizon(this.parameters);
        return this.act(provider, client, {
            kind: 'bid',
            jobId,
            lock,
            lockUntil: bid.lockUntil ?? end,
            price: bid.price,
            commitment: jobCommitment(this.jobKey(provider, jobId)),
        });
    }

    async commit(
        provider: Provider,
        client: Client,
        commit: { jobId?: number; root?: bigint; faulty?: number; key?: JobKeyPair } = {},
    ): Promise<SendMessageResult> {
        const jobId = commit.jobId ?? 0;
        return client.escrow.sendCommit(
            { jobId, root: commit.root ?? 0xcafen, faulty: commit.faulty ?? 0 },
            commit.key ?? this.jobKey(provider, jobId),
        );
    }

    async accept(
        client: Client,
        options: { jobId?: number; seed?: bigint } = {},
    ): Promise<SendMessageResult> {
        const jobId = options.jobId ?? 0;
        return client.escrow.sendAccept({
            jobId,
            seed: options.seed ?? this.seed(jobId),
        });
    }

    async balance(address: Address): Promise<bigint> {
        return (await this.chain.getContract(address)).balance;
    }
}

/** SHA-256 of a 16-byte seed. */
export function hashSeed(seed: bigint): bigint {
    const bytes = Buffer.from(seed.toString(16).padStart(32, '0'), 'hex');
    return BigInt(`0x${sha256_sync(bytes).toString('hex')}`);
}
