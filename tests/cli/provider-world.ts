import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, type OpenedContract, toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { build, buildSync, type Plugin } from 'esbuild';
import pino from 'pino';
import { identityManifest, identityModel } from '../../bench/identity-model';
import { type Devnet, startDevnet } from '../../devnet';
import { encodeItem, type JobDelivery, tensorOf } from '../../protocol';
import {
    announceJob,
    type Chain,
    connect,
    estimateJob,
    type Fetch,
    type JobResult,
    type JobTicket,
    postJob,
    prepareJob,
    runJob,
    type RunJobRequest,
} from '../../sdk';
import {
    type BlobStore,
    createBlobStore,
    createWallet,
    type Listening,
    serveBlobs,
    type Wallet,
} from '../../sdk/node';
import {
    type Deployment,
    DEVNET_PARAMETERS,
    Market,
    type MarketParameters,
    withoutChecks,
} from '../../wrappers';
import { buildPage } from '../provider/page/chromium';
import { makeKeystoreCheap } from './cheap-keys';

const ROOT = join(__dirname, '..', '..');
/** Inside the project, so that packages are found from there; of this process alone. */
const FOLDER = join(ROOT, 'node_modules', '.cache', `cocoon-provider-test-${process.pid}`);
const BIN = join(FOLDER, 'bin.js');
/** The command `cocoon-verifier`. */
export const VERIFIER_BIN = join(FOLDER, 'verifier.js');
const NETWORK = -3;
const BUNDLING = {
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
} as const;
export const PASSPHRASE = 'four random words here';

/** Compiles the command, with the program of the runtime's children beside it. */
export function bundleCommand(): void {
    mkdirSync(FOLDER, { recursive: true });
    for (const [entry, name] of [
        ['cli/provider/bin.ts', 'bin.js'],
        ['cli/verifier/bin.ts', 'verifier.js'],
        ['runtime/worker.ts', 'worker.js'],
    ] as const) {
        const entryPoints = [join(ROOT, entry)];
        buildSync({ ...BUNDLING, entryPoints, outfile: join(FOLDER, name) });
    }
    buildPage(join(FOLDER, 'web'));
}

/**
 * Compiles the command as a made-up later version of the program, whose states have a format of
 * their own: an upgrade leads to it, and nothing back.
 *
 * @returns its path
 */
export async function bundleNewer(version: string): Promise<string> {
    const folder = join(FOLDER, version);
    const changes: Readonly<Record<string, (text: string) => string>> = {
        'package.json': (text) => JSON.stringify({ ...(JSON.parse(text) as object), version }),
        'provider/state/format.ts': newFormat,
        'verifier/state/open.ts': newFormat,
    };
    const plugin: Plugin = {
        name: 'newer',
        setup: (builder) => {
            for (const [path, change] of Object.entries(changes)) {
                const filter = new RegExp(`^${join(ROOT, path).replaceAll('.', '\\.')}$`);
                const loader = path.endsWith('.json') ? 'json' : 'ts';
                builder.onLoad({ filter }, ({ path: file }) => {
                    const text = readFileSync(file, 'utf8');
                    const contents = change(text);
                    if (contents === text) throw new Error(`Nothing was changed in ${file}.`);
                    return { contents, loader };
                });
            }
        },
    };
    const outfile = join(folder, 'bin.js');
    const entryPoints = [join(ROOT, 'cli/provider/bin.ts')];
    await build({ ...BUNDLING, entryPoints, outfile, plugins: [plugin] });
    buildSync({
        ...BUNDLING,
        entryPoints: [join(ROOT, 'runtime/worker.ts')],
        outfile: join(folder, 'worker.js'),
    });
    buildPage(join(folder, 'web'));
    return outfile;
}

/** The next format, with a step that leads to it from the present one. */
function newFormat(text: string): string {
    return text
        .replace(/VERSION = (\d+);/, (_, version: string) => `VERSION = ${Number(version) + 1};`)
        .replace(/1: \(\) => undefined/, '1: () => undefined, 2: () => undefined');
}

