import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Address } from '@ton/core';

import { keyPairFromSeed, mnemonicToPrivateKey } from '@ton/crypto';
import { WalletContractV5R1 } from '@ton/ton';
import { z } from 'zod';
import type { Wallet } from '../../sdk/node';
import type { Config, Home } from '../config';
import {
    askPassphrase,
    hasKeystore,
    KeystoreError,
    type Mnemonic,
    openKeystore,
    readPrivateFile,
    writePrivateFile,
} from '../keystore';
import { type Network, openWallet } from '../network';
import type { CommandContext } from '../terminal';

const FORMAT = 'cocoon.wallet/1';
const schema = z.strictObject({
    format: z.literal(FORMAT),
    publicKey: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The public part of the keys, which can be read without their passphrase. */
function publicPath(home: Home): string {
    return join(home.client.folder, 'wallet.json');
}

/** Writes down the public key, so that looking at the wallet needs no passphrase. */
export async function savePublicKey(home: Home, mnemonic: Mnemonic): Promise<void> {
    const { publicKey } = await mnemonicToPrivateKey([...mnemonic.reveal()]);
    const text = JSON.stringify({ format: FORMAT, publicKey: publicKey.toString('hex') });
    await writePrivateFile(publicPath(home), `${text}\n`, { replace: true });
}

/**
 * Address of the client's wallet. The passphrase is only asked for where the public key was lost.
 *
 * @throws KeystoreError, PassphraseError
 */
export async function clientAddress(config: Config, context: CommandContext): Promise<Address> {
    const { home, network } = config;
    const text = await readPrivateFile(publicPath(home));
    const parsed = schema.safeParse(text === undefined ? undefined : jsonOf(text.toString('utf8')));
    if (!parsed.success) {
        await savePublicKey(home, await openMnemonic(home, context));
        return clientAddress(config, context);
    }
    const { address } = WalletContractV5R1.create({
        workchain: 0,
        publicKey: Buffer.from(parsed.data.publicKey, 'hex'),
        walletId: { networkGlobalId: network.networkId },
    });
    return address;
}

/**
 * The client's wallet, with its keys in this process.
 *
 * @throws KeystoreError, PassphraseError
 */
export async function openClientWallet(
    config: Config,
    network: Pick<Network, 'chain' | 'id'>,
    context: CommandContext,
): Promise<Wallet> {
    const mnemonic = await openMnemonic(config.home, context);
    return openWallet(network.chain, network.id, mnemonic);
}

/**
 * The key that posts jobs from the deposit: it follows from the words of the wallet, so that no
 * backup has to hold it, and tells nothing of them.
 *
 * @throws KeystoreError, PassphraseError
 */
export async function openPostingKey(config: Config, context: CommandContext): Promise<Uint8Array> {
    const mnemonic = await openMnemonic(config.home, context);
    const { secretKey } = await mnemonicToPrivateKey([...mnemonic.reveal()]);
    const seed = createHmac('sha256', secretKey).update('cocoon.posting-key.v1').digest();
    return keyPairFromSeed(seed).secretKey;
}

/**
 * The secret that the keys of sealed jobs come from: it follows from the words of the wallet, so that
 * another machine with those words finds them again, and tells nothing of them.
 *
 * @throws KeystoreError, PassphraseError
 */
export async function openSealingSecret(
    config: Config,
    context: CommandContext,
): Promise<Uint8Array> {
    const mnemonic = await openMnemonic(config.home, context);
    const { secretKey } = await mnemonicToPrivateKey([...mnemonic.reveal()]);
    return createHmac('sha256', secretKey).update('cocoon.sealing-secret.v1').digest();
}

async function openMnemonic(home: Home, { terminal, env }: CommandContext): Promise<Mnemonic> {
    const path = home.client.keystore;
    if (!hasKeystore(path)) {
        throw new KeystoreError(
            'KEYSTORE_MISSING',
            `There is no wallet in ${home.client.folder}.`,
            'Run "cocoon init" first, or name another home with --home or COCOON_HOME.',
        );
    }
    const what = 'the wallet';
    const passphrase = await askPassphrase({ terminal, env, purpose: 'open', what });
    return (await openKeystore(path, 'client', passphrase)).mnemonic;
}

function jsonOf(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
