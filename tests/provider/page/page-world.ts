import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address, toNano } from '@ton/core';
import pino, { type Logger } from 'pino';
import { Registry } from 'prom-client';
import { asHashHex } from '../../../protocol';
import {
    createGovernor,
    createLogTail,
    type Governor,
    type LedgerEntry,
    type LogTail,
    type NodeState,
    openPreferencesFile,
    openState,
    type ProviderStatus,
    type RunningJob,
    type Unreadiness,
} from '../../../provider';
import { createCapacity } from '../../../provider/capacity';
import { adminApp, listenGuarded } from '../../../provider/http';
import { ownerPage, ownerView } from '../../../provider/page';
import { NOTHING_SEEN, type Observation } from '../../../provider/preferences';
import { readStatus } from '../../../provider/status';
import type { Listening } from '../../../sdk/node';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const MARKET = new Address(0, Buffer.alloc(32, 2));
export const ESCROW = new Address(0, Buffer.alloc(32, 3));
const CLIENT = new Address(0, Buffer.alloc(32, 4));
export const CRASHING = asHashHex('c'.repeat(64));
/** What a stranger may call a model. */
export const HOSTILE =
    '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>\u202eevil';
const DAY_MS = 86_400_000;

/** The interface of an operator with its page over a real state and a real file of preferences. */
export class PageWorld {
    readonly token = randomBytes(32).toString('base64url');
    readonly log: LogTail = createLogTail();
    readonly logger: Logger = pino({ level: 'info' }, this.log);
    seen: Observation = { ...NOTHING_SEEN, deskIdleMs: Infinity };
    reasons: Unreadiness[] = [];
    jobs: RunningJob[] = [];
    stakeSeen = true;
    nowMs = Date.now();
    state!: NodeState;
    governor!: Governor;
    server!: Listening;
    /** Listens, the second time where it did before. */
    listen!: () => Promise<void>;
    #now: () => number = Date.now;

    private constructor(
        readonly folder: string,
        readonly files: string,
    ) {}

    static async create(files: string): Promise<PageWorld> {
        const world = new PageWorld(mkdtempSync(join(tmpdir(), 'cocoon-page-')), files);
        await world.#start();
        return world;
    }

    get preferencesPath(): string {
        return join(this.folder, 'preferences.yaml');
    }

    get url(): string {
        return this.server.url;
    }

    get link(): string {
        return `${this.url}/#token=${this.token}`;
    }

