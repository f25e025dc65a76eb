import type { Address } from '@ton/core';
import { type ChainEndpoint, sleep } from '../sdk';
import { Stake, type StakeView, type StandingView } from '../wrappers';
import { gram } from './decide-bid';
import type { Unreadiness } from './events';
import { diskLow } from './free-disk';
import type { GuardedChain } from './guarded-chain';
import type { ActionCosts } from './message-costs';

export interface ReadinessOptions {
    readonly chain: GuardedChain;
    readonly stake: Address;
    /** The node's public key, as the Stake holds it. */
    readonly nodeKey: bigint;
    readonly view: (signal: AbortSignal) => Promise<StakeView>;
    readonly costs: (signal: AbortSignal) => Promise<ActionCosts>;
    /** On whose disk there has to be room. */
    readonly folder: string;
    /** The Stake's number after all that this node has signed. */
    readonly highestSeqno: () => number | undefined;
    /** Told of one of several endpoints that is in another state than before. */
    readonly onEndpoint: (endpoint: ChainEndpoint) => void;
    readonly minFreeBytes: number;
    /** What it has to be ready for: jobs unless set, or checks. */
    readonly role?: 'provide' | 'verify';
    readonly now: () => number;
    /** Told what has changed. */
    readonly onChange: (reasons: readonly Unreadiness[]) => void;
    readonly signal: AbortSignal;
}

/** Whether a node can take jobs, looked at again and again. */
export interface Readiness {
    /** Empty when it can. */
    readonly reasons: readonly Unreadiness[];
    /** The Stake as it was seen last. */
    readonly stake: StakeView | undefined;
    /** What disputes have done to it. */
    readonly standing: StandingView | undefined;
    /** Looks until the signal ends. */
    run(): Promise<void>;
}

/** Between two looks, milliseconds; a multiple of how often the chain is looked at. */
const LOOKS = 5;
const LOOK_MS = 1_000;
/** The chain may be silent for so long, milliseconds. */
const SILENT_MS = 30_000;
/** Blocks come every few seconds at the latest. */
const STANDING_MS = 60_000;

export function createReadiness(options: ReadinessOptions): Readiness {
    const { chain, signal, now, onChange } = options;
    let stake: StakeView | undefined;
    let standing: StandingView | undefined;
    let reasons: readonly Unreadiness[] = [
        { code: 'starting', detail: 'The node has not looked at the chain yet.' },
    ];
    let told = 'starting';
    let chainTime = 0;
    let movedAt = now();
    const foreign = foreignActions(options.highestSeqno);
    const states = new Map<string, string>();
    const lookAtEndpoints = () => {
        for (const endpoint of chain.endpoints ?? []) {
            const { name, health } = endpoint;
            if ((states.get(name) ?? 'up') !== health.state) options.onEndpoint(endpoint);
            states.set(name, health.state);
        }
    };

    const look = async (): Promise<readonly Unreadiness[]> => {
        const found = [...(await diskReasons(options))];
        try {
            const account = await chain.account(options.stake, { signal });
            if (!account.active) {
                stake = undefined;
                const detail = `The stake ${options.stake.toString()} is not open yet.`;
                return [...found, { code: 'stake-missing', detail }];
            }
            stake = await options.view(signal);
            standing = await chain.open(Stake.fromAddress(options.stake), { signal }).getStanding();
            const { chainTime: at } = account;
            found.push(...standingReasons(standing, at), ...foreign(stake, at));
            const costs = await options.costs(signal);
            found.push(...stakeReasons(stake, costs, options));
        } catch {
            signal.throwIfAborted();
            // The guard has told of it; how long it may last is judged below.
        }
        return [...found, ...chainReasons()];
    };
    const chainReasons = (): Unreadiness[] => {
        const { okAt, lastError, chainTime: latest = 0 } = chain.health;
        if (latest > chainTime) {
            chainTime = latest;
            movedAt = now();
        }
        if (stake === undefined || okAt === undefined || now() - okAt > SILENT_MS) {
            const why = lastError === undefined ? '' : ` ${lastError.message}`;
            return [{ code: 'chain-unreachable', detail: `The chain cannot be reached.${why}` }];
        }
        if (now() - movedAt <= STANDING_MS) return [];
        const at = new Date(chainTime * 1000).toISOString();
        return [{ code: 'chain-behind', detail: `The chain stands still since ${at}.` }];
    };

    return {
        get reasons() {
            return reasons;
        },
        get stake() {
            return stake;
        },
        get standing() {
            return standing;
        },
        async run() {
            for (;;) {
                reasons = await look();
                lookAtEndpoints();
                const codes = reasons.map(({ code }) => code).join(' ');
                if (codes !== told) onChange(reasons);
                told = codes;
                await sleep(Math.max(LOOKS * chain.pollMs, LOOK_MS), signal);
            }
        },
    };
}

