import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { buildSync } from 'esbuild';
import { bundleWorker } from '../runtime/worker-bundle';

/** When a node dies: at the write of that number from now on, or at one that holds a text. */
export interface KillOrder {
    readonly at?: number | undefined;
    readonly holding?: string | undefined;
    readonly when: 'before' | 'after';
}

/** What a node is made of. */
export interface ChildSettings {
    readonly role: 'provider' | 'verifier';
    readonly endpoints: readonly string[];
    readonly pollMs: number;
    readonly market: string;
    readonly stake: string;
    /** Hex. */
    readonly nodeKey: string;
    readonly secret: string;
    readonly folder: string;
    readonly port: number;
    readonly nanoPerItem: string;
    readonly specSources: readonly string[];
    readonly workerPath: string;
    /** As the options of a node have it; theirs unless set. */
    readonly minFreeBytes?: number;
}

/** What a node says. */
export type NodeReport =
    | {
          readonly kind: 'ready';
          readonly url?: string;
          readonly adminUrl?: string | undefined;
          readonly totals?: string | undefined;
      }
    | { readonly kind: 'ordered' }
    | { readonly kind: 'wrote' | 'dies'; readonly at: number; readonly what: string }
    | {
          readonly kind: 'event';
          readonly event: string;
          readonly jobId: number;
          readonly detail?: string | undefined;
      }
    | { readonly kind: 'node'; readonly node: string }
    | {
          readonly kind: 'totals';
          readonly claims: number;
          readonly verified: number;
          readonly earned: string;
          readonly lost: string;
          readonly atStake: string;
      }
    | { readonly kind: 'failed'; readonly detail: string };

type Child = ChildProcessByStdio<Writable, Readable, null>;
type ReportOf<K extends NodeReport['kind']> = Extract<NodeReport, { readonly kind: K }>;

const ROOT = join(__dirname, '..', '..');
const PATIENCE_MS = 60_000;

/** A real node in a process of its own, that is killed and started again over the same files. */
export class KillableNode {
    readonly reports: NodeReport[] = [];
    /** How often it was killed. */
    deaths = 0;
    /** Started again whenever it dies, until this is false. */
    revives = true;
    #child: Child | undefined;
    #settings: Omit<ChildSettings, 'workerPath'>;
    readonly #program: string;
    #starting: Promise<void> = Promise.resolve();

    constructor(settings: Omit<ChildSettings, 'workerPath'>) {
        this.#settings = settings;
        mkdirSync(settings.folder, { recursive: true });
        this.#program = join(settings.folder, 'node.js');
        buildSync({
            entryPoints: [join(__dirname, 'node-child.ts')],
            outfile: this.#program,
            bundle: true,
            platform: 'node',
            packages: 'external',
            logLevel: 'error',
        });
    }

    get url(): string {
        return this.last('ready')?.url ?? '';
    }

    get pid(): number | undefined {
        return this.#child?.pid;
    }

    /** Another endpoint, folder or port from the next start on. */
    change(settings: Partial<ChildSettings>): void {
        this.#settings = { ...this.#settings, ...settings };
    }

    start(): Promise<void> {
        this.#starting = this.#start();
        return this.#starting;
    }

    /** Resolves when the node that was started last is ready. */
    started(): Promise<void> {
        return this.#starting;
    }

    async #start(): Promise<void> {
        const settings = { ...this.#settings, workerPath: bundleWorker() };
        const file = join(this.#settings.folder, 'settings.json');
        writeFileSync(file, JSON.stringify(settings));
        const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules') };
        const child = spawn(process.execPath, [this.#program, file], {
            env,
            stdio: ['pipe', 'pipe', 'inherit'],
        });
        this.#child = child;
        const from = this.reports.length;
        createInterface(child.stdout).on('line', (line) => {
            if (line.startsWith('{')) this.reports.push(JSON.parse(line) as NodeReport);
        });
        child.once('exit', (_code, signal) => {
            // As a service manager does, whatever the node died of.
            if (signal === null || signal === 'SIGTERM') return;
            this.deaths++;
            if (this.revives && this.#child === child) void this.start().catch(() => undefined);
        });
        const ended = once(child, 'exit').then(() => 'ended' as const);
        for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
            const news = this.reports.slice(from);
            const ready = news.find((one): one is ReportOf<'ready'> => one.kind === 'ready');
            if (ready?.url !== undefined) this.change({ port: Number(new URL(ready.url).port) });
            if (ready !== undefined) return;
            const failed = news.find((one): one is ReportOf<'failed'> => one.kind === 'failed');
            if (failed !== undefined) throw new Error(failed.detail);
            const pause = new Promise((resolve) => setTimeout(resolve, 10));
            if ((await Promise.race([ended, pause])) === 'ended' && child.signalCode !== null) {
                return;
            }
        }
        throw new Error('The node did not start.');
    }

    /** Tells the node when to die; resolves when it knows. */
    async order(order: KillOrder): Promise<void> {
        const before = this.count('ordered');
        this.#child?.stdin.write(`${JSON.stringify(order)}\n`);
        await this.until(() => this.count('ordered') > before);
    }

    kill(): void {
        this.#child?.kill('SIGKILL');
    }

    /** Ends it as a system does that shuts down; resolves with the code that it ended with. */
    async stop(): Promise<number | null> {
        this.revives = false;
        await this.#starting.catch(() => undefined);
        const child = this.#child;
        if (child === undefined || child.exitCode !== null || child.signalCode !== null)
            return null;
        const exit = once(child, 'exit') as Promise<[number | null]>;
        child.kill('SIGTERM');
        const [code] = await exit;
        return code;
    }

    last<K extends NodeReport['kind']>(kind: K): ReportOf<K> | undefined {
        return this.reports.findLast((one): one is ReportOf<K> => one.kind === kind);
    }

    count(kind: NodeReport['kind']): number {
        return this.reports.filter((one) => one.kind === kind).length;
    }

    events(jobId: number): string[] {
        return this.reports.flatMap((one) =>
            one.kind === 'event' && one.jobId === jobId ? [one.event] : [],
        );
    }

    async until(condition: () => boolean | Promise<boolean>): Promise<void> {
        for (const end = Date.now() + PATIENCE_MS; !(await condition());) {
            if (Date.now() > end) {
                const last = JSON.stringify(this.reports.slice(-12), undefined, 1);
                throw new Error(`Nothing of the kind in ${PATIENCE_MS / 1000} s: ${last}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    }
}
