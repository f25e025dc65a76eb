import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
    createWriteStream,
    mkdirSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Address } from '@ton/core';
import { decryptWithPassphrase, encryptWithPassphrase } from '../../cli/keystore/age-file';
import { Secret } from '../../cli/keystore/secret';

/** The command of this build. */
const COMMAND = join(__dirname, '..', '..', 'cli', 'provider', 'bin.js');
const PASSPHRASE = 'a soak has no secrets';
/** GRAM; far more than a soak locks or spends. */
const BONDS = { reserve: '60', collateral: '200', operating: '100' };

const run = promisify(execFile);

export interface NodeAddresses {
    readonly stake: Address;
    readonly owner: Address;
}

/** A node as an owner has it: `cocoon-provider` in a home of its own. */
export class SoakNode {
    kills = 0;
    starts = 0;
    /** Where clients reach it. */
    url = '';
    /** Events that it told, by their kind. */
    readonly events = new Map<string, number>();
    readonly #home: string;
    readonly #log: string;
    #child: ChildProcess | undefined;
    #env: NodeJS.ProcessEnv = {};
    #over = false;

    constructor(
        readonly name: string,
        folder: string,
        private readonly network: { readonly endpoint: string; readonly market: string },
    ) {
        this.#home = join(folder, name);
        this.#log = join(folder, `${name}.log`);
        mkdirSync(this.#home, { recursive: true, mode: 0o700 });
    }

    /** Sets the home up and opens its stake with money of the faucet. */
    async init(): Promise<NodeAddresses> {
        const [port, adminPort] = [await freePort(), await freePort()];
        this.#env = {
            PATH: process.env['PATH'],
            COCOON_HOME: this.#home,
            COCOON_PASSPHRASE: PASSPHRASE,
            COCOON_NETWORK: 'devnet',
        };
        const { endpoint, market } = this.network;
        this.url = `http://127.0.0.1:${port}`;
        await this.#command([
            ...['init', '--network', 'devnet', '--endpoint', endpoint, '--market', market],
            ...['--create-wallet', '--faucet', '--yes', '--port', String(port)],
            ...['--public-url', this.url],
            ...['--reserve', BONDS.reserve, '--collateral', BONDS.collateral],
            ...['--operating', BONDS.operating, '--daily-limit', '10000'],
            ...['--set', `provider.http.adminPort=${adminPort}`],
            ...['--set', 'provider.roles=provide,verify'],
            ...['--set', 'provider.limits.maxJobs=8'],
            ...['--set', 'provider.limits.processes=1'],
            ...['--set', 'provider.limits.maxModels=6'],
            ...['--set', 'provider.checks.maxBondsGram=50'],
            ...['--set', 'provider.checks.riskPercent=0'],
            ...['--set', 'provider.http.host=127.0.0.1'],
            ...['--set', 'pollMs=400'],
        ]);
        await this.#cheapenKeys();
        const setup = JSON.parse(
            readFileSync(join(this.#home, 'provider', 'node.json'), 'utf8'),
        ) as { stake: string; owner: string };
        return { stake: Address.parse(setup.stake), owner: Address.parse(setup.owner) };
    }

    get running(): boolean {
        return this.#child !== undefined;
    }

    /** Resident memory of the node's own process, bytes; 0 where it does not run. */
    get residentBytes(): number {
        try {
            const status = readFileSync(`/proc/${this.#child?.pid ?? 0}/status`, 'latin1');
            return 1024 * Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0);
        } catch {
            return 0;
        }
    }

    /** Starts the node; it need not be ready when this returns. */
    start(): void {
        if (this.#over || this.#child !== undefined) return;
        this.starts++;
        const child = spawn(
            process.execPath,
            [COMMAND, 'start', '--json', '--log-to-stderr', '--log-level', 'warn'],
            { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] },
        );
        this.#child = child;
        child.stderr.pipe(createWriteStream(this.#log, { flags: 'a' }));
        createInterface(child.stdout).on('line', (line) => this.#hear(line));
        child.once('exit', () => {
            if (this.#child === child) this.#child = undefined;
        });
    }

    /** As a power cut does. */
    async kill(): Promise<void> {
        const child = this.#child;
        if (child === undefined) return;
        this.kills++;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
    }

    /** As a system does that shuts down. */
    async stop(): Promise<void> {
        const child = this.#child;
        if (child === undefined) return;
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
    }

    async end(): Promise<void> {
        this.#over = true;
        await this.stop();
    }

    setPreference(name: string, text: string): Promise<string> {
        return this.#command(['preferences', 'set', name, text]);
    }

    resetPreference(name: string): Promise<string> {
        return this.#command(['preferences', 'reset', name]);
    }

    /** What `cocoon-provider earnings` says of all days. */
    async earnings(): Promise<unknown> {
        return JSON.parse(await this.#command(['earnings', '--json']));
    }

    /** Each start costs a second of a core where a passphrase is as safe as it should be. */
    async #cheapenKeys(): Promise<void> {
        const folder = join(this.#home, 'provider');
        const name = readdirSync(folder).find((file) => file.endsWith('.age'));
        if (name === undefined) throw new Error(`${folder} has no keystore.`);
        const path = join(folder, name);
        const passphrase = new Secret(PASSPHRASE);
        const keys = await decryptWithPassphrase(readFileSync(path), passphrase, path);
        rmSync(path);
        const bytes = await encryptWithPassphrase(keys, passphrase, 4);
        writeFileSync(path, bytes, { mode: 0o600 });
    }

    async #command(args: readonly string[]): Promise<string> {
        const { stdout } = await run(process.execPath, [COMMAND, ...args], { env: this.#env });
        return stdout;
    }

    #hear(line: string): void {
        if (!line.startsWith('{')) return;
        const { kind, reason } = JSON.parse(line) as { kind?: string; reason?: string };
        if (kind === undefined) return;
        const name = kind === 'passed' ? `passed: ${reason ?? ''}` : kind;
        this.events.set(name, (this.events.get(name) ?? 0) + 1);
    }
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (address === null || typeof address === 'string') throw new Error('No port.');
    return address.port;
}
