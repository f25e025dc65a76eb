import { openProcessGauge } from '../../runtime/process-gauge';

const gauge = openProcessGauge(process.pid);
afterAll(() => gauge.close());

describe('the gauge of a process', () => {
    it('tells the memory and the processor time that the process itself sees', () => {
        const end = performance.now() + 100;
        while (performance.now() < end) Math.sqrt(end);
        const { residentBytes = 0, cpuMs = 0 } = gauge.read();
        const { user, system } = process.cpuUsage();
        expect(residentBytes / process.memoryUsage.rss()).toBeCloseTo(1, 1);
        expect(Math.abs(cpuMs - (user + system) / 1000)).toBeLessThan(50);
    });

    it('tells nothing once it is closed, or of a process that is gone', () => {
        const nothing = { residentBytes: undefined, cpuMs: undefined };
        const closed = openProcessGauge(process.pid);
        closed.close();
        expect(closed.read()).toEqual(nothing);
        const gone = openProcessGauge(2 ** 22 + 1); // more than Linux ever gives
        expect(gone.read()).toEqual(nothing);
    });
});
