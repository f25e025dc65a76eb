import { beginCell, type Cell, Dictionary, type DictionaryValue } from '@ton/core';
import { decodeJob, type JobView } from '../../wrappers';
import type { Client, World } from './world';

const inLeaf: DictionaryValue<Cell> = {
    serialize: (cell, builder) => builder.storeSlice(cell.asSlice()),
    parse: (slice) => slice.asCell(),
};

/** The data of an Escrow that exists. */
export interface EscrowState {
    readonly balance: bigint;
    readonly nextJob: number;
    readonly open: number;
    readonly held: bigint;
    readonly owed: bigint;
    readonly jobs: ReadonlyMap<number, JobView>;
}

/** Reads an Escrow without its getters; undefined where none is deployed. */
export async function readEscrow(world: World, client: Client): Promise<EscrowState | undefined> {
    const account = await world.chain.getContract(client.escrow.address);
    const state = account.accountState;
    if (state?.type !== 'active' || !state.state.data) return undefined;
    const data = state.state.data.beginParse();
    const nextJob = data.loadUint(32);
    const open = data.loadUint(8);
    const owed = data.loadUintBig(64);
    return {
        balance: account.balance,
        nextJob,
        open,
        held: data.loadUintBig(64) - owed,
        owed,
        jobs: new Map(
            [...data.loadDict(Dictionary.Keys.Uint(32), inLeaf)].map(([id, entry]) => [
                id,
                decodeJob(id, entry, world.now),
            ]),
        ),
    };
}

/**
 * Puts an Escrow into a state that would take thousands of messages to reach: copies of one of its
 * jobs under the given ids, in place of all that it has, with the money that they hold.
 */
export async function plantJobs(
    world: World,
    client: Client,
    ids: readonly number[],
    original = 0,
    vary: (entry: Cell, id: number) => Cell = (entry) => entry,
): Promise<void> {
    const template = await client.escrow.getJob(BigInt(original));
    const { held } = decodeJob(original, template, world.now);
    const { held: heldBefore } = await client.escrow.getEscrow();
    const contract = await world.chain.getContract(client.escrow.address);
    const shard = contract.account;
    const state = shard.account?.storage.state;
    if (state?.type !== 'active' || !state.state.data) throw new Error('The Escrow is not active.');
    const data = state.state.data.beginParse();
    data.skip(32 + 8);
    const owed = data.loadUintBig(64);
    data.skip(64).loadMaybeRef();
    const jobs = Dictionary.empty(Dictionary.Keys.Uint(32), inLeaf);
    for (const id of ids) jobs.set(id, vary(template, id));
    state.state.data = beginCell()
        .storeUint(Math.max(...ids) + 1, 32)
        .storeUint(ids.length, 8)
        .storeUint(owed, 64)
        .storeUint(held * BigInt(ids.length) + owed, 64)
        .storeDict(jobs)
        .storeSlice(data)
        .endCell();
    if (shard.account) {
        shard.account.storage.balance.coins += held * BigInt(ids.length) - heldBefore;
    }
    await world.chain.setShardAccount(client.escrow.address, shard);
}

const BOUNDARY = 1 << 20;

/** Ids that make the way to one of them the longest that an Escrow takes, oldest first. */
export const deepIds = {
    /** The longest way to an open job: to 2^20. */
    toOpen: filled([BOUNDARY - 1, ...bits(10).map((bit) => BOUNDARY + bit), BOUNDARY], 64),
    /** The longest way for the next job, with 63 others, the oldest at the end of a short way. */
    toNext: filled(
        [BOUNDARY - 1, ...bits(10).map((bit) => BOUNDARY + 1022 - bit)].filter(
            (id) => id !== BOUNDARY + 1021,
        ),
        63,
        BOUNDARY + 1021,
    ),
    /** The longest ways for the next job and to the oldest together. */
    toBoth: filled(
        [
            BOUNDARY - 512,
            ...bits(9).map((bit) => BOUNDARY - 512 + bit),
            ...bits(9)
                .map((bit) => BOUNDARY + 510 - bit)
                .filter((id) => id < BOUNDARY + 509),
        ],
        63,
        BOUNDARY + 509,
    ),
    /** One after the other. */
    inSequence: [...Array(63).keys()],
};

function bits(count: number): number[] {
    return [...Array(count).keys()].map((bit) => 1 << bit);
}

/** The ids and as many more as make `count`, up to `last`, which is among them. */
function filled(ids: readonly number[], count: number, last?: number): number[] {
    const all = new Set(last === undefined ? ids : [...ids, last]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    for (let id = high; all.size < count && id >= low; id--) all.add(id);
    return [...all].sort((a, b) => a - b);
}
