import { beginCell, Cell, Dictionary, type DictionaryValue } from '@ton/core';
import { sha256_sync } from '@ton/crypto';
import { Blockchain, defaultConfig } from '@ton/sandbox';

/**
 * Which prices a chain charges: `current` are those of mainnet since 2026-04-29, `sandbox` the
 * six times higher ones before it, which @ton/sandbox 0.41 still carries.
 */
export type FeeTable = 'current' | 'sandbox';

/** UNIX time from which mainnet charges the storage prices below (key in config param 18). */
export const CURRENT_STORAGE_SINCE = 1_777_500_000;

/**
 * Prices of the base workchain on mainnet since 2026-04-29. Source: config params 18, 21 and 25
 * of the mainnet configuration (https://tonviewer.com/config); layouts in crypto/block/block.tlb
 * of ton-blockchain/ton.
 */
export const CURRENT_FEES = {
    /** Param 21: nano per gas unit, times 2^16 (66.67 nano). */
    gasPrice: 4_369_067n,
    /** Param 21: nano for the first 100 gas units together. */
    flatGasPrice: 6_667n,
    /** Param 25: nano for each message. */
    lumpPrice: 66_667n,
    /** Param 25: nano per bit of a message, times 2^16. */
    forwardBitPrice: 4_369_067n,
    /** Param 25: nano per cell of a message, times 2^16. */
    forwardCellPrice: 436_906_667n,
    /** Param 18: nano per bit and second, times 2^16. */
    storageBitPrice: 0n,
    /** Param 18: nano per cell and second, times 2^16. */
    storageCellPrice: 135n,
} as const;

const STORAGE = 18;
const GLOBAL_ID = 19;
const GAS = 21;
const FORWARD = 25;
const VALIDATOR_SETS = [32, 33, 34, 35, 36, 37];

type Config = Dictionary<number, Cell>;

/**
 * A network configuration with today's prices in place of its own; everything else stays.
 *
 * @param config - root of a configuration dictionary, such as `blockchain.config`
 * @returns the root of the changed dictionary, for `Blockchain.create({ config })`
 * @example
 * const blockchain = await Blockchain.create({ config: withCurrentFees(Cell.fromBase64(defaultConfig)) });
 */
export function withCurrentFees(config: Cell): Cell {
    const params = loadParams(config);
    params.set(STORAGE, currentStoragePrices(param(params, STORAGE)));
    params.set(GAS, currentGasPrices(param(params, GAS)));
    params.set(FORWARD, currentForwardPrices(param(params, FORWARD)));
    return storeParams(params);
}

/** A network configuration under another global id (param 19), which contracts read as GLOBALID. */
export function withGlobalId(config: Cell, globalId: number): Cell {
    const params = loadParams(config);
    params.set(GLOBAL_ID, beginCell().storeInt(globalId, 32).endCell());
    return storeParams(params);
}

/**
 * A network configuration without the validator sets (params 32 to 37), which are nine tenths of
 * its size. The emulator parses the whole of it for each get-method: 4.5 ms with them, 1.2 ms without.
 */
export function withoutValidators(config: Cell): Cell {
    const params = loadParams(config);
    for (const index of VALIDATOR_SETS) params.delete(index);
    return storeParams(params);
}

/** Reading a configuration takes half a second, and cells do not change. */
const configs = new Map<FeeTable, { readonly whole: Cell; readonly small: Cell }>();

function configsOf(fees: FeeTable): { readonly whole: Cell; readonly small: Cell } {
    let known = configs.get(fees);
    if (known === undefined) {
        const config = Cell.fromBase64(defaultConfig);
        const whole = fees === 'current' ? withCurrentFees(config) : config;
        known = { whole, small: withoutValidators(whole) };
        configs.set(fees, known);
    }
    return known;
}

/** The configuration of @ton/sandbox 0.41 under one of the two fee tables. */
export function networkConfig(fees: FeeTable): Cell {
    return configsOf(fees).whole;
}

