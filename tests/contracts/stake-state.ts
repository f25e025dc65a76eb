import { type Address, beginCell, Cell, Dictionary } from '@ton/core';
import type { Provider, World } from './world';

/** The whole data of a Stake, as schema.tlb lays it out. */
export interface StakeState {
    readonly principal: bigint;
    readonly collateral: bigint;
    readonly locked: bigint;
    /** Record in thousandths and as of when, in one number. */
    readonly record: bigint;
    readonly lockedToday: bigint;
    readonly today: number;
    readonly seqno: number;
    /** As bags of cells, which can be compared. */
    readonly settings: string | undefined;
    readonly identity: string;
    /** Locks by bucket. */
    readonly buckets: ReadonlyMap<number, bigint>;
}

/** Reads what no getter tells. */
export async function readStake(world: World, stake: Address): Promise<StakeState> {
    const account = await world.chain.getContract(stake);
    const state = account.accountState;
    if (state?.type !== 'active' || !state.state.data) throw new Error('The Stake is not active.');
    const data = state.state.data.beginParse();
    return {
        principal: data.loadUintBig(64),
        collateral: data.loadUintBig(64),
        locked: data.loadUintBig(64),
        record: data.loadUintBig(64),
        today: data.loadUint(32),
        lockedToday: data.loadUintBig(64),
        seqno: data.loadUint(32),
        buckets: new Map(data.loadDict(Dictionary.Keys.Uint(32), Dictionary.Values.BigUint(64))),
        settings: data.loadMaybeRef()?.toBoc().toString('hex'),
        identity: data.asCell().toBoc().toString('hex'),
    };
}

function cellOf(hex: string): Cell {
    return Cell.fromBoc(Buffer.from(hex, 'hex'))[0] ?? Cell.EMPTY;
}

/**
 * Puts a Stake into a state that would take many steps to reach. With `buckets`, `locked` follows
 * unless it is given.
 */
export async function writeStake(
    world: World,
    stake: Address,
    changes: Partial<StakeState>,
): Promise<void> {
    const state = { ...(await readStake(world, stake)), ...changes };
    const locked =
        changes.buckets !== undefined && changes.locked === undefined
            ? sumOf(changes.buckets)
            : state.locked;
    const buckets = Dictionary.empty(Dictionary.Keys.Uint(32), Dictionary.Values.BigUint(64));
    for (const [bucket, amount] of state.buckets) buckets.set(bucket, amount);
    const data = beginCell()
        .storeUint(state.principal, 64)
        .storeUint(state.collateral, 64)
        .storeUint(locked, 64)
        .storeUint(state.record, 64)
        .storeUint(state.today, 32)
        .storeUint(state.lockedToday, 64)
        .storeUint(state.seqno, 32)
        .storeDict(buckets)
        .storeMaybeRef(state.settings === undefined ? null : cellOf(state.settings))
        .storeSlice(cellOf(state.identity).beginParse())
        .endCell();
    const contract = await world.chain.getContract(stake);
    const shard = contract.account;
    const active = shard.account?.storage.state;
    if (shard.account === undefined || shard.account === null || active?.type !== 'active') {
        throw new Error('The Stake is not active.');
    }
    contract.account = {
        ...shard,
        account: {
            ...shard.account,
            storage: {
                ...shard.account.storage,
                state: { type: 'active', state: { ...active.state, data } },
            },
        },
    };
}

/**
 * The dearest dictionary that bids can build: 62 buckets in a row whose numbers differ in a high
 * bit half way, and two older ones that no bid has dropped yet.
 *
 * @returns 64 locks of 0.01 GRAM, and the bucket with the longest path
 */
export function dearestBuckets(first: number): { buckets: Map<number, bigint>; deepest: number } {
    const buckets = new Map<number, bigint>([
        [first - 400, 10_000_000n],
        [first - 150, 10_000_000n],
    ]);
    for (let bucket = first; bucket < first + 62; bucket++) buckets.set(bucket, 10_000_000n);
    return { buckets, deepest: first + 40 };
}

/** Sum of all locks. */
export function sumOf(buckets: ReadonlyMap<number, bigint>): bigint {
    return [...buckets.values()].reduce((sum, amount) => sum + amount, 0n);
}

/** What the Stake tells, with addresses as text, so that two views can be compared. */
export async function viewOf({ stake }: Pick<Provider, 'stake'>) {
    const view = await stake.getStake();
    return { ...view, operator: view.operator.toString(), market: view.market.toString() };
}