/** The text in a keystore, by the age format alone, in a process that no test framework slows down. */
export function keysTextOf(home: string): string {
    const program = `
        const { Decrypter } = require('age-encryption');
        const decrypter = new Decrypter();
        decrypter.addPassphrase(process.argv[2]);
        const bytes = require('node:fs').readFileSync(process.argv[1]);
        decrypter.decrypt(bytes, 'text').then((text) => process.stdout.write(text));`;
    const args = ['--eval', program, keystoreOf(home), PASSPHRASE];
    return execFileSync(process.execPath, args, { cwd: ROOT }).toString('utf8');
}

/** Makes each command of a home take a second less. */
export function makeKeysCheap(home: string): void {
    makeKeystoreCheap(keystoreOf(home), PASSPHRASE);
}

function keystoreOf(home: string): string {
    return join(home, 'provider', 'keystore.age');
}

/** How a command ended. */
export interface Ended {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
}

/** An embedded chain with a Market, and what an owner and a client do on it. */
export class ProviderWorld {
    /** Everything that any command has ever said. */
    said = '';
    readonly #running = new Set<ChildProcess>();

    private constructor(
        readonly folder: string,
        readonly devnet: Devnet,
        readonly chain: Chain,
        readonly market: OpenedContract<Market>,
        readonly deployment: Deployment,
        readonly client: Wallet,
        readonly blobs: BlobStore,
        readonly blobServer: Listening,
    ) {}

    static async create(
        parameters: MarketParameters = withoutChecks(DEVNET_PARAMETERS),
    ): Promise<ProviderWorld> {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-provider-'));
        const devnet = await startDevnet({ blockIntervalMs: 0 });
        const chain = connect(devnet.endpoint, { pollMs: 10 });
        const client = await funded(chain, devnet, '30');
        const contract = await Market.fromConfig({
            owner: client.address,
            network: NETWORK,
            timelockSeconds: 3600,
            parameters,
        });
        const market = chain.open(contract);
        await market.sendDeploy(client, toNano('1'));
        const blobs = createBlobStore({ folder: join(folder, 'client-blobs') });
        await blobs.write(identityModel());
        const server = await serveBlobs(blobs, { logger: pino({ level: 'silent' }) });
        const deployment = await contract.deployment();
        return new ProviderWorld(folder, devnet, chain, market, deployment, client, blobs, server);
    }