/** What this node signed before it was started again may still be taken so long, seconds. */
const OWN_PAST_SECONDS = 60;

/**
 * Tells when the Stake counts actions that this node did not sign: another one has its key. Once
 * told it stays, since the other one may only be silent.
 */
function foreignActions(highestSeqno: () => number | undefined) {
    let settledAt: number | undefined;
    let highest = 0;
    let found: Unreadiness | undefined;
    return (stake: StakeView, now: number): Unreadiness[] => {
        const seqno = Number(stake.seqno);
        settledAt ??= now + OWN_PAST_SECONDS;
        highest = Math.max(highest, highestSeqno() ?? 0);
        if (now < settledAt) highest = Math.max(highest, seqno);
        else if (seqno > highest) {
            const count = seqno - highest;
            const detail = `Another node has acted for this stake ${count} times, with the same key.`;
            found = { code: 'node-runs-twice', detail };
            highest = seqno;
        }
        return found === undefined ? [] : [found];
    };
}

function standingReasons({ convicted, heldUntil }: StandingView, now: number): Unreadiness[] {
    if (convicted) {
        const detail = 'The stake is convicted: it takes no bids any more.';
        return [{ code: 'stake-convicted', detail }];
    }
    if (Number(heldUntil) <= now) return [];
    const until = new Date(Number(heldUntil) * 1000).toISOString();
    const detail = `A dispute holds the stake until ${until} at the latest.`;
    return [{ code: 'stake-held', detail }];
}

function stakeReasons(
    stake: StakeView,
    costs: ActionCosts,
    { nodeKey, role = 'provide' }: Pick<ReadinessOptions, 'nodeKey' | 'role'>,
): Unreadiness[] {
    const reasons: Unreadiness[] = [];
    if (stake.paused) {
        reasons.push({ code: 'stake-paused', detail: 'The operator has paused the stake.' });
    }
    if (stake.nodeKey !== nodeKey) {
        reasons.push({
            code: 'wrong-node-key',
            detail: 'The stake takes the word of another node key than this one.',
        });
    }
    const spare = stake.operating - stake.rent;
    const provides = role === 'provide';
    const needed = provides ? costs.bid + costs.decline : costs.claim;
    if (spare < needed) {
        reasons.push({
            code: 'operating-balance-low',
            detail: `The stake has ${gram(spare)} for messages; one ${provides ? 'job' : 'claim'} needs ${gram(needed)}.`,
        });
    }
    if (provides && stake.collateral <= stake.locked) {
        reasons.push({
            code: 'collateral-locked',
            detail: `All collateral, ${gram(stake.collateral)}, is locked.`,
        });
    }
    return reasons;
}

async function diskReasons({ folder, minFreeBytes }: ReadinessOptions): Promise<Unreadiness[]> {
    const detail = await diskLow(folder, minFreeBytes);
    return detail === undefined ? [] : [{ code: 'disk-low', detail }];
}
