import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import {
    contentKeyHash,
    decodeItem,
    sealKeyEnvelope,
    type TensorSpec,
    checkItemFits,
} from '../../protocol';
import { createContentKeys } from '../../provider/content-keys';
import { KeyRefusedError } from '../../provider/errors';
import { publicApp } from '../../provider/http';
import { sampleItem } from '../../provider/sample-item';
import { type NodeState, openState } from '../../provider/state';
import { createBlobStore, listen } from '../../sdk/node';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at + 100);
const HASH = contentKeyHash(KEY);
const NODE = keyPairFromSeed(Buffer.alloc(32, 3));
const STRANGER = keyPairFromSeed(Buffer.alloc(32, 4));
const ACCOUNT = new Address(0, Buffer.alloc(32, 1));
const WORK = { kind: 'work' } as const;

describe('The keys of sealed jobs', () => {
    let folder: string;
    let state: NodeState;
    const open = () =>
        openState({ folder: join(folder, 'state'), stake: ACCOUNT, market: ACCOUNT });
    const keysOf = ({ keys }: NodeState) =>
        createContentKeys({ records: keys, nodeKey: NODE.secretKey, now: Date.now });
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-keys-'));
        state = await open();
    });
    afterEach(async () => {
        await state.close();
        rmSync(folder, { recursive: true });
    });

    it('are waited for, outlast the process, and stand in no file', async () => {
        const keys = keysOf(state);
        const never = new AbortController();
        const waiting = keys.wait(HASH, never.signal);
        expect(keys.has(HASH)).toBe(false);
        await keys.take(HASH, await sealKeyEnvelope(KEY, HASH, NODE.publicKey, WORK));
        expect(Buffer.from(await waiting)).toEqual(Buffer.from(KEY));
        await state.close();
        const files = readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true });
        for (const file of files.filter((entry) => entry.isFile())) {
            const bytes = readFileSync(join(file.parentPath, file.name));
            expect(bytes.includes(Buffer.from(KEY))).toBe(false);
            expect(bytes.includes(Buffer.from(KEY).toString('base64').slice(0, 40))).toBe(false);
        }
        state = await open();
        expect(Buffer.from((await keysOf(state).get(HASH)) ?? [])).toEqual(Buffer.from(KEY));
    });

    it('are not taken when they are for another node, another job or another purpose', async () => {
        const keys = keysOf(state);
        const foreign = await sealKeyEnvelope(KEY, HASH, STRANGER.publicKey, WORK);
        await expect(keys.take(HASH, foreign)).rejects.toMatchObject({ code: 'ENVELOPE_REFUSED' });
        const own = await sealKeyEnvelope(KEY, HASH, NODE.publicKey, WORK);
        const other = contentKeyHash(new Uint8Array(32));
        await expect(keys.take(other, own)).rejects.toMatchObject({ code: 'ENVELOPE_REFUSED' });
        expect(keys.has(HASH) || keys.has(other)).toBe(false);
    });

    it('are waited for no longer than one wants', async () => {
        const waiting = keysOf(state).wait(HASH, AbortSignal.timeout(10));
        await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    });

    it('are taken and given over HTTP, and refused with a reason', async () => {
        const refusing = () => Promise.reject(new KeyRefusedError('not-drawn', 'Not drawn.'));
        const app = publicApp({
            blobs: createBlobStore({ folder: join(folder, 'blobs') }),
            view: {
                result: () => undefined,
                health: () => ({ ok: true, stake: '', jobs: 0 }),
                unready: () => [],
            },
            keys: { contentKeys: keysOf(state), desk: { itemKeyFor: refusing } },
            logger: pino({ level: 'silent' }),
        });
        const server = await listen(app);
        const put = async (name: string, body: Uint8Array) => {
            const url = `${server.url}/keys/${name}`;
            return (await fetch(url, { method: 'PUT', body: Uint8Array.from(body) })).status;
        };
        try {
            const envelope = await sealKeyEnvelope(KEY, HASH, NODE.publicKey, WORK);
            expect(await put('no-hash', envelope)).toBe(400);
            expect(await put(HASH, envelope.subarray(1))).toBe(413);
            expect(await put(HASH, new Uint8Array(80))).toBe(422);
            expect(await put(HASH, new Uint8Array(10_000))).toBe(413);
            expect(await put(HASH, envelope)).toBe(201);
            expect(keysOf(state).has(HASH)).toBe(true);
            const ask = async (path: string) => (await fetch(`${server.url}/keys/${path}`)).status;
            const account = ACCOUNT.toRawString();
            expect(await ask(`${account}/1/${account}`)).toBe(403);
            expect(await ask(`${account}/1/nobody`)).toBe(400);
        } finally {
            await server.close();
        }
    });
});

describe('What a sealed job is measured with', () => {
    it.each<[string, TensorSpec[], number]>([
        ['fixed shapes', [{ name: 'x', dtype: 'float32', shape: [1, 8] }], 100],
        ['an open length', [{ name: 'x', dtype: 'float32', shape: [1, 'n', 4] }], 10_000],
        [
            'several inputs that share one',
            [
                { name: 'a', dtype: 'int64', shape: ['n'] },
                { name: 'b', dtype: 'string', shape: ['n'] },
                { name: 'c', dtype: 'float16', shape: [] },
            ],
            5_000,
        ],
    ])('fits the model, and is as large as the items: %s', (_what, inputs, bytes) => {
        const encoded = sampleItem(inputs, bytes);
        expect(() => checkItemFits(inputs, decodeItem(encoded))).not.toThrow();
        if (inputs.some(({ shape }) => shape.includes('n'))) {
            expect(encoded.length).toBeGreaterThan(bytes / 3);
            expect(encoded.length).toBeLessThan(bytes * 1.1 + 100);
        }
    });
});
