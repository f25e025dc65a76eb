import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
    createGovernor,
    type Governor,
    openPreferencesFile,
    type Provider,
    type ProviderEvent,
} from '../../provider';
import { NOTHING_SEEN, type Observation } from '../../provider/preferences';
import { createRuntime, type PacedRuntime } from '../../runtime';
import { bundleWorker } from '../runtime/worker-bundle';
import { until, World } from './world';

/** About 100 ms an item. */
const TRIPS = 50_000n;
const ITEMS = 30;

let world: World;
let folder: string;
let runtime: PacedRuntime;
let governor: Governor;
let node: Provider;
let events: ProviderEvent[];
let seen: Observation;

beforeEach(async () => {
    world = await World.create({ operators: [] });
    folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
    events = [];
    seen = { ...NOTHING_SEEN, deskIdleMs: Infinity };
    runtime = createRuntime({ processes: 1, workerPath: bundleWorker() });
});
afterEach(async () => {
    await governor.stop();
    await world.stop();
    await runtime.stop();
    rmSync(folder, { recursive: true });
});

async function start(preferences: string): Promise<void> {
    const path = join(folder, 'preferences.yaml');
    writeFileSync(path, preferences);
    governor = createGovernor({
        file: openPreferencesFile(path),
        machine: {
            look: () => Promise.resolve(seen),
            report: () => [],
            close: () => undefined,
        },
        runtime,
        cores: 1,
        onEvent: () => undefined,
    });
    await governor.start();
    node = await world.node({
        runtime,
        governor,
        onEvent: (event) => events.push(event),
    });
}

const kinds = () => events.map(({ kind }) => kind);
const heard = (kind: ProviderEvent['kind']) => until(() => kinds().includes(kind));
const finished = () => events.filter(({ kind }) => kind === 'progress').length;

function stopped(): boolean {
    return (
        runtime.pids.length > 0 &&
        runtime.pids.every((pid) =>
            /^State:\s*T/m.test(readFileSync(`/proc/${pid}/status`, 'latin1')),
        )
    );
}

describe('a node whose owner sits down', () => {
    it('pauses what it has begun, goes on with it, and is paid', async () => {
        await start('{ idle: { only: true }, cpu: { lowPriority: false } }');
        const job = await world.slowJob(ITEMS, TRIPS);
        const running = world.run(job, { endpoints: [node.url] });
        await until(() => finished() > 0);
        seen = { ...seen, deskIdleMs: 0 };
        await heard('paused');
        await until(stopped);
        const before = finished();
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        expect(finished()).toBe(before);
        expect(node.status().reasons.map(({ code }) => code)).toContain('suspended');
        // What strangers are told says nothing about what the owner does.
        const ready = await (await fetch(`${node.url}/ready`)).text();
        expect(ready).toContain('suspended');
        expect(ready).not.toMatch(/uses the computer/);
        // It takes nothing new.
        await world.post(await world.job([7]), { endpoints: [node.url] });
        await heard('passed');
        expect(events.find(({ kind }) => kind === 'passed')).toMatchObject({ reason: 'suspended' });
        seen = { ...seen, deskIdleMs: Infinity };
        await heard('continued');
        const result = await running;
        expect(result.items.map(({ status }) => status)).toEqual(Array(ITEMS).fill('done'));
        await until(() => node.status().totals.earned > 0n);
        // The pause is not charged to the model.
        const [cost] = node.status().costs;
        expect(cost?.coreMs).toBeLessThan(600);
    });

    it('gives a job back in time where that is what the owner wants', async () => {
        await start('{ idle: { only: true }, runningJobs: handBack, cpu: { lowPriority: false } }');
        const job = await world.slowJob(ITEMS, TRIPS * 5n);
        const ticket = await world.post(job, { endpoints: [node.url], commitWindowSeconds: 300 });
        await heard('won');
        seen = { ...seen, deskIdleMs: 0 };
        await heard('declined');
        expect(events.find(({ kind }) => kind === 'declined')).toMatchObject({
            reason: 'suspended',
        });
        // Nobody lost anything: the job is open for others.
        expect(await world.openJob(ticket)).toMatchObject({ state: 'bidding' });
        await until(() => node.status().stake.view?.locked === 0n);
    });
});
