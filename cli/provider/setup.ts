import { join } from 'node:path';
import { Address } from '@ton/core';
import { z } from 'zod';
import { type Config, MarketUnknownError } from '../config';
import type { Home } from '../config';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../keystore';
import { SetupError } from './errors';

const FORMAT = 'cocoon.node/1';
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

/** @throws SetupError `SETUP_DAMAGED` */
export async function readSetup(home: Home): Promise<Setup | undefined> {
    const path = setupPath(home);
    const bytes = await readPrivateFile(path);
    return bytes === undefined ? undefined : parseSetup(bytes.toString('utf8'), path);
}

/** @throws SetupError `SETUP_DAMAGED` */
export function parseSetup(text: string, path: string): Setup {
    try {
        const json: unknown = JSON.parse(text);
        formatSchema.parse(json);
        return schema.parse(json);
    } catch (error) {
        throw new SetupError(
            'SETUP_DAMAGED',
            `${path} cannot be read.`,
            'Remove it and run "cocoon-provider init" again; the keys are elsewhere and stay.',
            error,
        );
    }
}

export async function writeSetup(home: Home, setup: Setup): Promise<void> {
    const { market, owner, stake, ...rest } = setup;
    const text = JSON.stringify(
        {
            format: FORMAT,
            ...rest,
            market: market.toRawString(),
            owner: owner.toRawString(),
            stake: stake.toRawString(),
        },
        null,
        2,
    );
    await makePrivateFolder(home.provider.folder);
    await writePrivateFile(setupPath(home), `${text}\n`, { replace: true });
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
    const same =
        setup.network === network.name &&
        setup.networkId === network.networkId &&
        setup.market.equals(network.market);
    if (same) return setup;
    throw new SetupError(
        'SETUP_OTHER_MARKET',
        `This provider works on ${setup.network} for the Market ${setup.market.toString()}, ` +
            `and ${network.name} with ${network.market.toString()} is asked for.`,
        'Leave out what names another one, or run "cocoon-provider init" for it: the keys stay.',
    );
}
