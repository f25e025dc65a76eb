import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMachine, hostSystem, SourceError } from '../../../provider/machine';
import { callBus, readProperties } from '../../../provider/machine/bus';
import type { System } from '../../../provider/machine';
import { readPreferences } from '../../../provider/preferences';
import { recorded } from './recorded-system';

const MINUTE = 60_000;
const GIB = 1024 ** 3;

function machineOf(system: System) {
    return createMachine({
        system,
        folder: '/',
        own: {
            pids: () => [1569],
            memoryBytes: () => 5,
            diskBytes: () => 7,
            movedBytes: () => 9,
        },
    });
}

async function seen(name: string) {
    const machine = machineOf(recorded(name));
    const observation = await machine.look();
    const sources = Object.fromEntries(
        machine.report().map(({ sensor, source }) => [sensor, source]),
    );
    machine.close();
    return { observation, sources, report: machine.report() };
}

describe('what is seen', () => {
    it('of a virtual machine without a desk', async () => {
        const { observation, sources } = await seen('debian12-virtual-machine');
        expect(observation).toMatchObject({
            deskIdleMs: undefined,
            programs: new Set(['cat', 'a very long nam', 'a very long name']),
            othersPercent: 0,
            memory: { totalBytes: 24684092 * 1024, availableBytes: 21982444 * 1024, ownBytes: 5 },
            disk: { freeBytes: GIB, ownBytes: 7 },
            battery: { onBattery: false, percent: undefined },
            celsius: undefined,
            connection: { metered: undefined, wifi: false },
            movedBytes: 9,
            graphicsPercent: undefined,
        });
        // The serial console and the multiplexer are no terminals.
        expect(observation.terminalIdleMs).toBeGreaterThan(6 * 24 * 60 * MINUTE);
        expect(sources['memory']).toBe('/proc/meminfo');
    });

    it('of a laptop with GNOME under Wayland', async () => {
        const { observation, sources } = await seen('gnome-wayland-laptop');
        expect(observation).toMatchObject({
            deskIdleMs: 73_214,
            terminalIdleMs: undefined,
            battery: { onBattery: true, percent: 40 },
            celsius: 64.5,
            connection: { metered: true, wifi: true },
            graphicsPercent: 17,
        });
        expect(sources['input at the desk']).toMatch(/^GNOME/);
    });

    it('of a desktop with KDE under X11, with two batteries', async () => {
        const { observation, sources } = await seen('kde-x11-desktop');
        expect(observation).toMatchObject({
            deskIdleMs: 4_250,
            battery: { onBattery: false },
            celsius: 55,
            connection: { metered: false, wifi: false },
            graphicsPercent: 41,
        });
        expect(observation.battery?.percent).toBeCloseTo(83.3, 1);
        expect(sources['input at the desk']).toMatch(/^KDE/);
    });

    it('of a session that only logind tells of, beside the greeter and somebody by SSH', async () => {
        const { observation, sources, report } = await seen('kde-wayland-logind');
        expect(observation.deskIdleMs).toBe(Date.UTC(2026, 10, 26, 9, 30) - 1795685100000);
        expect(observation.terminalIdleMs).toBe(8_000);
        expect(sources['input at the desk']).toMatch(/^logind/);
        expect(report[0]?.tried.map(({ why }) => why)).toEqual([
            'no program here offers it',
            'KDE does not tell it under Wayland',
            'the session is Wayland',
            'the session is Wayland',
        ]);
    });

    it('of a server in a container: nobody at the desk, and less memory than the machine', async () => {
        const { observation } = await seen('headless-logind');
        expect(observation).toMatchObject({
            deskIdleMs: Infinity,
            terminalIdleMs: 2_000,
            memory: { totalBytes: 2 * GIB, availableBytes: GIB },
            // The route with the smaller metric.
            connection: { metered: undefined, wifi: true },
        });
    });

    it('where there is no busctl', async () => {
        expect((await seen('gnome-gdbus')).observation.deskIdleMs).toBe(1_500);
        const { observation, sources } = await seen('xfce-x11-gdbus');
        expect(observation.deskIdleMs).toBe(61_234);
        expect(sources['input at the desk']).toBe('X11 (xprintidle)');
    });

    it('of a laptop with macOS', async () => {
        const { observation, report } = await seen('macos-laptop');
        expect(observation).toMatchObject({
            terminalIdleMs: 2 * MINUTE,
            programs: new Set(['launchd', 'blender', 'login']),
            memory: { totalBytes: 16 * GIB, availableBytes: 481_479 * 16_384 },
            battery: { onBattery: true, percent: 85 },
            celsius: undefined,
            connection: { metered: undefined, wifi: true },
        });
        expect(observation.deskIdleMs).toBeCloseTo(5_273.9, 1);
        // 80.5 % of one core of eight, without the node's own process.
        expect(observation.othersPercent).toBeCloseTo(10.06, 2);
        expect(report.find(({ sensor }) => /temperature/.test(sensor))?.source).toBeUndefined();
    });

    it('of a laptop with Windows', async () => {
        const { observation, report } = await seen('windows-laptop');
        expect(observation).toMatchObject({
            deskIdleMs: 2_031,
            terminalIdleMs: undefined,
            programs: new Set(['system idle process', 'blender']),
            memory: { totalBytes: 16 * GIB, availableBytes: 4 * GIB },
            battery: { onBattery: false, percent: 97 },
            celsius: undefined,
            connection: { metered: true, wifi: true },
            graphicsPercent: 7,
        });
        const hot = report.find(({ sensor }) => /temperature/.test(sensor));
        expect(hot?.tried[0]?.why).toContain('Access denied');
    });
});

