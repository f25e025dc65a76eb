import { readFileSync } from 'node:fs';
import { loadVoiceFrames } from '../../examples/audio/frames';
import type { Item } from '../../protocol';
import { bytesToHex, decodeOutputItem, encodeItem, sha256Of, tensorValues } from '../../protocol';
import { collect, createWorld, VOICE_MODEL } from './world';

const world = createWorld();
afterEach(() => world.stopAll());

function numbersOf(item: Item, name: string): number[] {
    const tensor = item.get(name);
    if (tensor === undefined) throw new Error(`no ${name}`);
    return tensorValues(tensor).map(Number);
}

function energyOf(item: Item): number {
    return numbersOf(item, 'input').reduce((sum, sample) => sum + sample * sample, 0);
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('the voice frames of the demo', () => {
    it('are as many as asked for, in range, and the same each time', () => {
        const first = loadVoiceFrames({ count: 500 });
        const again = loadVoiceFrames({ count: 500 });
        expect(first.items).toHaveLength(500);
        const hash = (frames: typeof first) => bytesToHex(sha256Of(frames.items.map(encodeItem)));
        expect(hash(again)).toBe(hash(first));
        for (const item of first.items) {
            expect(item.get('input')?.dims).toEqual([1, 576]);
            expect(Math.max(...numbersOf(item, 'input').map(Math.abs))).toBeLessThanOrEqual(1);
        }
        expect(first.startSeconds.at(-1)).toBeCloseTo(12.24, 1);
    });

    it('overlap: a frame begins with samples of the one before it', () => {
        const { startSeconds } = loadVoiceFrames({ count: 500 });
        const [a = 0, b = 0] = startSeconds;
        expect(b - a).toBeLessThan(512 / 16_000);
    });

    it('make a voice activity model tell voice from the quietest frames', async () => {
        const loaded = await world.runtime().load({ bytes: readFileSync(VOICE_MODEL) });
        const { items } = loadVoiceFrames({ count: 500 });
        const outcomes = await collect(loaded.run(items.map(encodeItem)));
        const chances = outcomes.map((outcome) => {
            if (outcome.status !== 'done') throw new Error(JSON.stringify(outcome));
            return numbersOf(decodeOutputItem(outcome.output), 'output')[0] ?? NaN;
        });
        expect(Math.min(...chances)).toBeLessThan(0.01);
        expect(Math.max(...chances)).toBeGreaterThan(0.7);
        expect(Math.max(...chances)).toBeLessThanOrEqual(1);
        const byLoudness = items
            .map((item, index) => ({ energy: energyOf(item), chance: chances[index] ?? NaN }))
            .sort((a, b) => a.energy - b.energy)
            .map(({ chance }) => chance);
        // Each frame stands alone, so even clear voice is seldom certain; the order is clear.
        expect(2 * mean(byLoudness.slice(0, 100))).toBeLessThan(mean(byLoudness.slice(100)));
    });

    it('are refused for a count that is none', () => {
        expect(() => loadVoiceFrames({ count: 0 })).toThrow(RangeError);
    });
});
