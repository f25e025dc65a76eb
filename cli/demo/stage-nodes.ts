import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Address, type OpenedContract, toNano } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import type { Logger } from 'pino';
import {
    createProvider,
    type Pricing,
    type Provider,
    type ProviderEvent,
    type ProviderOptions,
} from '../../provider';
import { createRuntime, type Runtime } from '../../runtime';
import type { Chain } from '../../sdk';
import { createBlobStore, type Wallet } from '../../sdk/node';
import { createVerifier, type Verifier, type VerifierEvent } from '../../verifier';
import { type Deployment, type Market, Stake } from '../../wrappers';
import type { StagePeers } from './stage-peers';

/** Global id of the embedded chain. */
export const NETWORK = -3;
/** Where nobody listens: the Stake of a node that only verifies, where all others have URLs. */
const NOWHERE = 'http://127.0.0.1:9';

export interface OperatorOptions {
    readonly name: string;
    /** What it asks for an item, nanoGRAM, unless it has a pricing. */
    readonly nanoPerItem?: bigint;
    readonly pricing?: Pricing;
    /** Of its node; new ones unless set. */
    readonly keys?: KeyPair;
    /** What its Stake names; where its node is reached unless set. */
    readonly endpoint?: string;
    /** Replaces settings of its node. */
    readonly node?: Partial<ProviderOptions>;
    /** What its node executes with instead of a plain runtime. */
    readonly wrapRuntime?: (runtime: Runtime) => Runtime;
}

/** An operator with its wallet, Stake and node. */
export interface Operator {
    readonly name: string;
    readonly wallet: Wallet;
    readonly stake: OpenedContract<Stake>;
    readonly provider: Provider;
    /** What the Stake names. */
    readonly endpoint: string;
}

/** An operator whose node checks what others have computed. */
export interface VerifyingOperator {
    readonly name: string;
    readonly wallet: Wallet;
    readonly stake: OpenedContract<Stake>;
    readonly verifier: Verifier;
}

/** How nodes run, and who hears of them. */
export interface NodeSettings {
    readonly onVerifierEvent?: (operator: string, event: VerifierEvent) => void;
    readonly onProviderEvent?: (operator: string, event: ProviderEvent) => void;
    /** Program of the runtime's children; the compiled one unless set. */
    readonly workerPath?: string;
}

export interface StageContext {
    readonly options: NodeSettings;
    readonly chain: Chain;
    /** The same chain for nodes that look at it less often. */
    readonly watching: Chain;
    readonly market: OpenedContract<Market>;
    readonly deployment: Deployment;
    readonly folder: string;
    readonly logger: Logger;
    /** Undefined where nodes have URLs. */
    readonly peers: StagePeers | undefined;
    readonly endings: (() => Promise<void>)[];
}

/** Opens the stake of an operator and starts its node. */
export async function openOperator(
    context: StageContext,
    {
        name,
        nanoPerItem = 1n,
        pricing,
        wallet,
        keys = newKeys(),
        endpoint: named,
        node,
        wrapRuntime = (plain) => plain,
    }: OperatorOptions & { readonly wallet: Wallet },
): Promise<Operator> {
    const { options, chain, market, endings } = context;
    const { own, stake, parts } = await prepareNode(context, { name, wallet, keys });
    const provider = createProvider({
        ...parts,
        chain,
        runtime: wrapRuntime(parts.runtime),
        pricing: pricing ?? { kind: 'per-item', nano: nanoPerItem },
        ...(own !== undefined && { byKeyOnly: true }),
        onEvent: (event) => options.onProviderEvent?.(name, event),
        ...node,
    });
    await provider.start();
    endings.push(() => provider.stop());
    const endpoint = named ?? own?.endpoint ?? provider.url;
    await openStake(market, wallet, keys.publicKey, endpoint);
    return { name, wallet, stake: chain.open(stake), provider, endpoint };
}

/** The same for a node that verifies. */
export async function openVerifier(
    context: StageContext,
    { name, wallet }: Pick<Party, 'name' | 'wallet'>,
): Promise<VerifyingOperator> {
    const { options, chain, watching, market, endings } = context;
    const keys = newKeys();
    const { own, stake, parts } = await prepareNode(context, { name, wallet, keys });
    const verifier = createVerifier({
        ...parts,
        chain: watching,
        // A price that needs no measuring: seven nodes would measure on the same two cores.
        pricing: { kind: 'per-item', nano: 1n },
        ...(own !== undefined && { reachesPeers: true }),
        onEvent: (event) => options.onVerifierEvent?.(name, event),
    });
    await verifier.start();
    endings.push(() => verifier.stop());
    await openStake(market, wallet, keys.publicKey, own?.endpoint ?? NOWHERE);
    return { name, wallet, stake: chain.open(stake), verifier };
}

interface Party {
    readonly name: string;
    readonly wallet: Wallet;
    readonly keys: KeyPair;
}

/** What every node has, whatever it does. */
async function prepareNode(
    { options, market, deployment, folder, logger, peers, endings }: StageContext,
    { name, wallet, keys }: Party,
) {
    const { workerPath } = options;
    const stake = Stake.ofOperator(deployment, wallet.address);
    const place = { market: market.address, stake: stake.address, folder: join(folder, name) };
    const parts = equipNode({ ...place, keys, workerPath });
    endings.push(() => parts.runtime.stop());
    const own = await peers?.enter(name, keys.secretKey, parts.blobs);
    return {
        own,
        stake,
        parts: {
            ...parts,
            logger,
            ...(own !== undefined && { fetch: own.fetch, peers: own.peers }),
        },
    };
}

export interface EquipmentOptions {
    readonly market: Address;
    readonly stake: Address;
    readonly keys: KeyPair;
    /** For its blobs and its state. */
    readonly folder: string;
    readonly workerPath: string | undefined;
}

/** What any node has of its own; its runtime is for the caller to stop. */
export function equipNode({ market, stake, keys, folder, workerPath }: EquipmentOptions) {
    return {
        ...{ market, stake, network: NETWORK },
        nodeKey: keys.secretKey,
        secret: randomBytes(32),
        runtime: createRuntime({
            processes: 1,
            ...(workerPath !== undefined && { workerPath }),
        }),
        blobs: createBlobStore({ folder: join(folder, 'blobs') }),
        stateFolder: join(folder, 'state'),
        // Everything is on this machine, where `publicFetch` would not go.
        fetch,
    };
}

/** What an operator puts behind its promises; nanoGRAM. */
export interface Bonds {
    readonly reserve: bigint;
    readonly collateral: bigint;
}

/** 5 GRAM each. */
export const STAGE_BONDS: Bonds = { reserve: toNano('5'), collateral: toNano('5') };

/** Opens an operator's stake, with 1 GRAM for the messages of its node. */
export async function openStake(
    market: OpenedContract<Market>,
    operator: Wallet,
    nodeKey: Uint8Array,
    endpoint: string,
    { reserve, collateral }: Bonds = STAGE_BONDS,
): Promise<void> {
    const costs = await market.getCosts();
    const value = reserve + collateral + costs.openStake + toNano('1');
    const opening = {
        nodeKey,
        dailyLimit: toNano('100'),
        reserve,
        collateral,
        endpoint,
    };
    await market.sendOpenStake(operator, value, opening);
}

/** A node key, or that of a wallet. */
export function newKeys(): KeyPair {
    return keyPairFromSeed(randomBytes(32));
}
