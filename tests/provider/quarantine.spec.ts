import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { asHashHex } from '../../protocol';
import { type NodeState, openState, PassError, readRules } from '../../provider';
import { withQuarantine } from '../../provider/quarantine-rule';
import { createRuntime } from '../../runtime';
import { harmless } from '../hostile/models';
import { bundle } from '../runtime/worker-bundle';
import { collect } from '../runtime/world';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const MODEL = asHashHex('a'.repeat(64));
const OTHER = asHashHex('b'.repeat(64));
const HOUR_MS = 3_600_000;

describe('a model whose processes keep ending', () => {
    let folder: string;
    let nowMs: number;
    let state: NodeState;
    const open = async () => {
        state = await openState({ folder, stake: STAKE, market: STAKE, now: () => nowMs });
    };
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-quarantine-'));
        nowMs = Date.parse('2026-11-26T12:00:00Z');
        await open();
    });
    afterEach(async () => {
        await state.close();
        rmSync(folder, { recursive: true });
    });

    const crash = () => state.quarantine.died(MODEL, 'itself');
    const quarantine = () => [crash(), crash(), crash()].at(-1);

    it('is quarantined at its third crash within an hour, and no other model is', () => {
        expect([crash(), crash()]).toEqual([undefined, undefined]);
        expect(state.quarantine.get(MODEL)).toBeUndefined();
        expect(crash()).toMatchObject({ model: MODEL, until: nowMs + HOUR_MS, times: 1 });
        expect(state.quarantine.get(MODEL)?.reason).toBe(
            'Within an hour its processes crashed 3 times.',
        );
        expect(state.quarantine.get(OTHER)).toBeUndefined();
        expect(state.quarantine.all()).toHaveLength(1);
    });

    it('is not, for crashes that are far apart', () => {
        for (let i = 0; i < 10; i++) {
            expect(crash()).toBeUndefined();
            nowMs += HOUR_MS / 2;
        }
    });

    it('may be over its limits more often, which its clients set', () => {
        const late = () => state.quarantine.died(MODEL, 'time');
        for (let i = 0; i < 19; i++) expect(late()).toBeUndefined();
        expect(late()?.reason).toBe('Within an hour its processes took too long 20 times.');
    });

    it('stays so over a restart, and for twice as long the next time', async () => {
        quarantine();
        await state.close();
        await open();
        expect(state.quarantine.get(MODEL)).toMatchObject({ until: nowMs + HOUR_MS });
        nowMs += HOUR_MS;
        expect(state.quarantine.get(MODEL)).toBeUndefined();
        expect(quarantine()).toMatchObject({ until: nowMs + 2 * HOUR_MS, times: 2 });
        for (let i = 0; i < 12; i++) {
            nowMs += 8 * 24 * HOUR_MS;
            expect(quarantine()?.until).toBeLessThanOrEqual(nowMs + 7 * 24 * HOUR_MS);
        }
    });

    it('is forgiven when the owner lifts it, and after a month', () => {
        quarantine();
        expect(state.quarantine.lift(MODEL)).toBe(true);
        expect(state.quarantine.get(MODEL)).toBeUndefined();
        expect(state.quarantine.lift(MODEL)).toBe(false);
        quarantine();
        nowMs += 32 * 24 * HOUR_MS;
        state.prune();
        expect(quarantine()).toMatchObject({ times: 1 });
    });

    it('is not bid for', () => {
        const rules = withQuarantine(readRules({}), state.quarantine);
        rules.checkModel(MODEL);
        quarantine();
        expect(() => rules.checkModel(MODEL)).toThrow(PassError);
        expect(() => rules.checkModel(MODEL)).toThrow(/until 2026-11-26T13:00:00/);
        rules.checkModel(OTHER);
        const named = { name: 'any', licence: 'MIT' };
        expect(() => rules.checkManifest(MODEL, named)).toThrow('quarantined');
    });

    it('is found out by what happens to real processes', async () => {
        const workerPath = bundle('tests/hostile/rogue-worker.ts');
        const runtime = createRuntime({ processes: 1, workerPath });
        try {
            const loaded = await runtime.load(
                { bytes: harmless },
                {
                    limits: { attempts: 1 },
                    onDeath: (cause) => void state.quarantine.died(MODEL, cause),
                },
            );
            const items = ['crash', 'behave', 'crash', 'babble'].map((deed) => Buffer.from(deed));
            await collect(loaded.run(items));
        } finally {
            await runtime.stop();
        }
        expect(state.quarantine.get(MODEL)?.reason).toBe(
            'Within an hour its processes crashed 2 times, went wrong 1 times.',
        );
    });
});
