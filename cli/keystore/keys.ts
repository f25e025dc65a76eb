import { randomBytes } from 'node:crypto';
import { Address } from '@ton/core';
import { type KeyPair, keyPairFromSeed, mnemonicNew, mnemonicValidate } from '@ton/crypto';
import { z } from 'zod';
import { KeystoreError } from './errors';
import { Secret } from './secret';

/** Words of a wallet. */
export type Mnemonic = Secret<readonly string[]>;

/** Who owns the stake: a wallet of this machine, or one elsewhere. */
export type Owner =
    | { readonly kind: 'wallet'; readonly mnemonic: Mnemonic }
    | { readonly kind: 'address'; readonly address: Address };

/** What a provider must never lose nor show. */
export interface ProviderKeys {
    readonly kind: 'provider';
    readonly owner: Owner;
    /** 32 bytes: the Ed25519 seed of the node key. */
    readonly nodeKeySeed: Secret<Uint8Array>;
    /** 32 bytes that all seeds of jobs come from. */
    readonly nodeSecret: Secret<Uint8Array>;
}

export interface ClientKeys {
    readonly kind: 'client';
    readonly mnemonic: Mnemonic;
}

export type Keys = ProviderKeys | ClientKeys;

const FORMAT = 'cocoon.keystore/1';
const bytes32 = z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((hex) => new Secret<Uint8Array>(Buffer.from(hex, 'hex')));
const words = z
    .array(z.string().regex(/^[a-z]{2,10}$/))
    .min(12)
    .max(24)
    .transform((list) => new Secret<readonly string[]>(list));
const schema = z.discriminatedUnion('kind', [
    z.strictObject({
        format: z.literal(FORMAT),
        kind: z.literal('provider'),
        owner: z.discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('wallet'), mnemonic: words }),
            z.strictObject({
                kind: z.literal('address'),
                address: z.string().transform((text) => Address.parse(text)),
            }),
        ]),
        nodeKeySeed: bytes32,
        nodeSecret: bytes32,
    }),
    z.strictObject({ format: z.literal(FORMAT), kind: z.literal('client'), mnemonic: words }),
]);

/** Keys as the text that is encrypted. */
export function encodeKeys(keys: Keys): string {
    const hex = (secret: Secret<Uint8Array>) => Buffer.from(secret.reveal()).toString('hex');
    if (keys.kind === 'client') {
        const mnemonic = keys.mnemonic.reveal();
        return JSON.stringify({ format: FORMAT, kind: 'client', mnemonic });
    }
    const { owner } = keys;
    return JSON.stringify({
        format: FORMAT,
        kind: 'provider',
        owner:
            owner.kind === 'wallet'
                ? { kind: 'wallet', mnemonic: owner.mnemonic.reveal() }
                : { kind: 'address', address: owner.address.toRawString() },
        nodeKeySeed: hex(keys.nodeKeySeed),
        nodeSecret: hex(keys.nodeSecret),
    });
}

/**
 * Reads what `encodeKeys` wrote. The error never holds any of it.
 *
 * @throws KeystoreError `KEYSTORE_DAMAGED`
 */
export function decodeKeys(text: string, path: string): Keys {
    const parsed = schema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new KeystoreError(
        'KEYSTORE_DAMAGED',
        `${path} does not hold keys of this version.`,
        'Update the program, or restore the file from a backup.',
    );
}

function jsonOf(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        // The error of the parser would show a part of the text.
        return undefined;
    }
}

/** Fresh keys of a node for an owner. */
export function newProviderKeys(owner: Owner): ProviderKeys {
    return {
        kind: 'provider',
        owner,
        nodeKeySeed: new Secret<Uint8Array>(randomBytes(32)),
        nodeSecret: new Secret<Uint8Array>(randomBytes(32)),
    };
}

export function nodeKeyPair(keys: ProviderKeys): KeyPair {
    return keyPairFromSeed(Buffer.from(keys.nodeKeySeed.reveal()));
}

/** 24 words of a new wallet. */
export async function newMnemonic(): Promise<Mnemonic> {
    return new Secret<readonly string[]>(await mnemonicNew(24));
}

/**
 * Reads the words of a TON wallet, however they are spaced.
 *
 * @throws KeystoreError `MNEMONIC_WRONG`
 */
export async function parseMnemonic(text: string): Promise<Mnemonic> {
    const list = text
        .trim()
        .toLowerCase()
        .split(/[\s,]+/);
    if ((list.length === 24 || list.length === 12) && (await mnemonicValidate(list))) {
        return new Secret<readonly string[]>(list);
    }
    throw new KeystoreError(
        'MNEMONIC_WRONG',
        'These are not the words of a TON wallet.',
        'Give the 12 or 24 words in their order, separated by spaces.',
    );
}
