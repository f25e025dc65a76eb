import { readFile } from 'node:fs/promises';
import type { Address } from '@ton/core';
import {
    askPassphrase,
    createKeystore,
    hasKeystore,
    newMnemonic,
    newProviderKeys,
    type Owner,
    parseMnemonic,
    type ProviderKeys,
} from '../keystore';
import { walletAddress } from '../network';
import { type CommandContext, UsageError } from '../terminal';
import type { Config } from '../config';
import { SetupError } from './errors';
import { providerKeys } from './session';

/** How the owner of the stake is chosen. */
export interface OwnerFlags {
    /** A wallet elsewhere. */
    readonly owner?: Address;
    readonly createWallet?: boolean;
    /** Words from a file, or from a question. */
    readonly importWallet?: boolean | string;
}

const CHOICES =
    'Add --create-wallet for a new wallet on this machine, --import-wallet for one that you have, ' +
    'or --owner <address> for one that stays elsewhere.';

/**
 * The keys of this home: those that are there, or new ones for the chosen owner.
 *
 * @throws SetupError `OWNER_OTHER`, UsageError, KeystoreError, PassphraseError
 */
export async function takeKeys(
    context: CommandContext,
    config: Config,
    flags: OwnerFlags,
): Promise<ProviderKeys> {
    const { terminal, env } = context;
    const path = config.home.provider.keystore;
    if (hasKeystore(path)) {
        const keys = await providerKeys(context, config);
        await assertSameOwner(keys, config, flags);
        terminal.note(`Keys: those in ${path}.`);
        return keys;
    }
    const owner = await chooseOwner(context, flags);
    const keys = newProviderKeys(owner);
    const passphrase = await askPassphrase({ terminal, env, purpose: 'create' });
    await createKeystore(path, keys, passphrase);
    terminal.note(`Keys: new ones, encrypted in ${path}.`);
    terminal.note(
        'Run "cocoon-provider backup <file>" soon: without these keys the stake is lost.',
    );
    return keys;
}

/** Address of the owner on a network. */
export function ownerAddress(owner: Owner, networkId: number): Address | Promise<Address> {
    return owner.kind === 'address' ? owner.address : walletAddress(networkId, owner.mnemonic);
}

async function chooseOwner({ terminal }: CommandContext, flags: OwnerFlags): Promise<Owner> {
    const { owner, createWallet, importWallet } = flags;
    const chosen = [owner, createWallet, importWallet].filter((flag) => flag !== undefined);
    if (chosen.length > 1) throw new UsageError('A stake has one owner.', CHOICES);
    if (owner !== undefined) return { kind: 'address', address: owner };
    if (importWallet !== undefined) {
        const text =
            typeof importWallet === 'string'
                ? await wordsIn(importWallet)
                : await terminal.secret(
                      'The words of the wallet:',
                      'Name a file: --import-wallet <file>.',
                  );
        return { kind: 'wallet', mnemonic: await parseMnemonic(text) };
    }
    if (createWallet !== true) {
        if (!terminal.interactive) throw new UsageError('Nobody is named as owner.', CHOICES);
        terminal.note(CHOICES);
        await terminal.confirm('Create a new wallet on this machine?');
    }
    return { kind: 'wallet', mnemonic: await newMnemonic() };
}

async function wordsIn(path: string): Promise<string> {
    try {
        return await readFile(path, 'utf8');
    } catch (error) {
        throw new UsageError(
            `The words cannot be read from ${path}: ${(error as Error).message}.`,
            'Name a file that holds the words of the wallet, and remove it afterwards.',
        );
    }
}

async function assertSameOwner(
    keys: ProviderKeys,
    { home, network }: Config,
    { owner, createWallet, importWallet }: OwnerFlags,
): Promise<void> {
    const mine = await ownerAddress(keys.owner, network.networkId);
    const other =
        (owner !== undefined && !owner.equals(mine)) ||
        (createWallet === true && keys.owner.kind !== 'wallet') ||
        (importWallet !== undefined && keys.owner.kind !== 'wallet');
    if (!other) return;
    throw new SetupError(
        'OWNER_OTHER',
        `The keys in ${home.provider.keystore} belong to the owner ${mine.toString()}.`,
        'Leave out what names another owner, or choose another --home: a home has one owner.',
    );
}