    async #start(): Promise<void> {
        const folder = join(this.folder, 'state');
        this.state = await openState({
            folder,
            stake: STAKE,
            market: MARKET,
            now: () => this.#now(),
        });
        this.governor = createGovernor({
            file: openPreferencesFile(this.preferencesPath),
            machine: {
                look: () => Promise.resolve(this.seen),
                report: () => [],
                close: () => undefined,
            },
            runtime: { setPace: () => undefined, workedMs: () => 0 },
            cores: 3,
            onEvent: () => undefined,
        });
        await this.governor.start();
        const { state, logger, log } = this;
        const page = ownerPage({
            token: () => this.token,
            log,
            folder: this.files,
            preferences: {
                read: () => Promise.resolve(this.preferencesText),
                write: (text) => writeFile(this.preferencesPath, text),
            },
            view: () => ownerView(this.status(), this.governor.state),
            state,
            pricing: { kind: 'per-item', nano: toNano('0.001') },
            processes: 3,
            now: Date.now,
            logger,
        });
        const host = '127.0.0.1';
        const app = adminApp({
            view: { health: () => ({ ok: true, stake: '', jobs: 0 }), unready: () => [] },
            registry: new Registry(),
            status: () => this.status(),
            page,
            host,
            logger,
        });
        this.listen = async () => {
            const before = this.server as Listening | undefined;
            const port = before === undefined ? 0 : Number(new URL(before.url).port);
            this.server = await listenGuarded(app, { port, host });
        };
        await this.listen();
    }

    /** The text of the file of preferences. */
    get preferencesText(): string {
        try {
            return readFileSync(this.preferencesPath, 'utf8');
        } catch {
            return '';
        }
    }

    status(): ProviderStatus {
        const amounts = { reserve: toNano('10'), collateral: toNano('5'), locked: toNano('1.25') };
        const stake = {
            ...amounts,
            operator: CLIENT,
            withdrawable: toNano('0.75'),
            unbonding: toNano('2'),
            unbondAt: BigInt(Math.floor(Date.now() / 1000) + 9 * 86_400),
            operating: toNano('1.0125'),
            rent: toNano('0.025'),
            dailyLimit: toNano('5'),
            lockedToday: toNano('0.5'),
            paused: false,
            record: 41_500n,
            checkRate: 1_075n,
        };
        type Sources = Parameters<typeof readStatus>[0];
        const model = asHashHex('a'.repeat(64));
        const warm = {
            model,
            name: HOSTILE,
            executionClass: 'native',
            users: 1,
            processes: 3,
        } as const;
        const sources = {
            state: this.state,
            chain: { health: { okAt: Date.now(), failures: 0, chainTime: 0 } },
            capacity: createCapacity(3),
            desk: { jobs: this.jobs },
            readiness: { reasons: this.reasons, stake: this.stakeSeen ? stake : undefined },
            shelf: { size: 4 },
            uploads: { usedBytes: 1_000_000 },
            shared: { models: { warm: [warm] } },
        } as unknown as Sources;
        const { suspensions } = this.governor;
        const reasons: Unreadiness[] =
            suspensions.length === 0
                ? this.reasons
                : [{ code: 'suspended', detail: 'Its owner.' }, ...this.reasons];
        return readStatus(
            sources,
            {
                stake: STAKE,
                market: MARKET,
                blobs: { usedBytes: 900_000_000 },
                version: '0.1.0',
            },
            {
                startedAt: this.nowMs - 3 * 3_600_000,
                now: Date.now(),
                url: 'https://node.example.org',
                adminUrl: this.server.url,
                reasons,
            },
        );
    }

    /** Writes down a job as the node would, so many days ago. */
    note(jobId: number, daysAgo: number, facts: Partial<LedgerEntry>): void {
        const seenAt = Date.now() - daysAgo * DAY_MS - jobId;
        this.#now = () => seenAt;
        const job = { escrow: ESCROW, jobId, seenAt };
        this.state.ledger.note(job, { client: CLIENT, ceiling: toNano('0.2') });
        this.state.ledger.note(job, facts);
        this.#now = Date.now;
    }

    /** A month of work. */
    fill(): void {
        this.state.atomically(() => this.#fill());
    }

    #fill(): void {
        const model = asHashHex('a'.repeat(64));
        for (let day = 0; day < 30; day++) {
            const price = toNano((0.02 + ((day * 7) % 11) / 50).toFixed(3));
            const at = Date.now() - day * DAY_MS;
            const times = { describedAt: at, bidAt: at, wonAt: at, executedAt: at, closedAt: at };
            const named = { model, modelName: day === 3 ? HOSTILE : 'MobileNet v2', items: 20 };
            this.note(100 + day, day, {
                ...{ ...times, ...named, price, fees: toNano('0.004'), executedMs: 4_000 },
                ...{ outcome: 'paid', why: { code: 'paid-accepted' }, paid: price, earned: price },
                detail: 'All 20 items were accepted.',
            });
            const asked = toNano('0.25');
            const offered = toNano('0.2');
            this.note(200 + day, day, {
                ...{ ...named, describedAt: at, outcome: 'passed', closedAt: at },
                ...{ reason: 'over-ceiling', why: { code: 'over-ceiling', asked, offered } },
                detail: 'The price of 0.25 GRAM is over the ceiling of 0.2 GRAM.',
            });
        }
        this.note(300, 1, {
            ...{ outcome: 'passed', reason: 'suspended', closedAt: Date.now() },
            why: { code: 'suspended', preference: 'user-active' },
            detail: 'The preferences of its owner suspend this node.',
        });
    }

    /** A busy node with a history, for people and browsers to look at. */
    furnish(): this {
        this.fill();
        this.quarantine();
        this.jobs = [
            {
                ...{ escrow: ESCROW.toString(), jobId: 42, phase: 'working', model: HOSTILE },
                ...{ items: 200, finished: 80, price: toNano('0.12') },
                dueAt: Math.floor(Date.now() / 1000) + 400,
            },
        ];
        this.log.say('Job AwMDAw/42: won for 0.12 GRAM.');
        this.logger.warn({ failures: 2 }, `the endpoint failed ${HOSTILE}`);
        return this;
    }

    /** A model whose processes crash until it is left alone. */
    quarantine(): void {
        for (let death = 0; death < 3; death++) this.state.quarantine.died(CRASHING, 'itself');
    }

    /** What the owner asks without a browser. */
    ask(path: string, init: RequestInit = {}): Promise<Response> {
        const headers = { Authorization: `Bearer ${this.token}`, ...(init.headers as object) };
        return fetch(`${this.url}/api/${path}`, { ...init, headers });
    }

    async json<T = Record<string, unknown>>(path: string): Promise<T> {
        const response = await this.ask(path);
        if (!response.ok) throw new Error(`${path} answered ${response.status}`);
        return (await response.json()) as T;
    }

    async stop(): Promise<void> {
        await this.server.close();
        await this.governor.stop();
        await this.state.close();
        rmSync(this.folder, { recursive: true });
    }
}
