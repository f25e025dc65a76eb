import {
    chmodSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Address } from '@ton/core';
import { Decrypter, Encrypter } from 'age-encryption';
import pino from 'pino';
import {
    askPassphrase,
    createKeystore,
    decryptWithPassphrase,
    newMnemonic,
    newProviderKeys,
    nodeKeyPair,
    openKeystore,
    parseMnemonic,
    type ProviderKeys,
    Secret,
    weaknessOf,
} from '../../cli/keystore';
import { createTerminal } from '../../cli/terminal';
import { streams } from './terminal-streams';

const CHEAP = { workFactor: 4 };
const PASSPHRASE = new Secret('correct horse battery staple');
const OWNER = { kind: 'address', address: Address.parse(`0:${'22'.repeat(32)}`) } as const;

describe('A keystore', () => {
    let folder: string;
    let path: string;
    let keys: ProviderKeys;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-keys-'));
        path = join(folder, 'provider', 'keystore.age');
        keys = newProviderKeys(OWNER);
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('gives back what was put into it', async () => {
        const mnemonic = await newMnemonic();
        const owned = newProviderKeys({ kind: 'wallet', mnemonic });
        await createKeystore(path, owned, PASSPHRASE, CHEAP);
        const opened = await openKeystore(path, 'provider', PASSPHRASE);
        expect(nodeKeyPair(opened).publicKey).toEqual(nodeKeyPair(owned).publicKey);
        expect(opened.nodeSecret.reveal()).toEqual(owned.nodeSecret.reveal());
        expect(opened.owner.kind === 'wallet' && opened.owner.mnemonic.reveal()).toEqual(
            mnemonic.reveal(),
        );
    });

    it('is a file of mode 600 in a folder of mode 700, with nothing beside it', async () => {
        await createKeystore(path, keys, PASSPHRASE, CHEAP);
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(statSync(join(folder, 'provider')).mode & 0o777).toBe(0o700);
        expect(readdirSync(join(folder, 'provider'))).toEqual(['keystore.age']);
    });

    it('is an age file that any age tool opens', async () => {
        await createKeystore(path, keys, PASSPHRASE, CHEAP);
        const bytes = readFileSync(path);
        expect(bytes.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt /);
        const decrypter = new Decrypter();
        decrypter.addPassphrase(PASSPHRASE.reveal());
        expect(JSON.parse(await decrypter.decrypt(bytes, 'text'))).toMatchObject({
            format: 'cocoon.keystore/1',
            kind: 'provider',
        });
    });

    it('is never overwritten', async () => {
        await createKeystore(path, keys, PASSPHRASE, CHEAP);
        const before = readFileSync(path);
        await expect(
            createKeystore(path, newProviderKeys(OWNER), PASSPHRASE, CHEAP),
        ).rejects.toMatchObject({ code: 'KEYSTORE_EXISTS' });
        expect(readFileSync(path)).toEqual(before);
        expect(readdirSync(join(folder, 'provider'))).toEqual(['keystore.age']);
    });

    it('is made by one of two that start at once', async () => {
        const results = await Promise.allSettled([
            createKeystore(path, keys, PASSPHRASE, CHEAP),
            createKeystore(path, newProviderKeys(OWNER), PASSPHRASE, CHEAP),
        ]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await openKeystore(path, 'provider', PASSPHRASE);
    });

    it('is refused when others can read it, with what to type', async () => {
        await createKeystore(path, keys, PASSPHRASE, CHEAP);
        for (const mode of [0o640, 0o604, 0o622]) {
            chmodSync(path, mode);
            await expect(openKeystore(path, 'provider', PASSPHRASE)).rejects.toMatchObject({
                code: 'KEYSTORE_EXPOSED',
                hint: expect.stringContaining(`chmod 600 ${path}`) as string,
            });
        }
        chmodSync(path, 0o400);
        await openKeystore(path, 'provider', PASSPHRASE);
    });

    it('is not put into a folder that others can get into', async () => {
        chmodSync(folder, 0o755);
        await expect(
            createKeystore(join(folder, 'keystore.age'), keys, PASSPHRASE, CHEAP),
        ).rejects.toMatchObject({
            code: 'KEYSTORE_EXPOSED',
            hint: expect.stringContaining(`chmod 700 ${folder}`) as string,
        });
    });

    it('does not open with another passphrase', async () => {
        await createKeystore(path, keys, PASSPHRASE, CHEAP);
        await expect(openKeystore(path, 'provider', new Secret('another'))).rejects.toMatchObject({
            code: 'PASSPHRASE_WRONG',
        });
    });

    it('is damaged when it is cut off anywhere or changed in its content', async () => {
        await createKeystore(path, keys, PASSPHRASE, CHEAP);
        const whole = readFileSync(path);
        const refused = async (bytes: Buffer) => {
            writeFileSync(path, bytes);
            await expect(openKeystore(path, 'provider', PASSPHRASE)).rejects.toMatchObject({
                code: 'KEYSTORE_DAMAGED',
            });
        };
        for (const length of [0, 1, 20, whole.length - 17, whole.length - 1]) {
            await refused(whole.subarray(0, length));
        }
        for (const at of [3, whole.length - 200, whole.length - 1]) {
            const changed = Buffer.from(whole);
            changed[at] = (changed[at] ?? 0) ^ 1;
            await refused(changed);
        }
    });

    it('of another kind, or of something else, is told from a damaged one', async () => {
        const mnemonic = await newMnemonic();
        await createKeystore(path, { kind: 'client', mnemonic }, PASSPHRASE, CHEAP);
        await expect(openKeystore(path, 'provider', PASSPHRASE)).rejects.toMatchObject({
            code: 'KEYSTORE_KIND',
        });
        const encrypter = new Encrypter();
        encrypter.setPassphrase(PASSPHRASE.reveal());
        encrypter.setScryptWorkFactor(4);
        writeFileSync(
            path,
            await encrypter.encrypt('{"format":"cocoon.keystore/1","word":"abandon"}'),
        );
        const error: unknown = await openKeystore(path, 'provider', PASSPHRASE).catch(
            (e: unknown) => e,
        );
        expect(error).toMatchObject({ code: 'KEYSTORE_DAMAGED' });
        expect(inspect(error)).not.toContain('abandon');
        await expect(
            openKeystore(join(folder, 'none'), 'provider', PASSPHRASE),
        ).rejects.toMatchObject({
            code: 'KEYSTORE_MISSING',
        });
    });

    it('names the file that a passphrase does not open', async () => {
        await expect(decryptWithPassphrase(Buffer.from('x'), PASSPHRASE, 'a/file')).rejects.toThrow(
            'a/file is damaged',
        );
    });
});

describe('A secret', () => {
    it('reads [secret] wherever it is printed', () => {
        const keys = newProviderKeys(OWNER);
        const secret = new Secret('hush');
        const hex = Buffer.from(keys.nodeSecret.reveal()).toString('hex');
        let logged = '';
        pino({}, { write: (line) => void (logged += line) }).info({ secret, keys }, 'keys');
        const shown = [
            `${String(secret)}`,
            JSON.stringify({ secret, keys }),
            inspect({ secret, keys }, { depth: 9, showHidden: true }),
            logged,
        ];
        for (const text of shown) {
            expect(text).not.toMatch(/hush/);
            expect(text).not.toContain(hex);
            expect(text).toContain('[secret]');
        }
        expect(secret.reveal()).toBe('hush');
        expect(structuredClone(secret)).toEqual({});
    });
});

describe('The words of a wallet', () => {
    it('are read however they are spaced, and checked', async () => {
        const words = (await newMnemonic()).reveal();
        const text = `\n ${words.join('  \n').toUpperCase()} \n`;
        expect((await parseMnemonic(text)).reveal()).toEqual(words);
        const wrong = [...words].reverse().join(' ');
        const error: unknown = await parseMnemonic(wrong).catch((e: unknown) => e);
        expect(error).toMatchObject({ code: 'MNEMONIC_WRONG' });
        expect(inspect(error)).not.toContain(words[5]);
        await expect(parseMnemonic('a b c')).rejects.toMatchObject({ code: 'MNEMONIC_WRONG' });
    });
});

describe('The passphrase', () => {
    const ask = (env: Record<string, string>, purpose: 'create' | 'open' = 'open') => {
        const terminal = createTerminal(streams(env).surroundings, () => ({
            json: false,
            yes: true,
            quiet: false,
        }));
        return askPassphrase({ terminal, env, purpose });
    };
    let folder: string;
    beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cocoon-pass-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('comes from the file that is named, before the variable', async () => {
        const file = join(folder, 'pass');
        writeFileSync(file, ' with spaces \r\n');
        const env = { COCOON_PASSPHRASE_FILE: file, COCOON_PASSPHRASE: 'other' };
        expect((await ask(env)).reveal()).toBe(' with spaces ');
        expect((await ask({ COCOON_PASSPHRASE: 'other' })).reveal()).toBe('other');
    });

    it('is missed where nobody can be asked', async () => {
        await expect(ask({})).rejects.toMatchObject({
            code: 'PASSPHRASE_MISSING',
            hint: expect.stringContaining('COCOON_PASSPHRASE_FILE') as string,
        });
        writeFileSync(join(folder, 'empty'), '\n');
        await expect(ask({ COCOON_PASSPHRASE_FILE: join(folder, 'empty') })).rejects.toMatchObject({
            code: 'PASSPHRASE_MISSING',
        });
        await expect(ask({ COCOON_PASSPHRASE_FILE: join(folder, 'none') })).rejects.toMatchObject({
            code: 'PASSPHRASE_UNREADABLE',
        });
    });

    it('has to be strong when keys are made, and may be what it is when they are opened', async () => {
        await expect(ask({ COCOON_PASSPHRASE: 'short' }, 'create')).rejects.toMatchObject({
            code: 'PASSPHRASE_WEAK',
        });
        expect((await ask({ COCOON_PASSPHRASE: 'short' })).reveal()).toBe('short');
        expect(weaknessOf('aaaaaaaaaaaaaaaaaaaa')).toContain('repeats');
        expect(weaknessOf('four random words here')).toBeUndefined();
    });
});