    async stop(): Promise<void> {
        for (const child of this.#running) child.kill('SIGKILL');
        await this.blobServer.close();
        await this.devnet.stop();
        rmSync(this.folder, { recursive: true });
        rmSync(FOLDER, { recursive: true, force: true });
    }

    home(name: string): string {
        return join(this.folder, name);
    }

    wallet(gram: string): Promise<Wallet> {
        return funded(this.chain, this.devnet, gram);
    }

    /** Flags that lead to this chain. */
    get network(): string[] {
        const market = this.market.address.toString();
        return [
            ...['--network', 'devnet', '--endpoint', this.devnet.endpoint, '--market', market],
            ...['--set', 'pollMs=20'],
        ];
    }

    /** Runs a command to its end. */
    run(
        home: string,
        args: readonly string[],
        env: Record<string, string> = {},
        bin = BIN,
    ): Promise<Ended> {
        return this.launch(home, args, env, bin).ended;
    }

    /** Runs a command that has to work, and reads its result. */
    async json(home: string, args: readonly string[]): Promise<Record<string, unknown>> {
        const { code, out, err } = await this.run(home, [...args, '--json']);
        if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${out}${err}`);
        return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    }

    /** The error of a command that has to fail. */
    async failure(
        home: string,
        args: readonly string[],
        env: Record<string, string> = {},
    ): Promise<Ended & { readonly error: Record<string, string> }> {
        const ended = await this.run(home, [...args, '--json'], env);
        if (ended.code === 0) throw new Error(`${args.join(' ')} worked: ${ended.out}`);
        const last = ended.out.trim().split('\n').at(-1) ?? '';
        return { ...ended, ...(JSON.parse(last) as { error: Record<string, string> }) };
    }

    /** Starts a command and leaves it running. */
    launch(
        home: string,
        args: readonly string[],
        env: Record<string, string> = {},
        bin = BIN,
    ): Running {
        const child = spawn(process.execPath, [bin, ...args], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: {
                PATH: process.env['PATH'],
                COCOON_HOME: home,
                COCOON_PASSPHRASE: PASSPHRASE,
                ...env,
            },
        });
        this.#running.add(child);
        child.once('exit', () => this.#running.delete(child));
        return new Running(child, (text) => (this.said += text));
    }

    /** A job of the identity model, from its posting to its acceptance. */
    async job(
        values: readonly number[],
        endpoint: string,
        fetch?: Fetch,
        delivery?: JobDelivery,
    ): Promise<JobResult> {
        return runJob({ ...(await this.request(values, endpoint, delivery)), fetch });
    }

    /** Gives a job to a node, posts it, and leaves it alone. */
    async post(
        values: readonly number[],
        endpoint: string,
        { ceiling }: { readonly ceiling: bigint },
    ): Promise<JobTicket> {
        const terms = { ceiling, takePrice: 0n };
        const request = { ...(await this.request(values, endpoint)), ...terms };
        await announceJob(request);
        return postJob({
            ...request,
            estimate: await estimateJob({ ...request, items: values.length }),
        });
    }

    /** A job of the identity model, for its Market unless another deployment is put in. */
    async request(
        values: readonly number[],
        endpoint: string,
        delivery?: JobDelivery,
    ): Promise<RunJobRequest> {
        const job = prepareJob({
            manifest: identityManifest(),
            items: values.map((value) => encodeItem({ x: tensorOf('float32', [1], [value]) })),
            sources: [`${this.blobServer.url}/blobs`],
            ...(delivery !== undefined && { delivery }),
        });
        for (const blob of job.blobs) await this.blobs.write(blob);
        return {
            chain: this.chain,
            deployment: this.deployment,
            sender: this.client,
            client: this.client.address,
            job,
            ceiling: toNano('0.1'),
            takePrice: toNano('0.1'),
            bidWindowSeconds: 30,
            commitWindowSeconds: 60,
            endpoints: [endpoint],
        };
    }

    async balance(address: Address): Promise<bigint> {
        return (await this.chain.account(address)).balance;
    }
}

/** A command that runs. */
export class Running {
    readonly ended: Promise<Ended>;
    #out = '';
    #err = '';
    #over = false;

    constructor(
        readonly child: ChildProcess,
        said: (text: string) => void,
    ) {
        child.stdout?.setEncoding('utf8').on('data', (part: string) => {
            this.#out += part;
            said(part);
        });
        child.stderr?.setEncoding('utf8').on('data', (part: string) => {
            this.#err += part;
            said(part);
        });
        this.ended = new Promise((resolve) => {
            child.once('close', (code) => {
                this.#over = true;
                resolve({ code, out: this.#out, err: this.#err });
            });
        });
    }

    /** Resolves with its output once that has the text. */
    async says(text: string): Promise<string> {
        await this.#until(() => this.#out.includes(text));
        return this.#out;
    }

    /** Resolves with its notes once they have the text. */
    async notes(text: string): Promise<string> {
        await this.#until(() => this.#err.includes(text));
        return this.#err;
    }

    async #until(condition: () => boolean): Promise<void> {
        while (!condition()) {
            if (this.#over) throw new Error(`It ended: ${this.#out}${this.#err}`);
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    }

    /** Processes that it has started. */
    children(): number[] {
        const path = `/proc/${this.child.pid}/task/${this.child.pid}/children`;
        return readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    }

    interrupt(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<Ended> {
        this.child.kill(signal);
        return this.ended;
    }
}

async function funded(chain: Chain, devnet: Devnet, gram: string): Promise<Wallet> {
    const keys = keyPairFromSeed(randomBytes(32));
    const wallet = createWallet({ chain, keys, network: NETWORK });
    await devnet.faucet(wallet.address, toNano(gram));
    return wallet;
}
