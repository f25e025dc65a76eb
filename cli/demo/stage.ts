import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, type OpenedContract, toNano } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import pino, { type Logger } from 'pino';
import { type Devnet, startDevnet } from '../../devnet';
import {
    createProvider,
    type Pricing,
    type Provider,
    type ProviderEvent,
    type ProviderOptions,
} from '../../provider';
import { createRuntime, type Runtime } from '../../runtime';
import { createVerifier, type Verifier, type VerifierEvent } from '../../verifier';
import { type Chain, connect } from '../../sdk';
import {
    type BlobStore,
    createBlobStore,
    createWallet,
    type Listening,
    serveBlobs,
    type Wallet,
} from '../../sdk/node';
import {
    accountAddress,
    type Deployment,
    DEVNET_PARAMETERS,
    Market,
    type MarketParameters,
    Stake,
    withoutChecks,
} from '../../wrappers';

/** Global id of the embedded chain. */
const NETWORK = -3;
const POLL_MS = 100;
/** Nodes that verify have seconds for each step. */
const VERIFIER_POLL_MS = 300;

export interface StageOptions {
    /** Milliseconds from block to block. */
    readonly blockIntervalMs: number;
    /** Milliseconds between two looks of client and nodes at the chain; 100 unless set. */
    readonly pollMs?: number;
    readonly operators: readonly OperatorOptions[];
    /** Names of operators whose nodes verify; none unless set. */
    readonly verifiers?: readonly string[];
    /** Short windows and no checks, for which nobody would come, unless set. */
    readonly parameters?: MarketParameters;
    readonly onVerifierEvent?: (operator: string, event: VerifierEvent) => void;
    readonly onProviderEvent?: (operator: string, event: ProviderEvent) => void;
    /** Told what is being built. */
    readonly onStep?: (step: string) => void;
    /** Program of the runtime's children; the compiled one unless set. */
    readonly workerPath?: string;
    readonly logger?: Logger;
}

export interface OperatorOptions {
    readonly name: string;
    /** What it asks for an item, nanoGRAM, unless it has a pricing. */
    readonly nanoPerItem?: bigint;
    readonly pricing?: Pricing;
    /** Of its node; new ones unless set. */
    readonly keys?: KeyPair;
    /** Where clients reach it; under its own URL unless set. */
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
}

/** An operator whose node checks what others have computed. */
export interface VerifyingOperator {
    readonly name: string;
    readonly wallet: Wallet;
    readonly stake: OpenedContract<Stake>;
    readonly verifier: Verifier;
}

/** A whole market on an embedded chain, in one process and its children. */
export interface Stage {
    readonly devnet: Devnet;
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly market: OpenedContract<Market>;
    readonly owner: Wallet;
    readonly operators: readonly Operator[];
    readonly verifiers: readonly VerifyingOperator[];
    readonly client: Wallet;
    /** The client's own blobs, and where it serves them. */
    readonly blobs: BlobStore;
    readonly blobServer: Listening;
    /** A new wallet with that much GRAM. */
    fund(gram: string): Promise<Wallet>;
    /** Opens a stake for one more operator, starts its node, and counts it among `operators`. */
    addOperator(operator: OperatorOptions): Promise<Operator>;
    /** Ends everything that was started, in the reverse order. May be called again. */
    stop(): Promise<void>;
}

/**
 * Starts an embedded chain, deploys a market, opens a stake and starts a node for each operator,
 * and gives a client money and a blob server. What was started is stopped when a step fails.
 */
export async function setStage(options: StageOptions): Promise<Stage> {
    const endings: (() => Promise<void>)[] = [];
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= endAll(endings));
    try {
        return { ...(await build(options, endings)), stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

async function endAll(endings: (() => Promise<void>)[]): Promise<void> {
    for (const end of endings.reverse()) await end();
}

async function build(
    options: StageOptions,
    endings: (() => Promise<void>)[],
): Promise<Omit<Stage, 'stop'>> {
    const { blockIntervalMs, onStep = () => undefined } = options;
    const logger = options.logger ?? pino({ level: 'silent' });
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-demo-'));
    endings.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));

    onStep('starting an embedded chain');
    const devnet = await startDevnet({ blockIntervalMs, logger });
    endings.push(() => devnet.stop());
    const chain = connect(devnet.endpoint, { pollMs: options.pollMs ?? POLL_MS });
    const fund = async (gram: string): Promise<Wallet> => {
        const wallet = createWallet({ chain, keys: newKeys(), network: NETWORK });
        await devnet.faucet(wallet.address, toNano(gram));
        return wallet;
    };

    onStep('deploying the market');
    const owner = await fund('10');
    const config = {
        owner: owner.address,
        network: NETWORK,
        timelockSeconds: 3600,
        parameters: options.parameters ?? withoutChecks(DEVNET_PARAMETERS),
    };
    const contract = await Market.fromConfig(config);
    const market = chain.open(contract);
    await market.sendDeploy(owner, toNano('1'));
    const deployment = await contract.deployment();

    onStep(`opening ${options.operators.length} stakes and starting their nodes`);
    const operators: Operator[] = [];
    const watching = connect(devnet.endpoint, { pollMs: VERIFIER_POLL_MS });
    const context = { options, chain, watching, market, deployment, folder, logger, endings };
    const funded = [];
    for (const operator of options.operators) {
        funded.push({ ...operator, wallet: await fund('20') });
    }
    operators.push(...(await Promise.all(funded.map((one) => openOperator(context, one)))));
    const names = options.verifiers ?? [];
    if (names.length > 0) onStep(`opening ${names.length} more for nodes that verify`);
    const waiting = [];
    for (const name of names) waiting.push({ name, wallet: await fund('20') });
    const verifiers = await Promise.all(waiting.map((one) => openVerifier(context, one)));
    const addOperator = async (operator: OperatorOptions) => {
        const wallet = await fund('20');
        const added = await openOperator(context, { ...operator, wallet });
        operators.push(added);
        return added;
    };

    const client = await fund('5');
    const blobs = createBlobStore({ folder: join(folder, 'client') });
    const blobServer = await serveBlobs(blobs, { logger });
    endings.push(() => blobServer.close());
    return {
        ...{ devnet, chain, deployment, market, owner, operators, verifiers, client },
        ...{ blobs, blobServer, fund, addOperator },
    };
}

