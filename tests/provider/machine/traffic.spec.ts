import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDayVolume, createTrafficMeter } from '../../../provider/machine';

describe('what a node moves', () => {
    it('is counted at both ends of its sockets, and not what stays on the machine', async () => {
        const meter = createTrafficMeter();
        const server = createServer((_, response) => response.end('x'.repeat(100_000)));
        await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
        const { port } = server.address() as { port: number };
        try {
            await (await fetch(`http://127.0.0.1:${port}`)).text();
            expect(meter.bytes).toBe(0);
            const outer = Object.values(networkInterfaces())
                .flat()
                .find((face) => face?.family === 'IPv4' && !face.internal);
            if (outer === undefined) return;
            await (await fetch(`http://${outer.address}:${port}`)).text();
            // Both ends are in this process.
            expect(meter.bytes).toBeGreaterThan(200_000);
            expect(meter.bytes).toBeLessThan(210_000);
        } finally {
            server.closeAllConnections();
            server.close();
            meter.close();
        }
    });

    it('is kept from midnight to midnight, over a restart', () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
        const path = join(folder, 'volume.json');
        const meter = { bytes: 0 };
        let now = new Date(2026, 10, 26, 12).getTime();
        const first = createDayVolume(path, meter, () => now);
        meter.bytes = 100;
        expect(first.today()).toBe(100);
        first.save();
        const second = createDayVolume(path, { bytes: 0 }, () => now);
        expect(second.today()).toBe(100);
        now = new Date(2026, 10, 27, 0, 1).getTime();
        expect(second.today()).toBe(0);
        meter.bytes = 150;
        expect(first.today()).toBe(0);
        meter.bytes = 170;
        expect(first.today()).toBe(20);
        first.save();
        expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ date: '2026-11-27', bytes: 20 });
        writeFileSync(path, 'damaged');
        expect(createDayVolume(path, meter, () => now).today()).toBe(0);
        rmSync(folder, { recursive: true });
    });
});
