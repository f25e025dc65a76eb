import { Address } from '@ton/core';
import { type Chain, sleep } from '../../sdk';
import { decodeParameters, type Deployment, Escrow, Market, Stake } from '../../wrappers';
import { HistoryForeignError } from '../errors';
import { parameterValues } from '../facts/parameter-values';
import { stakeStateOf } from '../facts/snapshots';
import type { FollowedAccount, IndexStore } from '../store/store';
import type { Findings } from './apply';
import { keepEntries } from './entries';
import { createWalker, type Walker } from './walk';

export interface IndexerOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly store: IndexStore;
    /** Between two looks, milliseconds; that of the chain unless set. */
    readonly pollMs?: number | undefined;
    /** Every account is looked at as often as this, milliseconds; a minute unless set. */
    readonly sweepMs?: number | undefined;
    /** Milliseconds since 1970; the clock of this machine unless set. */
    readonly now?: (() => number) | undefined;
    /** Told after each look that found something. */
    readonly onNews?: ((jobs: readonly string[]) => void) | undefined;
    /** Told of each batch that is on disk. */
    readonly onBatch?: ((transactions: number) => void) | undefined;
    /** Told what a look failed of; it is tried again. */
    readonly onTrouble?: ((error: unknown) => void) | undefined;
    readonly signal: AbortSignal;
}

/** What keeps an index up to date. */
export interface Indexer {
    /** One look at all that may have changed, until nothing new is found. */
    look(): Promise<void>;
    /** Looks until the signal ends it. */
    run(): Promise<void>;
    /** UNIX seconds of the chain, as of the last look. */
    readonly chainTime: number;
    readonly caughtUp: boolean;
    readonly trouble: unknown;
}

/** Accounts that are asked for at once; public endpoints allow few requests. */
const AT_ONCE = 4;
const SWEEP_MS = 60_000;
/** Looks that show another history before the index begins anew. */
const FOREIGN_LOOKS = 5;

/**
 * Follows the Market, and each Escrow and Stake that it leads to. Nothing is lost when it is killed:
 * what an account's cursor has passed is on disk with it.
 */