interface StageContext {
    readonly options: StageOptions;
    readonly chain: Chain;
    /** The same chain for nodes that look at it less often. */
    readonly watching: Chain;
    readonly market: OpenedContract<Market>;
    readonly deployment: Deployment;
    readonly folder: string;
    readonly logger: Logger;
    readonly endings: (() => Promise<void>)[];
}

async function openOperator(
    { options, chain, market, deployment, folder, logger, endings }: StageContext,
    {
        name,
        nanoPerItem = 1n,
        pricing,
        wallet,
        keys = newKeys(),
        endpoint,
        node,
        wrapRuntime = (plain) => plain,
    }: OperatorOptions & { readonly wallet: Wallet },
): Promise<Operator> {
    const runtime = wrapRuntime(newRuntime(options));
    endings.push(() => runtime.stop());
    const stake = Stake.ofOperator(deployment, wallet.address);
    const provider = createProvider({
        chain,
        market: market.address,
        stake: stake.address,
        network: NETWORK,
        nodeKey: keys.secretKey,
        secret: randomBytes(32),
        runtime,
        blobs: createBlobStore({ folder: join(folder, name) }),
        pricing: pricing ?? { kind: 'per-item', nano: nanoPerItem },
        stateFolder: join(folder, `${name}-state`),
        logger,
        // Everything is on this machine, where `publicFetch` would not go.
        fetch,
        onEvent: (event) => options.onProviderEvent?.(name, event),
        ...node,
    });
    await provider.start();
    endings.push(() => provider.stop());
    await openStake(market, wallet, keys.publicKey, endpoint ?? provider.url);
    return { name, wallet, stake: chain.open(stake), provider };
}

async function openVerifier(
    { options, chain, watching, market, deployment, folder, logger, endings }: StageContext,
    { name, wallet }: { readonly name: string; readonly wallet: Wallet },
): Promise<VerifyingOperator> {
    const keys = newKeys();
    const runtime = newRuntime(options);
    endings.push(() => runtime.stop());
    const stake = Stake.ofOperator(deployment, wallet.address);
    const verifier = createVerifier({
        chain: watching,
        market: market.address,
        stake: stake.address,
        network: NETWORK,
        nodeKey: keys.secretKey,
        secret: randomBytes(32),
        runtime,
        blobs: createBlobStore({ folder: join(folder, name) }),
        stateFolder: join(folder, `${name}-state`),
        // A price that needs no measuring: seven nodes would measure on the same two cores.
        pricing: { kind: 'per-item', nano: 1n },
        logger,
        fetch,
        onEvent: (event) => options.onVerifierEvent?.(name, event),
    });
    await verifier.start();
    endings.push(() => verifier.stop());
    await openStake(market, wallet, keys.publicKey, 'http://127.0.0.1:9');
    return { name, wallet, stake: chain.open(stake), verifier };
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

function newRuntime({ workerPath }: StageOptions): Runtime {
    return createRuntime({ processes: 1, ...(workerPath !== undefined && { workerPath }) });
}

function newKeys(): KeyPair {
    return keyPairFromSeed(randomBytes(32));
}

/** All accounts that can hold money on this stage. */
export function accountsOf(
    stage: Pick<Stage, 'market' | 'owner' | 'operators' | 'verifiers' | 'client' | 'devnet'>,
    escrow: Address,
): { name: string; address: Address }[] {
    return [
        { name: 'client: wallet', address: stage.client.address },
        { name: 'client: escrow', address: escrow },
        ...[...stage.operators, ...stage.verifiers].flatMap(({ name, wallet, stake }) => [
            { name: `${name}: wallet`, address: wallet.address },
            { name: `${name}: stake`, address: stake.address },
        ]),
        { name: 'market', address: stage.market.address },
        { name: 'market owner: wallet', address: stage.owner.address },
        { name: 'burnt', address: accountAddress(0n) },
        { name: 'faucet', address: stage.devnet.giver },
    ];
}