/**
 * A plain sandbox chain, without HTTP, for contract tests. The randomness of its blocks follows from
 * their logical time: the same messages always have the same effects.
 *
 * @param options - `fees` chooses the prices, today's by default
 * @example
 * const blockchain = await createBlockchain({ fees: 'sandbox' });
 * const owner = await blockchain.treasury('owner');
 */
export async function createBlockchain(options: { fees?: FeeTable } = {}): Promise<Blockchain> {
    const chain = await Blockchain.create({ config: configsOf(options.fees ?? 'current').small });
    // The seed of a new sandbox is zero, which the emulator takes for none, and makes one up.
    const seedOfBlock = () => sha256_sync(`seed of ${chain.lt}`);
    return Object.defineProperty(chain, 'random', { get: seedOfBlock });
}

/** The entry of a configuration, or an error that names what the configuration lacks. */
export function param(params: Config, index: number): Cell {
    const cell = params.get(index);
    if (cell === undefined) throw new RangeError(`The configuration has no parameter ${index}.`);
    return cell;
}

/** The parameters of a configuration by index. */
export function loadParams(config: Cell): Config {
    return Dictionary.loadDirect(Dictionary.Keys.Int(32), Dictionary.Values.Cell(), config);
}

function storeParams(params: Config): Cell {
    return beginCell().storeDictDirect(params).endCell();
}

interface StoragePrices {
    readonly bit: bigint;
    readonly cell: bigint;
    readonly masterchainBit: bigint;
    readonly masterchainCell: bigint;
}

/** `_#cc utime_since:uint32 bit_price_ps:uint64 cell_price_ps:uint64 mc_bit_price_ps:uint64 mc_cell_price_ps:uint64` */
const storagePrices: DictionaryValue<StoragePrices & { readonly since: number }> = {
    serialize: (prices, builder) => {
        builder.storeUint(0xcc, 8).storeUint(prices.since, 32);
        builder.storeUint(prices.bit, 64).storeUint(prices.cell, 64);
        builder.storeUint(prices.masterchainBit, 64).storeUint(prices.masterchainCell, 64);
    },
    parse: (slice) => ({
        since: slice.skip(8).loadUint(32),
        bit: slice.loadUintBig(64),
        cell: slice.loadUintBig(64),
        masterchainBit: slice.loadUintBig(64),
        masterchainCell: slice.loadUintBig(64),
    }),
};

function currentStoragePrices(cell: Cell): Cell {
    const history = Dictionary.loadDirect(Dictionary.Keys.Uint(32), storagePrices, cell);
    const latest = history.get(Math.max(...history.keys()));
    if (latest === undefined) throw new RangeError('Config param 18 is empty.');
    history.set(CURRENT_STORAGE_SINCE, {
        ...latest,
        since: CURRENT_STORAGE_SINCE,
        bit: CURRENT_FEES.storageBitPrice,
        cell: CURRENT_FEES.storageCellPrice,
    });
    return beginCell().storeDictDirect(history).endCell();
}

/** `gas_flat_pfx#d1 flat_gas_limit:uint64 flat_gas_price:uint64 other:(gas_prices_ext#de gas_price:uint64 ...)` */
function currentGasPrices(cell: Cell): Cell {
    const old = cell.beginParse();
    const builder = beginCell().storeUint(old.loadUint(8), 8).storeUint(old.loadUintBig(64), 64);
    old.skip(64);
    builder.storeUint(CURRENT_FEES.flatGasPrice, 64).storeUint(old.loadUint(8), 8);
    old.skip(64);
    return builder.storeUint(CURRENT_FEES.gasPrice, 64).storeSlice(old).endCell();
}

/** `msg_forward_prices#ea lump_price:uint64 bit_price:uint64 cell_price:uint64 ...` */
function currentForwardPrices(cell: Cell): Cell {
    const old = cell.beginParse();
    const builder = beginCell().storeUint(old.loadUint(8), 8);
    old.skip(3 * 64);
    return builder
        .storeUint(CURRENT_FEES.lumpPrice, 64)
        .storeUint(CURRENT_FEES.forwardBitPrice, 64)
        .storeUint(CURRENT_FEES.forwardCellPrice, 64)
        .storeSlice(old)
        .endCell();
}