describe('a sensor', () => {
    it('averages what others use, without the node and its children', async () => {
        const system = recorded('debian12-virtual-machine');
        const machine = machineOf(system);
        await machine.look();
        // Of 1,000 ticks of both cores others take 300, the node 200.
        system.pass(5_000);
        system.change('/proc/stat', 'cpu  5403223 372213 436642 1795238 11927 0 10899 73835 0 0\n');
        const stat = (await system.readText('/proc/1569/stat')) ?? '';
        system.change('/proc/1569/stat', stat.replace(' 250 50 ', ' 400 100 '));
        expect((await machine.look()).othersPercent).toBeCloseTo(30, 5);
        // Ten seconds later that is forgotten.
        system.pass(11_000);
        system.change('/proc/stat', 'cpu  5403223 372213 436642 1797238 11927 0 10899 73835 0 0\n');
        expect((await machine.look()).othersPercent).toBe(0);
        machine.close();
    });

    it('sees a program that has become another one shortly after its start', async () => {
        const system = recorded('debian12-virtual-machine');
        const machine = machineOf(system);
        const runs = async (name: string) => (await machine.look()).programs?.has(name);
        await machine.look();
        system.change('/proc/1600/comm', 'bash\n');
        expect(await runs('bash')).toBe(true);
        system.change('/proc/1600/comm', 'doom\n');
        expect([await runs('doom'), await runs('bash')]).toEqual([true, false]);
        machine.close();
    });

    it('asks only for what the preferences need', async () => {
        const system = recorded('kde-x11-desktop');
        const machine = machineOf(system);
        const quiet = readPreferences({ network: { metered: true } });
        expect(await machine.look(quiet)).toMatchObject({
            programs: undefined,
            connection: undefined,
            graphicsPercent: undefined,
        });
        expect(system.asked.some((line) => /nvidia|NetworkManager/.test(line))).toBe(false);
        machine.close();
    });

    it('keeps a value over two failures, and then looks for another source', async () => {
        const system = recorded('gnome-wayland-laptop');
        let broken = false;
        const flaky: System = {
            ...system,
            now: () => system.now(),
            run: (program, args) =>
                broken && program === 'busctl'
                    ? Promise.reject(new SourceError('busctl did not answer in 1500 ms'))
                    : system.run(program, args),
        };
        const machine = machineOf(flaky);
        const look = async () => {
            system.pass(1_000);
            return (await machine.look()).deskIdleMs;
        };
        expect(await look()).toBe(73_214);
        broken = true;
        expect(await look()).toBe(73_214);
        expect(await look()).toBe(73_214);
        expect(await look()).toBeUndefined();
        broken = false;
        // It is not tried again each second.
        expect(await look()).toBeUndefined();
        system.pass(60_000);
        expect(await look()).toBe(73_214);
        machine.close();
    });
});

describe('this machine', () => {
    it('is seen without an error, whatever it has', async () => {
        const machine = machineOf(hostSystem());
        const observation = await machine.look();
        expect(observation.memory?.totalBytes).toBeGreaterThan(0);
        expect(observation.programs?.has('node')).toBe(true);
        expect(observation.disk?.freeBytes).toBeGreaterThan(0);
        machine.close();
    });

    it('has programs that are missing, fail or hang', async () => {
        const system = hostSystem();
        await expect(system.run('no-such-program', [])).rejects.toThrow('is not installed');
        await expect(system.run('sh', ['-c', 'echo no >&2; exit 1'])).rejects.toThrow('sh: no');
        await expect(system.run('sleep', ['20'])).rejects.toThrow('did not answer');
    });

    const bus = hasBus() ? it : it.skip;
    bus('speaks with a real D-Bus', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
        const address = `unix:path=${join(folder, 'bus')}`;
        const daemon = spawn(
            'dbus-daemon',
            ['--session', `--address=${address}`, '--print-address'],
            {
                stdio: ['ignore', 'pipe', 'ignore'],
            },
        );
        try {
            await new Promise((resolve) => daemon.stdout.once('data', resolve));
            const host = hostSystem();
            // The tools take it from their environment.
            const system: System = {
                ...host,
                run: (program, args) =>
                    host.run('env', [`DBUS_SESSION_BUS_ADDRESS=${address}`, program, ...args]),
            };
            const name = 'org.freedesktop.DBus';
            const object = {
                bus: 'session',
                service: name,
                path: '/org/freedesktop/DBus',
                interface: name,
            } as const;
            expect(await callBus(system, object, 'GetId')).toMatch(/^[0-9a-f]{32}$/);
            const [features] = await readProperties(system, object, ['Features']);
            expect(features).toContain('HeaderFiltering');
            const mutter = { ...object, service: 'org.gnome.Mutter.IdleMonitor' };
            await expect(callBus(system, mutter, 'GetIdletime')).rejects.toThrow('no program here');
        } finally {
            daemon.kill();
            rmSync(folder, { recursive: true });
        }
    });
});

function hasBus(): boolean {
    try {
        execFileSync('busctl', ['--version']);
        execFileSync('dbus-daemon', ['--version']);
        return true;
    } catch {
        return false;
    }
}
