import { Watchdog, watchIntervalMs } from '../../runtime/watchdog';

const LIMITS = { itemTimeoutMs: 1000, itemCpuMs: 1500, maxMemoryBytes: 500 };
const INTERVAL_MS = 100;
const AT_ITEM_3 = { position: { batch: 1, item: 3 }, residentBytes: 10 };
const AT_ITEM_4 = { position: { batch: 1, item: 4 }, residentBytes: 10 };

/** Looks every `stepMs` until `untilMs`; gives the time of the first verdict. */
function watch(dog: Watchdog, stepMs: number, untilMs: number, fromMs = 0): number | undefined {
    for (let now = fromMs + stepMs; now <= untilMs; now += stepMs) {
        if (dog.look(AT_ITEM_3, now) !== undefined) return now;
    }
    return undefined;
}

describe('the watchdog', () => {
    it('ends an item that stays for its limit, one look late at most', () => {
        const dog = new Watchdog(LIMITS, INTERVAL_MS, 0);
        expect(watch(dog, INTERVAL_MS, 2000)).toBe(1100);
    });

    it('begins anew with each item, and with each message of results', () => {
        const dog = new Watchdog(LIMITS, INTERVAL_MS, 0);
        expect(watch(dog, INTERVAL_MS, 900)).toBeUndefined();
        expect(dog.look(AT_ITEM_4, 1000)).toBeUndefined();
        expect(dog.look(AT_ITEM_4, 1100)).toBeUndefined();
        dog.stirred(1950);
        expect(dog.look(AT_ITEM_4, 2000)).toBeUndefined();
    });

    it('does not count the time that the machine slept', () => {
        const dog = new Watchdog(LIMITS, INTERVAL_MS, 0);
        expect(watch(dog, INTERVAL_MS, 500)).toBeUndefined();
        expect(dog.look(AT_ITEM_3, 3_600_000)).toBeUndefined();
        expect(watch(dog, INTERVAL_MS, 3_601_000, 3_600_000)).toBe(3_600_400);
    });

    it('counts the silence of a child that notes no item at all', () => {
        const dog = new Watchdog(LIMITS, INTERVAL_MS, 0);
        const silent = { position: undefined, residentBytes: undefined };
        for (let now = 100; now < 1000; now += 100) expect(dog.look(silent, now)).toBeUndefined();
        expect(dog.look(silent, 1000)).toBe('time');
    });

    it('ends a child over its memory at once, at one byte more than the limit', () => {
        const dog = new Watchdog(LIMITS, INTERVAL_MS, 0);
        const { position } = AT_ITEM_3;
        expect(dog.look({ position, residentBytes: 500 }, 1)).toBeUndefined();
        expect(dog.look({ position, residentBytes: 501 }, 2)).toBe('memory');
    });

    it('ends an item that takes more processor time than its limit, whatever came before', () => {
        const dog = new Watchdog(LIMITS, INTERVAL_MS, 0);
        expect(dog.look({ ...AT_ITEM_3, cpuMs: 9000 }, 100)).toBeUndefined();
        expect(dog.look({ ...AT_ITEM_3, cpuMs: 10_499 }, 200)).toBeUndefined();
        expect(dog.look({ ...AT_ITEM_4, cpuMs: 10_500 }, 300)).toBeUndefined();
        expect(dog.look({ ...AT_ITEM_4, cpuMs: 11_999 }, 400)).toBeUndefined();
        expect(dog.look({ ...AT_ITEM_4, cpuMs: 12_000 }, 500)).toBe('cpu-time');
    });

    it('looks often enough for short limits, and not too often for long ones', () => {
        expect(watchIntervalMs(80)).toBe(10);
        expect(watchIntervalMs(60_000)).toBe(50);
        expect(watchIntervalMs(1)).toBe(1);
    });
});
