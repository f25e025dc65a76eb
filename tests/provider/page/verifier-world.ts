import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address, beginCell, toNano } from '@ton/core';
import pino from 'pino';
import { verifierApp } from '../../../cli/provider/verifier-app';
import { asHashHex } from '../../../protocol';
import {
    createGovernor,
    createLogTail,
    type Governor,
    type NodeState,
    openPreferencesFile,
    openState,
    type StakeStatus,
    type Unreadiness,
} from '../../../provider';
import { listenGuarded } from '../../../provider/http';
import { NOTHING_SEEN, type Observation } from '../../../provider/preferences';
import type { Listening } from '../../../sdk/node';
import type { CheckRecord, ClaimRecord, RunningCheck, VerifierState } from '../../../verifier';
import { openVerifierState } from '../../../verifier';
import { checkRoutes } from '../../../verifier/check-routes';
import { createVerifierMetrics } from '../../../verifier/metrics';
import { readVerifierStatus } from '../../../verifier/status';
import { HOSTILE } from './page-world';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const MARKET = new Address(0, Buffer.alloc(32, 2));
const ESCROW = new Address(0, Buffer.alloc(32, 3));
const CLIENT = new Address(0, Buffer.alloc(32, 4));
const HOST = '127.0.0.1';
const DAY_MS = 86_400_000;

/** The interface of a node that only verifies, over real states and a real file of preferences. */
export class VerifierPageWorld {
    readonly token = randomBytes(32).toString('base64url');
    readonly log = createLogTail();
    readonly logger = pino({ level: 'info' }, this.log);
    seen: Observation = { ...NOTHING_SEEN, deskIdleMs: Infinity };
    reasons: Unreadiness[] = [];
    running: RunningCheck[] = [];
    nowMs = Date.now();
    state!: NodeState;
    checks!: VerifierState;
    governor!: Governor;
    server!: Listening;
    readonly folder = mkdtempSync(join(tmpdir(), 'cocoon-verifier-page-'));

    private constructor(readonly files: string) {}

    static async create(files: string): Promise<VerifierPageWorld> {
        const world = new VerifierPageWorld(files);
        await world.#start();
        return world;
    }

    get link(): string {
        return `${this.server.url}/#token=${this.token}`;
    }

