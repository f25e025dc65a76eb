import {
    type Address,
    beginCell,
    type Cell,
    Dictionary,
    type DictionaryValue,
    external,
    type Message,
} from '@ton/core';
import type { BlockchainTransaction, SendMessageResult } from '@ton/sandbox';
import { Escrow as EscrowAbi, loadJobClosed } from '../../build/Escrow/Escrow_Escrow';
import { type JobOutcome, type JobView, outcomeName } from '../../wrappers';
import type { Client, Provider, World } from './world';

/** What the tests of the Escrow look at in results. */

type Transactions = Pick<SendMessageResult, 'transactions'>;

/** The last transaction of an account in a result. */
export function transactionOf(result: Transactions, account: Address): BlockchainTransaction {
    const found = result.transactions.filter((tx) => tx.inMessage?.info.dest?.equals(account));
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
    const outcome = await sent.then(
        () => 'accepted',
        (error: unknown) => (error as { exitCode?: number }).exitCode,
    );
    if (typeof outcome !== 'number') throw new Error('The message was accepted.');
    return outcome;
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

function isJobClosed(message: Message): boolean {
    const body = message.body.beginParse();
    return body.remainingBits >= 32 && body.preloadUint(32) === EscrowAbi.opcodes.JobClosed;
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

/** What a Stake's buckets hold together. */
export async function bucketSum(provider: Provider): Promise<bigint> {
    const buckets = (await provider.stake.getBuckets())
        .beginParse()
        .loadDict(Dictionary.Keys.Uint(32), Dictionary.Values.BigUint(64));
    return buckets.values().reduce((sum, lock) => sum + lock, 0n);
}

/**
 * Expects of an Escrow that it can pay all it owes, and that its counters say what its jobs hold;
 * of Stakes, that their locks are the sum of their buckets, and their money is there.
 */
export async function expectSound(
    world: World,
    clients: readonly Client[],
    providers: readonly Provider[] = [],
): Promise<void> {
    for (const client of clients) {
        const account = await world.chain.getContract(client.escrow.address);
        if (account.accountState?.type !== 'active') continue;
        const view = await client.escrow.getEscrow();
        const jobs = await client.escrow.getOpenJobs(world.now);
        expect(view.held).toBe(jobs.reduce((sum, job) => sum + job.held, 0n));
        expect(Number(view.open)).toBe(jobs.length);
        expect(account.balance).toBeGreaterThanOrEqual(view.held + view.owed);
    }
    for (const provider of providers) {
        const view = await provider.stake.getStake();
        expect(await bucketSum(provider)).toBe(view.locked);
        expect(view.operating).toBeGreaterThanOrEqual(0n);
    }
}

/** Lets time decide on every open job of a client: nobody acts but a stranger who ticks. */
export async function releaseByTicks(world: World, client: Client): Promise<Closing[]> {
    const closings: Closing[] = [];
    const account = await world.chain.getContract(client.escrow.address);
    if (account.accountState?.type !== 'active') return closings;
    for (const job of await client.escrow.getOpenJobs(world.now)) {
        world.wait(Math.max(0, lastDeadline(job) - world.now));
        closings.push(closingOf(await client.escrow.sendTick(job.id), client));
    }
    return closings;
}

/** When time has decided on a job in which nobody acts any more. */
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
    }
}

const inLeaf: DictionaryValue<Cell> = {
    serialize: (cell, builder) => builder.storeSlice(cell.asSlice()),
    parse: (slice) => slice.asCell(),
};

/**
 * Puts an Escrow into a state that would take thousands of messages to reach: copies of its open
 * job 0 under the given ids, in its place, with the money that they hold.
 */
export async function plantJobs(
    world: World,
    client: Client,
    ids: readonly number[],
): Promise<void> {
    const template = await client.escrow.getJob(0n);
    const { held } = await jobOf(world, client, 0);
    const contract = await world.chain.getContract(client.escrow.address);
    const shard = contract.account;
    const state = shard.account?.storage.state;
    if (state?.type !== 'active' || !state.state.data) throw new Error('The Escrow is not active.');
    const data = state.state.data.beginParse();
    data.skip(32 + 8 + 64);
    const owed = data.loadUintBig(64);
    data.loadMaybeRef();
    const parameters = data.loadMaybeRef();
    const jobs = Dictionary.empty(Dictionary.Keys.Uint(32), inLeaf);
    for (const id of ids) jobs.set(id, template);
    state.state.data = beginCell()
        .storeUint(Math.max(...ids) + 1, 32)
        .storeUint(ids.length, 8)
        .storeUint(held * BigInt(ids.length), 64)
        .storeUint(owed, 64)
        .storeDict(jobs)
        .storeMaybeRef(parameters)
        .storeSlice(data)
        .endCell();
    if (shard.account) {
        shard.account.storage.balance.coins += held * BigInt(ids.length - 1);
    }
    await world.chain.setShardAccount(client.escrow.address, shard);
}

/**
 * Ids of 64 open jobs as far apart as an Escrow takes them, so that the way to the last one, and
 * to the one that follows, is the longest.
 */
export function deepestIds(): number[] {
    const boundary = 1 << 20;
    const near = [boundary - 1, boundary];
    for (let bit = 0; bit < 10; bit++) near.push(boundary + (1 << bit));
    for (let id = boundary + 1; near.length < 64; id++) if (!near.includes(id)) near.push(id);
    return near.sort((a, b) => a - b);
}
