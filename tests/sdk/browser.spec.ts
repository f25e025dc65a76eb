import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { Address, Cell } from '@ton/core';
import { build } from 'esbuild';
import type * as core from '@ton/core';
import type * as protocol from '../../protocol';
import type * as sdk from '../../sdk';
import type * as wrappers from '../../wrappers';
import { identityManifest } from '../../bench/identity-model';
import { World, PRICE } from '../provider/world';

const ROOT = join(__dirname, '..', '..');

/** What a page imports. */
const ENTRY = `
    export * as sdk from './sdk';
    export * as protocol from './protocol';
    export * as wrappers from './wrappers';
    export * as core from '@ton/core';
`;

interface Doors {
    readonly sdk: typeof sdk;
    readonly protocol: typeof protocol;
    readonly wrappers: typeof wrappers;
    readonly core: typeof core;
}

/** What stands around a page: the chain, nodes, a wallet and a blob store, all over text. */
interface Surroundings {
    readonly endpoint: string;
    readonly market: string;
    readonly client: string;
    readonly manifest: protocol.ModelManifest;
    readonly source: string;
    readonly node: string;
    readonly price: bigint;
    /** As a wallet behind TON Connect takes a message. */
    readonly send: (to: string, value: string, body: string) => Promise<void>;
    readonly serve: (blob: Uint8Array) => Promise<unknown>;
}

/**
 * A page that runs a whole paid job. It is turned into source text and runs in the browser's
 * world, so it may use nothing from outside.
 */
async function usePage(doors: Doors, around: Surroundings): Promise<string> {
    const { sdk, protocol, wrappers, core } = doors;
    const client = core.Address.parse(around.client);
    const chain = sdk.connect(around.endpoint, { pollMs: 20 });
    const market = core.Address.parse(around.market);
    const job = sdk.prepareJob({
        manifest: around.manifest,
        items: [1.5, 2.5, 3.5].map((x) => ({ x: protocol.tensorOf('float32', [1], [x]) })),
        sources: [around.source],
    } as unknown as sdk.JobDescription);
    for (const blob of job.blobs) await around.serve(blob);
    const kinds: string[] = [];
    let ticket = '';
    const request: sdk.RunJobRequest = {
        chain,
        deployment: { market, code: await wrappers.contractCode() },
        sender: {
            address: client,
            send: ({ to, value, body }) =>
                around.send(
                    to.toString(),
                    value.toString(),
                    body?.toBoc().toString('base64') ?? '',
                ),
        },
        client,
        job,
        ceiling: around.price,
        takePrice: around.price,
        bidWindowSeconds: 30,
        commitWindowSeconds: 60,
        endpoints: [around.node],
        store: sdk.createMemoryOutputStore(),
        onTicket: (one) => void (ticket = sdk.encodeTicket(one)),
        onEvent: ({ kind }) => void kinds.push(kind),
    };
    const result = await sdk.runJob(request);
    const again = await sdk.resumeJob({ chain, ticket: sdk.decodeTicket(ticket), job });
    const valuesOf = ({ items }: { readonly items: readonly sdk.ItemResult[] }) =>
        items.map((item) =>
            item.status === 'done'
                ? protocol.tensorValues(item.output.get('y') as protocol.Tensor)[0]
                : item.name,
        );
    let refused = '';
    try {
        await sdk.fetchBlob('0'.repeat(64) as protocol.HashHex, [around.source], { maxBytes: 9 });
    } catch (error) {
        refused = (error as { code: string }).code;
    }
    return JSON.stringify({
        kinds,
        values: valuesOf(result),
        outcome: result.closing?.outcome,
        again: again.posted && valuesOf(again),
        refused,
    });
}

async function bundle(): Promise<string> {
    const { outputFiles, metafile } = await build({
        stdin: { contents: ENTRY, resolveDir: ROOT, loader: 'ts' },
        bundle: true,
        write: false,
        metafile: true,
        platform: 'browser',
        format: 'iife',
        globalName: 'doors',
        target: 'es2022',
        absWorkingDir: ROOT,
        logLevel: 'silent',
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain('sdk/resume-job.ts');
    expect(inputs.filter((path) => /^(?:sdk\/node|runtime|provider|devnet)\//.test(path))).toEqual(
        [],
    );
    return outputFiles.map(({ text }) => text).join('\n');
}

/** Beside the language itself, only what every browser has. */
function page() {
    return createContext({
        AbortController,
        AbortSignal,
        atob,
        Blob,
        btoa,
        clearInterval,
        clearTimeout,
        console,
        crypto,
        DOMException,
        Event,
        EventTarget,
        fetch,
        FormData,
        Headers,
        performance,
        queueMicrotask,
        ReadableStream,
        Request,
        Response,
        setInterval,
        setTimeout,
        structuredClone,
        TextDecoder,
        TextEncoder,
        TransformStream,
        URL,
        URLSearchParams,
        WritableStream,
    });
}

describe('The SDK in a browser', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create()));
    afterAll(() => world.stop());

    it('runs a whole paid job, and resumes it, without anything of Node', async () => {
        const { devnet, market, client, operators, blobs, blobServer } = world.stage;
        const around: Surroundings = {
            endpoint: devnet.endpoint,
            market: market.address.toString(),
            client: client.address.toString(),
            manifest: identityManifest(),
            source: `${blobServer.url}/blobs`,
            node: operators[0]!.provider.url,
            price: 3n * PRICE,
            send: (to, value, body) =>
                client.send({
                    to: Address.parse(to),
                    value: BigInt(value),
                    body: Cell.fromBase64(body),
                }),
            serve: (blob) => blobs.write(blob),
        };
        const context = page();
        runInContext(await bundle(), context);
        const missing = 'typeof process + typeof require + typeof setImmediate';
        expect(runInContext(missing, context)).toBe('undefined'.repeat(3));
        const use = runInContext(`(${usePage.toString()})`, context) as (
            doors: unknown,
            around: Surroundings,
        ) => Promise<string>;
        const doors: unknown = runInContext('doors', context);
        expect(JSON.parse(await use(doors, around))).toEqual({
            kinds: expect.arrayContaining(['posted', 'committed', 'verified', 'accepted']) as [],
            values: [1.5, 2.5, 3.5],
            outcome: 'accepted',
            again: [1.5, 2.5, 3.5],
            refused: 'BLOB_UNAVAILABLE',
        });
    });

    it('does not touch what only Node has', () => {
        const files = ['sdk', 'protocol'].flatMap((folder) =>
            readdirSync(join(ROOT, folder))
                .filter((name) => name.endsWith('.ts'))
                .map((name) => join(folder, name)),
        );
        expect(files.length).toBeGreaterThan(40);
        const guilty = files.filter((file) => {
            const code = readFileSync(join(ROOT, file), 'utf8').replace(COMMENTS, '');
            return /\b(?:Buffer|process|setImmediate|__dirname|require)\b|['"]node:/.test(code);
        });
        expect(guilty).toEqual([]);
    });
});

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;
