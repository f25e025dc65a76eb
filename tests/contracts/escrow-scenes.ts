import { type Address, beginCell, type Cell, external, type Message, toNano } from '@ton/core';
import {
    type Blockchain,
    type BlockchainTransaction,
    EmulationError,
    type SendMessageResult,
} from '@ton/sandbox';
import { Escrow as EscrowAbi, loadJobClosed, storeCommit } from '../../build/Escrow/Escrow_Escrow';
import { withoutValidators } from '../../devnet/fees';
import {
    type JobKeyPair,
    type JobOutcome,
    type JobView,
    type Listing,
    outcomeName,
    readListing,
    signEscrowWords,
} from '../../wrappers';
import { type Conservation, expectConserved, openBooks } from './conservation';
import { readEscrow } from './escrow-states';
import { readStake } from './stake-state';
import { type Client, type Provider, UNDRAWN_PARAMETERS, World } from './world';

/**
 * A chain with a client and providers, which each test finds as it was first. Unless a test names
 * other parameters, no accepted job is drawn for a check.
 */
export interface Scene {
    readonly world: World;
    readonly client: Client;
    readonly providers: readonly [Provider, Provider, Provider];
    /** For `beforeEach`: back to the beginning, with new books. */
    restore(): Promise<void>;
    /** Opens new books, after money was planted. */
    open(): void;
    /** For `afterEach`: what must hold after any scenario. */
    audit(): Promise<void>;
}

/** Drops the validator sets from a chain's configuration, which each transaction would parse. */
export function lighten(chain: Blockchain): void {
    chain.setConfig(withoutValidators(chain.config));
}

export async function createScene(
    options: Parameters<typeof World.create>[0] = {},
    prepare: (scene: Scene) => Promise<unknown> = () => Promise.resolve(),
): Promise<Scene> {
    const world = await World.create({ parameters: UNDRAWN_PARAMETERS, ...options });
    lighten(world.chain);
    const client = await world.client();
    const stake = { reserve: toNano('5000'), collateral: toNano('100') };
    const providers = [
        await world.provider('provider one', stake),
        await world.provider('provider two', stake),
        await world.provider('provider three', stake),
    ] as const;
    let books: () => Conservation;
    let known = new Set<BlockchainTransaction>();
    const scene: Scene = {
        world,
        client,
        providers: [...providers],
        async restore() {
            await world.chain.loadFrom(start);
            scene.open();
        },
        open() {
            books = openBooks(world.chain);
            known = new Set(world.chain.snapshot().transactions);
        },
        async audit() {
            expectConserved(books);
            expectNothingToRepeat(
                world.chain.snapshot().transactions.filter((tx) => !known.has(tx)),
            );
            await expectSound(world, [client], providers);
        },
    };
    await prepare(scene);
    const start = world.chain.snapshot();
    return scene;
}

type Transactions = Pick<SendMessageResult, 'transactions'>;

/** The last transaction of an account in a result. */
export function transactionOf(result: Transactions, account: Address): BlockchainTransaction {
    const found = result.transactions.filter(
        (tx) => tx.inMessage?.info.dest?.toString() === account.toString(),
    );
    const last = found.at(-1);
    if (last === undefined) throw new Error(`${account.toString()} had no transaction.`);
    return last;
}

/** The exit code with which an account answered. */
export function exitOf(result: Transactions, account: Address): number {
    const { description } = transactionOf(result, account);
    if (description.type !== 'generic' || description.computePhase.type !== 'vm') return -1;
    return description.computePhase.exitCode;
}

/** Gas that an account used for its last message in a result. */
export function gasOf(result: Transactions, account: Address): number {
    const { description } = transactionOf(result, account);
    if (description.type !== 'generic' || description.computePhase.type !== 'vm') return 0;
    return Number(description.computePhase.gasUsed);
}

/** The exit code of an external message that is refused before acceptance, thus without cost. */
export async function refusal(sent: Promise<unknown>): Promise<number> {
    const error: unknown = await sent.then(
        () => undefined,
        (reason: unknown) => reason,
    );
    if (!(error instanceof EmulationError)) throw new Error('The message was accepted.');
    return error.exitCode ?? -1;
}

/** How a job ended, as its client was told. */
export interface Closing {
    readonly jobId: number;
    readonly outcome: JobOutcome;
    readonly paid: bigint;
    readonly draw: bigint;
    /** Nano that came with the message. */
    readonly value: bigint;
}

/** All endings of which a client is told in a result. */
export function closingsOf(result: Transactions, client: Client): Closing[] {
    return result.transactions.flatMap((tx) => {
        const message = tx.inMessage;
        if (message?.info.type !== 'internal') return [];
        if (!message.info.dest.equals(client.wallet.address) || !isJobClosed(message)) return [];
        const closed = loadJobClosed(message.body.beginParse());
        return [
            {
                jobId: Number(closed.jobId),
                outcome: outcomeName(closed.outcome),
                paid: closed.paid,
                draw: closed.draw,
                value: message.info.value.coins,
            },
        ];
    });
}

/** The one ending in a result. */
export function closingOf(result: Transactions, client: Client): Closing {
    const closings = closingsOf(result, client);
    if (closings[0] === undefined || closings.length > 1) {
        throw new Error(`${closings.length} endings where one was expected.`);
    }
    return closings[0];
}

/** The work that a result listed, as those read it who follow the Market. */
export function listingsOf(world: World, result: Transactions): Listing[] {
    return result.transactions
        .filter((tx) => tx.inMessage?.info.dest?.toString() === world.market.address.toString())
        .flatMap((tx) => readListing(tx, world.deployment) ?? []);
}

