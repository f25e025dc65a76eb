import { Address, Cell, SendMode, toNano } from '@ton/core';
import { keyPairFromSeed, type KeyPair, sha256_sync } from '@ton/crypto';
import type { Blockchain, SandboxContract, TreasuryContract } from '@ton/sandbox';
import { WalletContractV5R1 } from '@ton/ton';
import { createBlockchain, type FeeTable } from '../devnet';
import {
    checkFee,
    contractCode,
    DEVNET_PARAMETERS,
    Escrow,
    type JobKeyPair,
    jobCommitment,
    type JobTerms,
    type MarketParameters,
    lockHorizon,
    Market,
    type NodeAction,
    requiredLock,
    signNodeAction,
    Stake,
    withoutChecks,
} from '../wrappers';

const NETWORK = -3;
const BURN = Address.parseRaw(`0:${'00'.repeat(32)}`);
const MESSAGE_NAMES = new Map<number, string>(
    [Market, Stake, Escrow].flatMap((contract) =>
        Object.entries(contract.opcodes).map(([name, opcode]) => [opcode, name] as const),
    ),
);

/** Windows of the embedded chain, and no job is drawn for a check: what a proven operator has. */
export const UNDRAWN_PARAMETERS: MarketParameters = withoutChecks(DEVNET_PARAMETERS);

/** What one transaction took. */
export interface Step {
    /** Contract and message, such as `Escrow.Bid`. */
    readonly name: string;
    readonly gas: number;
}

export interface PostOptions {
    readonly items?: number;
    readonly takePrice?: bigint;
    readonly keep?: boolean;
    readonly rule?: Cell;
}

/** A wallet of version 5, as most users have, that pays for its own messages. */
export interface Wallet {
    readonly contract: SandboxContract<WalletContractV5R1>;
    readonly key: KeyPair;
}

/** An operator's wallet, node key and Stake. */
export interface Operator {
    readonly wallet: Wallet;
    readonly nodeKey: KeyPair;
    readonly stake: SandboxContract<Stake>;
}

/**
 * A chain with a Market on which each transaction is recorded, and all money counted: what the
 * balances lose is what the network took in fees.
 */
export class Stage {
    readonly steps: Step[] = [];
    readonly #accounts = new Map<string, { address: Address; name: string }>();

    private constructor(
        readonly chain: Blockchain,
        readonly market: SandboxContract<Market>,
        /** The Market's owner: a wallet of the sandbox. */
        readonly owner: SandboxContract<TreasuryContract>,
        readonly parameters: MarketParameters,
    ) {
        this.name(market.address, 'Market');
        this.name(owner.address, 'wallet');
        // What is burnt is not a fee.
        this.name(BURN, 'burn');
    }

    static async create(
        fees: FeeTable,
        parameters: MarketParameters = UNDRAWN_PARAMETERS,
    ): Promise<Stage> {
        const chain = await createBlockchain({ fees });
        chain.now = 1_790_000_000;
        const owner = await chain.treasury('market owner');
        const market = chain.openContract(
            await Market.fromConfig({
                owner: owner.address,
                network: NETWORK,
                timelockSeconds: 60,
                parameters,
            }),
        );
        await market.sendDeploy(owner.getSender(), toNano('1'));
        return new Stage(chain, market, owner, parameters);
    }

    get now(): number {
        return this.chain.now ?? 0;
    }

    wait(seconds: number): void {
        this.chain.now = this.now + seconds;
    }

    /** Sum of all balances that the stage knows, in nanoGRAM. */
    async money(): Promise<bigint> {
        let sum = 0n;
        for (const { address } of this.#accounts.values()) {
            sum += (await this.chain.getContract(address)).balance;
        }
        return sum;
    }