    async #start(): Promise<void> {
        const identity = { stake: STAKE, market: MARKET };
        this.state = await openState({ folder: join(this.folder, 'state'), ...identity });
        this.checks = await openVerifierState({ folder: join(this.folder, 'checks'), ...identity });
        const preferences = join(this.folder, 'preferences.yaml');
        this.governor = createGovernor({
            file: openPreferencesFile(preferences),
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
        const read = () => ({ running: this.running.length, bonds: toNano('0.2') });
        const node = () => ({
            ...{ blobBytes: 1, chainLagSeconds: 1, ready: this.reasons.length === 0 },
            ...{ idle: this.reasons.map(({ code }) => code), stake: undefined },
        });
        const metrics = createVerifierMetrics(read, { read: node, version: '0.1.0' });
        metrics.hear({
            ...{ kind: 'abstained', reason: 'ticket', detail: 'x', escrow: ESCROW, jobId: 1 },
        });
        const app = verifierApp({
            verifier: {
                start: () => Promise.resolve(),
                stop: () => Promise.resolve(),
                drain: () => Promise.resolve(),
                status: () => this.status(),
                registry: metrics.registry,
                pageRoutes: checkRoutes(() => this.checks.checks, Date.now),
            },
            governor: this.governor,
            state: this.state,
            stake: STAKE,
            pricing: { kind: 'per-item', nano: 1n },
            processes: 3,
            page: {
                token: () => this.token,
                log: this.log,
                folder: this.files,
                preferences: {
                    read: () => Promise.resolve(textOf(preferences)),
                    write: (text) => writeFile(preferences, text),
                },
            },
            host: HOST,
            logger: this.logger,
        });
        this.server = await listenGuarded(app, { port: 0, host: HOST });
    }

    status() {
        const view: StakeStatus['view'] = {
            ...{ operator: CLIENT.toString(), reserve: toNano('100'), collateral: toNano('5') },
            ...{ locked: 0n, withdrawable: toNano('0.42'), unbonding: toNano('20') },
            unbondAt: Math.floor(Date.now() / 1000) + 9 * 86_400,
            ...{ operating: toNano('0.8'), dailyLimit: toNano('5'), lockedToday: 0n },
            ...{ paused: false, record: 0, checkRate: 10_000, heldUntil: 0, convicted: false },
        };
        const health = { okAt: Date.now(), failures: 0, chainTime: Math.floor(Date.now() / 1000) };
        const desk = { running: this.running.length, checks: this.running };
        const model = asHashHex('a'.repeat(64));
        return readVerifierStatus(
            { state: this.checks, chain: { health: health as never }, desk },
            { market: MARKET, stake: STAKE, version: '0.1.0' },
            {
                ...{ startedAt: this.nowMs - 3 * 3_600_000, now: Date.now() },
                ...{ maxBonds: toNano('1'), maxChecks: 16, reasons: this.reasons, stakeView: view },
                models: [
                    ...[{ model, name: HOSTILE, executionClass: 'native' as const }].map((one) => ({
                        ...{ ...one, users: 1, processes: 1 },
                    })),
                ],
            },
        );
    }

    /** A check that was listed so many days ago. */
    note(jobId: number, daysAgo: number, facts: Partial<CheckRecord>): void {
        const seenAt = Date.now() - daysAgo * DAY_MS - jobId;
        this.checks.checks.put({
            ...{ escrow: ESCROW, client: CLIENT, index: 0, jobId, seenAt },
            ...{ listedAt: Math.floor(seenAt / 1000), parametersTag: 1n, claims: [], news: [] },
            ...{ idleSince: seenAt, modelName: 'MobileNet v2' },
            ...facts,
        });
    }

    /** A busy verifier with a month behind it. */
    furnish(): this {
        this.checks.atomically(() => {
            for (let day = 0; day < 30; day++) {
                const at = Date.now() - day * DAY_MS;
                const earned = toNano((0.004 + ((day * 7) % 11) / 1000).toFixed(4));
                this.note(100 + day, day, {
                    claims: [claim({ step: 'returned', earned })],
                    ...{ outcome: 'passed', earned, fees: toNano('0.0012') },
                    ...(day === 3 && { modelName: HOSTILE }),
                    news: [
                        { at, kind: 'claimed', text: 'Claimed the check; the best claim so far.' },
                        { at, kind: 'closed', text: 'The job has ended: passed.' },
                    ],
                });
                const text =
                    day % 3 === 0
                        ? 'Not claimed: The fee of 0.001 GRAM does not cover 0.002 GRAM.'
                        : 'Not claimed: Another claim has the lower ticket.';
                const reason = day % 3 === 0 ? 'not-worth' : 'ticket';
                this.note(200 + day, day, { news: [{ at, kind: 'abstained', text, reason }] });
            }
            const lost = claim({ step: 'lost' });
            const text = 'Nothing was sealed before the end of its time.';
            this.note(300, 2, { claims: [lost], news: [{ at: Date.now(), kind: 'lost', text }] });
        });
        this.checks.count({
            claims: 31,
            verified: 30,
            earned: toNano('0.27'),
            fees: toNano('0.036'),
        });
        this.running = [
            runningCheck(42, { phase: 'reveal', owes: true, modelName: HOSTILE }),
            runningCheck(43, {
                ...{ stage: 'jury', phase: 'seal', dueAt: Math.floor(Date.now() / 1000) + 6000 },
                claim: { role: 'juror', turn: 0, step: 'claimed', bond: toNano('0.1'), fee: 1n },
            }),
            runningCheck(44, { phase: 'claim', claim: undefined }),
        ];
        this.log.say('Job AwMDAw/42: Claimed the check; the best claim so far.');
        this.logger.warn({ failures: 2 }, `the endpoint failed ${HOSTILE}`);
        return this;
    }

    async stop(): Promise<void> {
        await this.server.close();
        await this.governor.stop();
        await this.state.close();
        await this.checks.close();
        rmSync(this.folder, { recursive: true });
    }
}

export function runningCheck(jobId: number, facts: Partial<RunningCheck> = {}): RunningCheck {
    return {
        ...{ escrow: ESCROW.toString(), jobId, modelName: 'MobileNet v2' },
        ...{ stage: 'checking', phase: 'seal', dueAt: Math.floor(Date.now() / 1000) + 400 },
        claim: {
            role: 'verifier',
            turn: 0,
            step: 'sealed',
            bond: toNano('0.1'),
            fee: toNano('0.01'),
        },
        ...{ owes: false, ...facts },
    };
}

function claim(facts: Partial<ClaimRecord>): ClaimRecord {
    return {
        ...{ role: 'verifier', turn: 0, step: 'returned', sent: 1, bond: toNano('0.1') },
        ...{ fee: toNano('0.005'), ticket: 7n, attempts: [] },
        sealed: beginCell().storeUint(1, 8).endCell(),
        ...facts,
    };
}

function textOf(path: string): string {
    try {
        return readFileSync(path, 'utf8');
    } catch {
        return '';
    }
}
