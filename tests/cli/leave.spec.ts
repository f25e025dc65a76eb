import { leave, type Leaving, RESTART_SECONDS } from '../../cli/provider/leave';
import type { OpenWork } from '../../cli/provider/open-work';

const job = (facts: Partial<OpenWork> = {}): OpenWork => ({
    ...{ name: 'Job abc/1', at: 'is being computed, and has to be delivered' },
    ...{ leftSeconds: 60, owed: true, ...facts },
});

/** A node that has some work, and a clock that goes on by what is slept. */
class Scene implements Leaving {
    nowMs = 0;
    readonly said: string[] = [];
    #drained: () => void = () => undefined;

    constructor(
        private work: OpenWork[],
        /** When it is done, seconds. */
        private readonly doneAt = Infinity,
    ) {}

    drain(): Promise<void> {
        return new Promise((resolve) => (this.#drained = resolve));
    }

    openWork(): readonly OpenWork[] {
        const passed = Math.floor(this.nowMs / 1000);
        return this.work.map((one) => ({
            ...one,
            leftSeconds: one.leftSeconds === undefined ? undefined : one.leftSeconds - passed,
        }));
    }

    /** @returns when it has left, seconds */
    async leave(drainSeconds: number): Promise<number> {
        await leave(this, {
            drainSeconds,
            say: (text) => this.said.push(text),
            now: () => this.nowMs,
            sleep: (ms) => {
                this.nowMs += ms;
                if (this.nowMs >= this.doneAt * 1000) {
                    this.work = [];
                    this.#drained();
                }
                return new Promise((resolve) => setImmediate(resolve));
            },
        });
        return Math.floor(this.nowMs / 1000);
    }
}

describe('A node that is told to stop', () => {
    it('ends at once where it has nothing to do', async () => {
        const scene = new Scene([], 0);
        expect(await scene.leave(20)).toBe(0);
        expect(scene.said).toEqual([]);
    });

    it('goes on for a while with what it has, and then leaves it with its deadline', async () => {
        const scene = new Scene([job({ leftSeconds: 620 })]);
        expect(await scene.leave(20)).toBe(20);
        expect(scene.said).toEqual([
            'Left to the next start: Job abc/1 is being computed, and has to be delivered; ' +
                'this step ends in 10 min.',
        ]);
    });

    it('finishes what is due before a new start could go on with it', async () => {
        const scene = new Scene([job({ leftSeconds: 90 })], 70);
        expect(await scene.leave(20)).toBe(70);
        expect(scene.said).toEqual(['Goes on with Job abc/1: due before a new start could.']);
    });

    it('does not wait for what is over, nor for what costs nothing', async () => {
        expect(await new Scene([job({ leftSeconds: 10 })]).leave(20)).toBe(20);
        expect(await new Scene([job({ owed: false })]).leave(20)).toBe(20);
        expect(await new Scene([job({ leftSeconds: undefined })]).leave(20)).toBe(20);
    });

    it('ends in the time that its service has', async () => {
        const renewing = new Scene([job({ leftSeconds: 110 })]);
        jest.spyOn(renewing, 'openWork').mockReturnValue([job({ leftSeconds: 100 })]);
        expect(await renewing.leave(20)).toBe(20 + RESTART_SECONDS);
    });
});
