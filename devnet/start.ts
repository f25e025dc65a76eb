import type { Address, Cell } from '@ton/core';
import pino, { type Logger } from 'pino';
import { Chain } from './chain';
import { controlRoutes, type DevnetStatus, type FaucetPayment } from './control';
import { OptionError, StateFileError } from './errors';
import type { FeeTable } from './fees';
import { DEFAULT_SUPPLY, GIVER } from './genesis';
import { pay } from './giver';
import { type ChainIdentity, type ChainRecord, Journal } from './journal';
import { deployMarket } from './market';
import type { Interleave } from './queue';
import { close, createApp, listen, portOf } from './server';

/** Global id of a devnet: that of the test network, so that no signature is valid on mainnet. */
export const DEFAULT_GLOBAL_ID = -3;
/** Milliseconds from one block to the next, about those of mainnet. */
export const DEFAULT_BLOCK_INTERVAL_MS = 400;

export interface DevnetOptions {
    /** TCP port; 0, the default, takes a free one. */
    readonly port?: number;
    /** Address to listen on, 127.0.0.1 by default. */
    readonly host?: string;
    /**
     * Milliseconds from one block to the next, 400 by default. 0 makes the blocks of each message
     * before its sender gets an answer; Infinity makes none but those of `mineBlock`.
     */
    readonly blockIntervalMs?: number;
    /** Prices of gas, messages and storage; those of today's mainnet by default. */
    readonly fees?: FeeTable;
    /** File to keep the chain in and to resume it from; none by default. */
    readonly statePath?: string;
    /** Order of the messages in a block, `shard` by default. */
    readonly interleave?: Interleave;
    /** Seed of the order under `random` and of the randomness that contracts see; 0 by default. */
    readonly seed?: number;
    /** Settings of a new chain's faucet. */
    readonly faucet?: {
        /** All money of the chain, in nano; 5 billion GRAM by default. */
        readonly supply?: bigint;
    };
    /** Wall clock in milliseconds, `Date.now` by default. */
    readonly nowMs?: () => number;
    /** Global id that contracts see, -3 by default. */
    readonly globalId?: number;
    /** Whether to deploy a Market with the short windows of embedded chains; not by default. */
    readonly market?: boolean;
    /** Silent by default. */
    readonly logger?: Logger;
}

/** A running devnet. */
export interface Devnet {
    /** For `new TonClient({ endpoint })` and `blueprint run --custom`. */
    readonly endpoint: string;
    /** Root of all routes, without a slash at the end. */
    readonly url: string;
    readonly port: number;
    /** The account that the faucet pays from. */
    readonly giver: Address;
    /** The Market that the chain came with. */
    readonly market: Address | undefined;
    /** UNIX time of the chain, in seconds. */
    now(): number;
    /**
     * Moves the time ahead by whole seconds and makes a block, after one for what already waited.
     *
     * @returns the new UNIX time
     */
    advanceTime(seconds: number): Promise<number>;
    /** Makes a block at once. @returns its number */
    mineBlock(): Promise<number>;
    /**
     * Pays from the giver, without bouncing, and makes blocks until the money has arrived.
     *
     * @param nano - more than 0
     * @throws FaucetEmptyError if the giver cannot pay that much
     */
    faucet(address: Address, nano: bigint): Promise<FaucetPayment>;
    /** Sum of all balances, in nano. What it lacks of the supply has been burnt as fees. */
    totalBalance(): bigint;
    status(): DevnetStatus;
    /** Stops making blocks, writes the state file and closes the port. May be called again. */
    stop(): Promise<void>;
}