export function createIndexer(options: IndexerOptions): Indexer {
    const { chain, deployment, store, signal, sweepMs = SWEEP_MS, now = Date.now } = options;
    const { tables } = store;
    const market = deployment.market.toString();
    const walker: Walker = createWalker({ ...options });
    const lookedAt = new Map<string, number>();
    let chainTime = tables.head.get('head')?.chainTime ?? 0;
    let caughtUp = false;
    let trouble: unknown;
    let foreign = 0;

    const lookAt = async (address: string, findings: Findings): Promise<void> => {
        lookedAt.set(address, now());
        const place = Address.parse(address);
        const snapshot = await chain.account(place, { signal });
        chainTime = Math.max(chainTime, snapshot.chainTime);
        const known = tables.accounts.get(address);
        if (known === undefined) return;
        const { last } = snapshot;
        if (last === undefined || last.lt < BigInt(known.cursor?.lt ?? 0)) {
            // One of several endpoints may lag; a Market that stays so is another one.
            if (address === market && known.cursor !== undefined) {
                throw new HistoryForeignError(address);
            }
            return;
        }
        const dealtWith = await walker.catchUp(address, last, findings);
        const { cursor } = tables.accounts.get(address) ?? known;
        if (dealtWith === 0 && hasState(known)) return;
        if (snapshot.active && cursor !== undefined) await readState(known, cursor.lt, findings);
    };

    /** Whether what the account holds after its cursor is known: not after a kill in between. */
    const hasState = ({ cursor, stateLt }: FollowedAccount): boolean => stateLt === cursor?.lt;

    const keepState = (address: string, lt: string, keep: () => void): void => {
        store.atomically(() => {
            keep();
            const account = tables.accounts.get(address);
            if (account !== undefined) {
                tables.accounts.putSync(address, { ...account, stateLt: lt });
            }
        });
    };

    /** What get-methods say; only where nothing has happened since the cursor. */
    const readState = async (
        { kind, address }: FollowedAccount,
        lt: string,
        findings: Findings,
    ): Promise<void> => {
        const place = Address.parse(address);
        const unchanged = async () =>
            (await chain.account(place, { signal })).last?.lt === BigInt(lt);
        if (kind === 'market') {
            const cell = await chain.open(Market.fromAddress(place), { signal }).getParameters();
            if (!(await unchanged())) return;
            const values = parameterValues(decodeParameters(cell));
            keepState(address, lt, () => tables.parameters.putSync('now', values));
        } else if (kind === 'escrow') {
            const entries = await chain.open(Escrow.fromAddress(place), { signal }).getJobEntries();
            if (!(await unchanged())) return;
            keepState(address, lt, () =>
                keepEntries(tables, address, lt, entries, chainTime, findings),
            );
        } else {
            const stake = chain.open(Stake.fromAddress(place), { signal });
            const views = [await stake.getStake(), await stake.getStanding()] as const;
            const endpoint = await stake.getEndpointUrl();
            if (!(await unchanged())) return;
            const state = stakeStateOf(...views, endpoint);
            keepState(address, lt, () =>
                tables.stakeStates.putSync(address, { lt, asOf: chainTime, ...state }),
            );
        }
    };

    const isDue = ({ address, kind }: FollowedAccount, findings: Findings): boolean => {
        if (findings.touched.has(address)) return true;
        if (kind === 'escrow' && hasOpenJobs(address)) return true;
        return now() - (lookedAt.get(address) ?? -Infinity) >= sweepMs;
    };

    const hasOpenJobs = (escrow: string): boolean => {
        const range = { start: [escrow, 0], end: [escrow, Number.MAX_SAFE_INTEGER], limit: 1 };
        return [...tables.entries.getKeys(range)].length > 0;
    };

    const look = async (): Promise<void> => {
        if (tables.accounts.get(market) === undefined) {
            tables.accounts.putSync(market, { address: market, kind: 'market' });
        }
        const findings: Findings = { touched: new Set(), jobs: new Set() };
        await lookAt(market, findings);
        const looked = new Set([market]);
        for (;;) {
            const accounts = [...tables.accounts.getRange({})].map(({ value }) => value);
            const due = accounts.filter(
                (account) => !looked.has(account.address) && isDue(account, findings),
            );
            if (due.length === 0) break;
            for (let at = 0; at < due.length; at += AT_ONCE) {
                signal.throwIfAborted();
                const some = due.slice(at, at + AT_ONCE).map(({ address }) => address);
                for (const address of some) looked.add(address);
                // All of them end before a failure is told: nothing writes after that.
                const ends = await Promise.allSettled(
                    some.map((address) => lookAt(address, findings)),
                );
                for (const end of ends) if (end.status === 'rejected') throw end.reason;
            }
        }
        caughtUp = true;
        if (findings.jobs.size > 0 || findings.touched.size > 0) {
            options.onNews?.([...findings.jobs]);
        }
    };

    const run = async (): Promise<void> => {
        while (!signal.aborted) {
            try {
                await look();
                trouble = undefined;
                foreign = 0;
            } catch (error) {
                if (signal.aborted) return;
                trouble = error;
                caughtUp = false;
                options.onTrouble?.(error);
                foreign = error instanceof HistoryForeignError ? foreign + 1 : 0;
                if (foreign >= FOREIGN_LOOKS) {
                    foreign = 0;
                    chainTime = 0;
                    lookedAt.clear();
                    store.clear();
                }
            }
            await sleep(options.pollMs ?? chain.pollMs, signal).catch(() => undefined);
        }
    };

    return {
        look,
        run,
        get chainTime() {
            return chainTime;
        },
        get caughtUp() {
            return caughtUp;
        },
        get trouble() {
            return trouble;
        },
    };
}
