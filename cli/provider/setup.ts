import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { z } from 'zod';
import { type Config, MarketUnknownError } from '../config';
import type { Home } from '../config';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../keystore';
import { SetupError } from './errors';

const FORMAT = 'cocoon.node/1';
/** Of a later version of the program. */
const NEWER = /^cocoon\.node\/(?!1$)\d+$/;
const address = z.string().transform((text) => Address.parse(text));
const formatSchema = z.object({ format: z.literal(FORMAT) });
const schema = z.object({
    network: z.string(),
    networkId: z.number().int(),
    market: address,
    owner: address,
    /** Whether the wallet of the owner is in the keystore. */
    ownWallet: z.boolean(),
    stake: address,
    nodeKey: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What `init` has decided. Nothing of it is secret, so that `status` needs no passphrase. */
export type Setup = z.output<typeof schema>;

export function setupPath(home: Home): string {
    return join(home.provider.folder, 'node.json');
}

/** Where setups for other Markets are kept, each by the name of its Stake. */
export function otherSetupsFolder(home: Home): string {
    return join(home.provider.folder, 'nodes');
}

/** Name of the folder of a Stake's state: each Stake has its own. */
export function stateName(stake: Address): string {
    return stake.hash.toString('hex').slice(0, 16);
}

/** Where the node of a Stake keeps what it must not forget. */
export function stateFolder(home: Home, stake: Address): string {
    return join(home.provider.folder, 'state', stateName(stake));
}

/** Where the verifier of a Stake keeps what it must not forget. */
export function checksFolder(home: Home, stake: Address): string {
    return join(home.provider.folder, 'checks', stateName(stake));
}

/** Where the node keeps its index of a Market, which it can make anew at any time. */
export function indexFolder(home: Home, market: Address): string {
    return join(home.provider.folder, 'index', stateName(market));
}

/** Where blobs lie on their way from peers: beside the store that takes them. */
export function partialFolder(home: Home): string {
    return join(blobFolder(home), '..', 'partial-blobs');
}

export function blobFolder(home: Home): string {
    return join(home.provider.folder, 'blobs');
}

/** What the owner wants; it need not be there. */
export function preferencesPath(home: Home): string {
    return join(home.provider.folder, 'preferences.yaml');
}

export function logPath(home: Home): string {
    return join(home.provider.folder, 'node.log');
}

/**
 * What `init` has decided last.
 *
 * @throws SetupError `SETUP_DAMAGED`, `SETUP_NEWER`
 */
export async function readSetup(home: Home): Promise<Setup | undefined> {
    return readSetupAt(setupPath(home));
}

/**
 * What `init` has decided before for other Markets, whose stakes may still hold money.
 *
 * @throws SetupError `SETUP_DAMAGED`, `SETUP_NEWER`
 */
export async function readOtherSetups(home: Home): Promise<readonly Setup[]> {
    const folder = otherSetupsFolder(home);
    if (!existsSync(folder)) return [];
    const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{16}\.json$/.test(name));
    const setups = await Promise.all(names.sort().map((name) => readSetupAt(join(folder, name))));
    return setups.filter((setup) => setup !== undefined);
}

async function readSetupAt(path: string): Promise<Setup | undefined> {
    const bytes = await readPrivateFile(path);
    return bytes === undefined ? undefined : parseSetup(bytes.toString('utf8'), path);
}

/** @throws SetupError `SETUP_DAMAGED`, `SETUP_NEWER` */
export function parseSetup(text: string, path: string): Setup {
    try {
        const json: unknown = JSON.parse(text);
        assertNotNewer(json, path);
        formatSchema.parse(json);
        return schema.parse(json);
    } catch (error) {
        if (error instanceof SetupError) throw error;
        throw new SetupError(
            'SETUP_DAMAGED',
            `${path} cannot be read.`,
            'Remove it and run "cocoon-provider init" again; the keys are elsewhere and stay.',
            error,
        );
    }
}

/** @throws SetupError `SETUP_NEWER` */
function assertNotNewer(json: unknown, path: string): void {
    const { format } = (json ?? {}) as { readonly format?: unknown };
    if (typeof format !== 'string' || !NEWER.test(format)) return;
    throw new SetupError(
        'SETUP_NEWER',
        `${path} is ${format}, of a newer version of this program, which reads ${FORMAT}.`,
        'Use the version that wrote it, or restore a backup from before the upgrade. Nothing was changed.',
    );
}

/**
 * Makes a setup that of the home. One for another Stake that was there is kept beside it first, so
 * that its money stays within reach of the commands.
 *
 * @returns the one that is kept
 * @throws SetupError `SETUP_DAMAGED`, `SETUP_NEWER`
 */
export async function writeSetup(home: Home, setup: Setup): Promise<Setup | undefined> {
    const before = await readSetup(home);
    const other = before?.stake.equals(setup.stake) === false ? before : undefined;
    const kept = ({ stake }: Setup) => join(otherSetupsFolder(home), `${stateName(stake)}.json`);
    await makePrivateFolder(home.provider.folder);
    if (other !== undefined) {
        await makePrivateFolder(otherSetupsFolder(home));
        await writePrivateFile(kept(other), textOf(other), { replace: true });
    }
    await writePrivateFile(setupPath(home), textOf(setup), { replace: true });
    await rm(kept(setup), { force: true });
    return other;
}

function textOf({ market, owner, stake, ...rest }: Setup): string {
    const json = {
        format: FORMAT,
        ...rest,
        market: market.toRawString(),
        owner: owner.toRawString(),
        stake: stake.toRawString(),
    };
    return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * What `init` has decided for the network and the Market of a configuration.
 *
 * @throws SetupError, MarketUnknownError
 */
export async function setupFor({ home, network }: Config): Promise<Setup> {
    const setup = await readSetup(home);
    if (setup === undefined) {
        throw new SetupError(
            'SETUP_MISSING',
            `There is no provider in ${home.folder}.`,
            'Run "cocoon-provider init" first, or say where it is with --home.',
        );
    }
    if (network.market === undefined) throw new MarketUnknownError(network.name, home.config);
    const { market } = network;
    const isAsked = (one: Setup) =>
        one.network === network.name &&
        one.networkId === network.networkId &&
        one.market.equals(market);
    if (isAsked(setup)) return setup;
    const others = await readOtherSetups(home);
    const asked = others.find(isAsked);
    if (asked !== undefined) return asked;
    const known = [setup, ...others].map(
        (one) => `on ${one.network} for the Market ${one.market.toString()}`,
    );
    throw new SetupError(
        'SETUP_OTHER_MARKET',
        `This provider works ${known.join(', and ')}; ` +
            `${network.name} with ${market.toString()} is asked for.`,
        'Leave out what names another one, or run "cocoon-provider init" for it: keys, and the ' +
            'stake of the present one, stay.',
    );
}
