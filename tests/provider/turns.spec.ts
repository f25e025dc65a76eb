import { createTurns, HOLD_MS, HoldOverError, type Hold, type Turns } from '../../provider/turns';

let turns: Turns;
beforeEach(() => {
    jest.useFakeTimers();
    turns = createTurns(() => Date.now());
});
afterEach(() => jest.useRealTimers());

/** Whether the items of a job are passed on now. */
async function flows(turn: ReturnType<Turns['enter']>): Promise<boolean> {
    let passed = false;
    void turn
        .gate([0, 1])
        .next()
        .then(() => (passed = true));
    await jest.advanceTimersByTimeAsync(0);
    return passed;
}

/** A measurement that runs until it is told to end. */
async function measurement(): Promise<Hold> {
    let hold: Hold | undefined;
    void turns.measure(async () => {
        const held = (hold = await turns.hold());
        await new Promise((resolve) => held.signal.addEventListener('abort', resolve));
        held.leave();
    });
    await jest.advanceTimersByTimeAsync(0);
    return hold as unknown as Hold;
}

describe('A measurement', () => {
    it('goes before a job that waits, and ends for it after a while', async () => {
        const hold = await measurement();
        const job = turns.enter(5);
        expect(await flows(job)).toBe(false);
        await jest.advanceTimersByTimeAsync(HOLD_MS - 1);
        expect(hold.signal.aborted).toBe(false);
        await jest.advanceTimersByTimeAsync(1);
        expect(hold.signal.reason).toBeInstanceOf(HoldOverError);
        expect(await flows(job)).toBe(true);
    });

    it('goes on while nobody waits, and ends when somebody comes', async () => {
        const hold = await measurement();
        await jest.advanceTimersByTimeAsync(100 * HOLD_MS);
        expect(hold.signal.aborted).toBe(false);
        const job = turns.enter(5);
        expect(hold.signal.aborted).toBe(true);
        expect(await flows(job)).toBe(true);
    });

    it('ends for another one too', async () => {
        const hold = await measurement();
        await jest.advanceTimersByTimeAsync(HOLD_MS);
        expect(hold.signal.aborted).toBe(false);
        expect(await measurement()).toBeDefined();
        expect(hold.signal.aborted).toBe(true);
    });

    it('waits for jobs where they have waited for the one before', async () => {
        const hold = await measurement();
        const [soon, late] = [turns.enter(5), turns.enter(6)];
        await jest.advanceTimersByTimeAsync(HOLD_MS);
        expect(hold.signal.aborted).toBe(true);
        expect(await measurement()).toBeUndefined();
        soon.leave();
        await jest.advanceTimersByTimeAsync(HOLD_MS);
        expect(await flows(late)).toBe(true);
        late.leave();
        await jest.advanceTimersByTimeAsync(0);
        // It has begun, and holds off who comes now.
        expect(await flows(turns.enter(1))).toBe(false);
    });
});