/**
 * Starts an embedded TON chain behind the HTTP interface of toncenter v2.
 *
 * @throws PortInUseError if the port is taken
 * @throws StateFileError if the state file cannot be resumed from
 * @example
 * const devnet = await startDevnet({ blockIntervalMs: 0 });
 * await devnet.faucet(wallet.address, toNano('10'));
 * const client = new TonClient({ endpoint: devnet.endpoint });
 * await devnet.stop();
 */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
    const { host = '127.0.0.1', interleave = 'shard', statePath } = options;
    const intervalMs = options.blockIntervalMs ?? DEFAULT_BLOCK_INTERVAL_MS;
    const logger = options.logger ?? pino({ level: 'silent' });
    checkInterval(intervalMs);
    const record = statePath === undefined ? undefined : Journal.read(statePath);
    const identity = identityOf(options, record);
    const { seed = 0, nowMs = Date.now } = options;
    const chain = await Chain.create({ identity, interleave, seed, nowMs, logger }, record);

    const market = options.market ? await deployMarket(chain, identity.globalId) : undefined;

    const send = async (message: Cell): Promise<void> => {
        if (chain.isPending(message)) return;
        await chain.submit(message);
        while (intervalMs === 0 && chain.hasWork) await chain.nextBlock();
    };
    const controls = {
        faucet: (address: Address, nano: bigint) => pay(chain, address, nano),
        mineBlock: async () => (await chain.mineBlock()).seqno,
        advanceTime: async (seconds: number) => (await chain.advanceTime(seconds)).utime,
        status: (): DevnetStatus => ({
            blockIntervalMs: Number.isFinite(intervalMs) ? intervalMs : null,
            seqno: chain.blocks.lastSeqno,
            now: chain.now(),
            timeOffsetSeconds: chain.timeOffset,
            fees: identity.fees,
            interleave,
            globalId: identity.globalId,
            accounts: chain.accountCount,
            transactions: chain.transactions.size,
            giver: GIVER.address.toRawString(),
            market: market?.toRawString() ?? null,
            supply: identity.supply.toString(),
        }),
    };
    const app = createApp({ chain, send }, controlRoutes(controls), logger);
    const server = await listen(app, host, options.port ?? 0);
    // Only now, so that a second start on the same port leaves the file of the first one alone.
    try {
        if (statePath !== undefined) chain.persistTo(statePath);
    } catch (error) {
        await close(server);
        throw error;
    }
    const stopBlocks = makeBlocks(chain, intervalMs);
    const port = portOf(server);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    logger.info({ url, seqno: chain.blocks.lastSeqno, fees: identity.fees }, 'devnet started');

    let stopping: Promise<void> | undefined;
    const stop = async () => {
        stopBlocks();
        await chain.stop();
        await close(server);
        logger.info('devnet stopped');
    };
    return {
        ...controls,
        endpoint: `${url}/api/v2/jsonRPC`,
        url,
        port,
        giver: GIVER.address,
        market,
        now: () => chain.now(),
        totalBalance: () => chain.totalBalance(),
        stop: () => (stopping ??= stop()),
    };
}

/** Makes a block every so often; a block that takes longer than that delays the next one. */
function makeBlocks(chain: Chain, intervalMs: number): () => void {
    if (intervalMs === 0 || !Number.isFinite(intervalMs)) return () => undefined;
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const schedule = (startedAt: number) => {
        const delay = Math.max(0, startedAt + intervalMs - performance.now());
        timer = setTimeout(() => void tick(), delay);
    };
    const tick = async () => {
        const startedAt = performance.now();
        try {
            await chain.mineBlock();
        } catch {
            // The chain has stopped or halted. It has logged why, and tells whoever asks it next.
            return;
        }
        if (!stopped) schedule(startedAt);
    };
    schedule(performance.now());
    return () => {
        stopped = true;
        clearTimeout(timer);
    };
}

function identityOf(options: DevnetOptions, record: ChainRecord | undefined): ChainIdentity {
    const { fees, globalId } = options;
    const supply = options.faucet?.supply;
    if (record === undefined) {
        return {
            fees: fees ?? 'current',
            globalId: globalId ?? DEFAULT_GLOBAL_ID,
            supply: supply ?? DEFAULT_SUPPLY,
        };
    }
    const kept = record.identity;
    const asked = { fees, globalId, supply };
    for (const name of ['fees', 'globalId', 'supply'] as const) {
        if (asked[name] === undefined || asked[name] === kept[name]) continue;
        throw new StateFileError(
            options.statePath ?? '',
            `its chain has ${name} ${kept[name]}, not ${asked[name]}.`,
            'Leave the option out to resume the chain, or name another file to start a new one.',
        );
    }
    return kept;
}

function checkInterval(intervalMs: number): void {
    if (!(intervalMs >= 0) || (Number.isFinite(intervalMs) && intervalMs > 2 ** 31 - 1)) {
        throw new OptionError(
            `A block interval of ${intervalMs} ms is none: it is 0 or more, or Infinity.`,
        );
    }
}