function isJobClosed(message: Message): boolean {
    const body = message.body.beginParse();
    return body.remainingBits >= 32 && body.preloadUint(32) === EscrowAbi.opcodes.JobClosed;
}

/**
 * A message as a contract would send it, in place of that contract: for words that it never says.
 */
export function speakFor(
    world: World,
    source: Address,
    to: Address,
    body: Cell,
    options: { value?: bigint; bounced?: boolean } = {},
): Promise<SendMessageResult> {
    return world.chain.sendMessage({
        info: {
            type: 'internal',
            ihrDisabled: true,
            bounce: false,
            bounced: options.bounced ?? false,
            src: source,
            dest: to,
            value: { coins: options.value ?? 1_000_000_000n },
            ihrFee: 0n,
            forwardFee: 0n,
            createdLt: 0n,
            createdAt: 0,
        },
        body,
    });
}

/** The cell of a commit: key and root. */
export function commitResult(key: JobKeyPair, root: bigint): Cell {
    return beginCell().storeBuffer(Buffer.from(key.publicKey)).storeUint(root, 256).endCell();
}

/** The body of a commit as the provider signs it, for tests that deliver it in their own way. */
export function commitBody(
    escrow: Address,
    commit: { readonly jobId: number; readonly root: bigint; readonly faulty: number },
    key: JobKeyPair,
): Cell {
    const words = beginCell()
        .storeUint(commit.jobId, 32)
        .storeUint(commit.root, 256)
        .storeUint(commit.faulty, 32);
    return beginCell()
        .store(
            storeCommit({
                $$type: 'Commit',
                signature: signEscrowWords('Commit', escrow, words, key.secretKey),
                jobId: BigInt(commit.jobId),
                faulty: BigInt(commit.faulty),
                seed: key.seed,
                result: commitResult(key, commit.root),
            }),
        )
        .endCell();
}

/** Sends an external message to a client's Escrow as it stands. */
export function deliver(world: World, client: Client, body: Cell): Promise<SendMessageResult> {
    return world.chain.sendMessage(external({ to: client.escrow.address, body }));
}

/** An open job, which must exist. */
export async function jobOf(world: World, client: Client, jobId = 0): Promise<JobView> {
    const job = await client.escrow.getOpenJob(jobId, world.now);
    if (job === undefined) throw new Error(`Job ${jobId} is not open.`);
    return job;
}

/**
 * Expects of Escrows that they can pay all they owe, and that their counters say what their jobs
 * hold; of Stakes, that their locks are the sum of their buckets, and that their money is there.
 */
export async function expectSound(
    world: World,
    clients: readonly Client[],
    providers: readonly Provider[] = [],
): Promise<void> {
    for (const client of clients) {
        const state = await readEscrow(world, client);
        if (state === undefined) continue;
        expect(state.held).toBe(sum([...state.jobs.values()].map((job) => job.held)));
        expect(state.open).toBe(state.jobs.size);
        expect(state.balance).toBeGreaterThanOrEqual(state.held + state.owed);
    }
    for (const { stake } of providers) {
        const state = await readStake(world, stake.address);
        expect(sum([...state.buckets.values()])).toBe(state.locked);
        expect(await world.balance(stake.address)).toBeGreaterThanOrEqual(state.principal);
        expect(state.collateral).toBeLessThanOrEqual(state.principal);
    }
}

/**
 * Expects that no external message failed once it was accepted: what it changed would be undone but
 * for the gas, and anybody could send it again and again.
 */
export function expectNothingToRepeat(transactions: readonly BlockchainTransaction[]): void {
    for (const { inMessage, description } of transactions) {
        if (inMessage?.info.type !== 'external-in' || description.type !== 'generic') continue;
        expect({ aborted: description.aborted }).toEqual({ aborted: false });
    }
}

function sum(amounts: readonly bigint[]): bigint {
    return amounts.reduce((total, amount) => total + amount, 0n);
}

/**
 * Lets time decide on every open job of a client: nobody acts but a stranger who ticks, as often as
 * it takes.
 */
export async function releaseByTicks(world: World, client: Client): Promise<Closing[]> {
    const closings: Closing[] = [];
    for (const { id } of (await readEscrow(world, client))?.jobs.values() ?? []) {
        for (let ticks = 0; ; ticks++) {
            const job = (await readEscrow(world, client))?.jobs.get(id);
            if (job === undefined) break;
            if (ticks > MOST_TICKS) throw new Error(`Job ${id} does not end: it is ${job.state}.`);
            world.wait(Math.max(0, lastDeadline(job) - world.now));
            closings.push(...closingsOf(await client.escrow.sendTick(id), client));
        }
    }
    return closings;
}

/** A silent client's job that nobody checks has a tick into the check and one for each round. */
const MOST_TICKS = 20;

/** When time has decided on a job, or on the phase of its check, in which nobody acts any more. */
export function lastDeadline(job: JobView): number {
    switch (job.state) {
        case 'unsold':
            return job.biddingEnd;
        case 'bidding':
            return job.biddingEnd + (job.bid === undefined ? 0 : job.terms.commitWindowSeconds);
        case 'assigned':
        case 'overdue':
            return job.commitDeadline;
        case 'committed':
            return job.acceptDeadline;
        case 'checking':
        case 'appeal':
        case 'jury':
            return job.phaseEnd;
    }
}
