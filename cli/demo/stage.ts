import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, type OpenedContract, toNano } from '@ton/core';
import pino, { type Logger } from 'pino';
import { type Devnet, startDevnet } from '../../devnet';
import { type Chain, connect, type Fetch } from '../../sdk';
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
    withoutChecks,
} from '../../wrappers';
import {
    NETWORK,
    newKeys,
    type NodeSettings,
    openOperator,
    openVerifier,
    type Operator,
    type OperatorOptions,
    type VerifyingOperator,
} from './stage-nodes';
import { DataTally } from './data-tally';
import { openStagePeers, type StagePeers } from './stage-peers';

export {
    type Bonds,
    equipNode,
    NETWORK,
    newKeys,
    openStake,
    type Operator,
    type OperatorOptions,
    STAGE_BONDS,
    type VerifyingOperator,
} from './stage-nodes';

const POLL_MS = 100;
/** Nodes that verify have seconds for each step. */
const VERIFIER_POLL_MS = 300;

export interface StageOptions extends NodeSettings {
    /** Milliseconds from block to block. */
    readonly blockIntervalMs: number;
    /** Milliseconds between two looks of client and nodes at the chain; 100 unless set. */
    readonly pollMs?: number;
    /** What the time of the chain follows, milliseconds; the clock of this machine unless set. */
    readonly nowMs?: () => number;
    readonly operators: readonly OperatorOptions[];
    /** Names of operators whose nodes verify; none unless set. */
    readonly verifiers?: readonly string[];
    /** Short windows and no checks, for which nobody would come, unless set. */
    readonly parameters?: MarketParameters;
    /** Whether nodes have keys and no URLs, and all data goes from peer to peer; not unless set. */
    readonly byKey?: boolean;
    /** Told what is being built. */
    readonly onStep?: (step: string) => void;
    readonly logger?: Logger;
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
    /** The client's own blobs, and where it serves them to whoever comes by HTTP. */
    readonly blobs: BlobStore;
    readonly blobServer: Listening;
    /** Where nodes get them, as specs name it: a URL, or addresses of the client as a peer. */
    readonly sources: readonly string[];
    /** Reaches the endpoints of the operators. */
    readonly fetch: Fetch;
    /** Where peers meet; undefined where nodes have URLs. */
    readonly meeting: string | undefined;
    readonly data: DataTally;
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
    const { blockIntervalMs, nowMs, onStep = () => undefined } = options;
    const logger = options.logger ?? pino({ level: 'silent' });
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-demo-'));
    endings.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));

    onStep('starting an embedded chain');
    const devnet = await startDevnet({
        ...{ blockIntervalMs, logger },
        ...(nowMs !== undefined && { nowMs }),
    });
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

    const data = new DataTally(devnet.url);
    endings.push(() => Promise.resolve(data.stop()));
    let peers: StagePeers | undefined;
    if (options.byKey) {
        const network = {
            ...{ chain, deployment, market, fetch },
            config: { allowPrivateAddresses: true },
        };
        peers = await openStagePeers({ network, folder, endings, logger, onSent: data.blob });
        onStep(`starting a public node at ${peers.meeting}, where peers meet`);
    }

    const { length } = options.operators;
    onStep(
        peers === undefined
            ? `opening ${length} stakes and starting their nodes`
            : `opening ${length} stakes, which name keys and no addresses, and starting their nodes`,
    );
    const operators: Operator[] = [];
    const watching = connect(devnet.endpoint, { pollMs: VERIFIER_POLL_MS });
    const context = {
        options,
        chain,
        watching,
        market,
        deployment,
        folder,
        logger,
        peers,
        endings,
    };
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
    const own = await peers?.enter('client', newKeys().secretKey, blobs);
    return {
        ...{ devnet, chain, deployment, market, owner, operators, verifiers, client },
        ...{ blobs, blobServer, fund, addOperator, data },
        sources: own?.peers.addresses ?? [`${blobServer.url}/blobs`],
        fetch: own?.fetch ?? fetch,
        meeting: peers?.meeting,
    };
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