    async wallet(name: string): Promise<Wallet> {
        const key = keyPairFromSeed(sha256_sync(name));
        const contract = this.chain.openContract(
            WalletContractV5R1.create({
                publicKey: key.publicKey,
                walletId: {
                    networkGlobalId: NETWORK,
                    context: { workchain: 0, subwalletNumber: 0, walletVersion: 'v5r1' },
                },
            }),
        );
        const giver = await this.chain.treasury('giver');
        await giver.send({ to: contract.address, value: toNano('1000'), bounce: false });
        this.name(contract.address, 'wallet');
        const wallet = { contract, key };
        // Its first message deploys a wallet; later ones are what a user pays every day.
        await this.transfer(wallet, contract.address, toNano('0.01'));
        return wallet;
    }

    /** Sends a message from a wallet and records all that follows. */
    async transfer(wallet: Wallet, to: Address, value: bigint, body?: Cell): Promise<void> {
        const seqno = await wallet.contract.getSeqno();
        await this.record(
            wallet.contract.sendTransfer({
                seqno,
                secretKey: wallet.key.secretKey,
                sendMode: SendMode.PAY_GAS_SEPARATELY,
                timeout: this.now + 60,
                messages: [
                    {
                        info: {
                            type: 'internal',
                            ihrDisabled: true,
                            bounce: true,
                            bounced: false,
                            dest: to,
                            value: { coins: value },
                            ihrFee: 0n,
                            forwardFee: 0n,
                            createdLt: 0n,
                            createdAt: 0,
                        },
                        body: body ?? Cell.EMPTY,
                    },
                ],
            }),
        );
    }

    /** Runs a message whose transactions the chain reports, and records them. */
    async record(sent: Promise<unknown>): Promise<void> {
        const { transactions } = (await sent) as {
            transactions: {
                inMessage?: { body: Cell; info: { type: string; dest?: unknown } } | null;
                description: {
                    type: string;
                    computePhase?: { type: string; gasUsed?: bigint; exitCode?: number };
                };
                address: bigint;
            }[];
        };
        for (const transaction of transactions) {
            const compute = transaction.description.computePhase;
            if (compute?.type === 'vm' && compute.exitCode !== 0) {
                const step = this.#stepName(transaction);
                throw new Error(`${step} failed with exit code ${compute.exitCode ?? 'none'}.`);
            }
            this.steps.push({
                name: this.#stepName(transaction),
                gas: Number(compute?.gasUsed ?? 0n),
            });
        }
    }

    /** Opens a Stake; funds a wallet for it where none is given. */
    async operator(name: string, funded?: Wallet): Promise<Operator> {
        const wallet = funded ?? (await this.wallet(`operator ${name}`));
        const nodeKey = keyPairFromSeed(sha256_sync(`node ${name}`));
        const costs = await this.market.getCosts();
        const stake = this.chain.openContract(
            Stake.ofOperator(
                { market: this.market.address, code: await contractCode() },
                wallet.contract.address,
            ),
        );
        this.name(stake.address, 'Stake');
        await this.market.sendOpenStake(
            this.sender(wallet),
            toNano('120') + costs.openStake + toNano('1'),
            {
                nodeKey: nodeKey.publicKey,
                dailyLimit: toNano('1000'),
                reserve: toNano('100'),
                collateral: toNano('20'),
            },
        );
        return { wallet, nodeKey, stake };
    }

    async escrow(client: Wallet): Promise<SandboxContract<Escrow>> {
        const escrow = this.chain.openContract(
            Escrow.ofClient(
                { market: this.market.address, code: await contractCode() },
                client.contract.address,
            ),
        );
        this.name(escrow.address, 'Escrow');
        return escrow;
    }

    /** A sender over a wallet, recording what follows. */
    sender(wallet: Wallet) {
        return {
            address: wallet.contract.address,
            send: (message: { to: Address; value: bigint; body?: Cell | null | undefined }) =>
                this.transfer(wallet, message.to, message.value, message.body ?? undefined),
        };
    }

    /** Posts a job of 0.1 GRAM at most. */
    async post(
        client: Wallet,
        escrow: SandboxContract<Escrow>,
        options: PostOptions = {},
    ): Promise<number> {
        const state = (await this.chain.getContract(escrow.address)).accountState?.type;
        const open = state !== 'active';
        const view = open ? undefined : await escrow.getEscrow();
        const jobId = Number(view?.nextJob ?? 0n);
        const ceiling = toNano('0.1');
        const items = options.items ?? 1;
        const terms: JobTerms = {
            spec: 1n,
            model: 2n,
            seedHash: hash16(BigInt(jobId)),
            items,
            takePrice: options.takePrice ?? ceiling,
            bidWindowSeconds: 2,
            commitWindowSeconds: 60,
            checkRate: 0,
            payUnverified: false,
            keep: options.keep ?? false,
            rule: options.rule ?? null,
        };
        const assurance = checkFee(this.parameters, ceiling, items);
        const costs = await this.market.getCosts();
        await this.market.sendPost(
            this.sender(client),
            ceiling + assurance + costs.post + (open ? costs.openEscrow : 0n),
            {
                index: 0,
                jobId,
                ceiling,
                assurance,
                open,
                parametersTag: view?.parametersTag ?? 0n,
                terms,
            },
        );
        return jobId;
    }

    async bid(
        operator: Operator,
        client: Wallet,
        escrow: SandboxContract<Escrow>,
        jobId: number,
        price: bigint,
    ): Promise<void> {
        const job = await escrow.getOpenJob(jobId, this.now);
        if (job?.state !== 'bidding') throw new Error('The job is not open for bids.');
        await this.act(operator, client, {
            kind: 'bid',
            jobId,
            lock: requiredLock(this.parameters, price, job.ceiling),
            lockUntil:
                job.biddingEnd + job.terms.commitWindowSeconds + lockHorizon(this.parameters),
            price,
            commitment: jobCommitment(jobKey(operator, jobId)),
        });
    }

    async commit(
        operator: Operator,
        escrow: SandboxContract<Escrow>,
        jobId: number,
    ): Promise<void> {
        const commit = { jobId, root: 3n, faulty: 0 };
        await this.record(escrow.sendCommit(commit, jobKey(operator, jobId)));
    }

    async act(operator: Operator, client: Wallet, action: NodeAction): Promise<void> {
        const { seqno } = await operator.stake.getStake();
        const header = {
            stake: operator.stake.address,
            network: NETWORK,
            seqno: Number(seqno),
            validUntil: this.now + 60,
            client: client.contract.address,
            index: 0,
            escrow: (await this.escrow(client)).address,
        };
        await this.record(
            operator.stake.sendNodeAction(
                signNodeAction(header, action, operator.nodeKey.secretKey),
            ),
        );
    }

    private name(address: Address, name: string): void {
        this.#accounts.set(address.toRawString(), { address, name });
    }

    #stepName(transaction: { address: bigint; inMessage?: { body: Cell } | null }): string {
        const raw = `0:${transaction.address.toString(16).padStart(64, '0')}`;
        const account = this.#accounts.get(raw)?.name ?? 'other';
        if (account === 'wallet') return 'wallet';
        const body = transaction.inMessage?.body.beginParse();
        const opcode = body !== undefined && body.remainingBits >= 32 ? body.loadUint(32) : 0;
        const name = `${account}.${MESSAGE_NAMES.get(opcode) ?? 'plain'}`;
        if (opcode !== Stake.opcodes.NodeAction || body === undefined) return name;
        // Sequence number, expiry, client and index stand before the words of the node.
        const words = body
            .preloadRef()
            .beginParse()
            .skip(32 + 32 + 256 + 16);
        return `${name} (${MESSAGE_NAMES.get(words.loadUint(32)) ?? 'unknown'})`;
    }
}

/** The key of an operator's bid for a job. */
export function jobKey(operator: Operator, jobId: number): JobKeyPair {
    const pair = keyPairFromSeed(sha256_sync(`${operator.stake.address.toString()} ${jobId}`));
    return { seed: BigInt(jobId), publicKey: pair.publicKey, secretKey: pair.secretKey };
}

/** SHA-256 of a 16-byte number. */
export function hash16(seed: bigint): bigint {
    const bytes = Buffer.from(seed.toString(16).padStart(32, '0'), 'hex');
    return BigInt(`0x${sha256_sync(bytes).toString('hex')}`);
}
