import { z } from 'zod';
import { callBus, readProperties } from './bus';
import { followedIdle } from './windows';
import { numberFrom, type Source } from './source';
import { SourceError, type System } from './system';

const LINUX = ['linux'] as const;
const MUTTER = 'org.gnome.Mutter.IdleMonitor';
const SAVER = 'org.freedesktop.ScreenSaver';
const LOGIND = {
    bus: 'system',
    service: 'org.freedesktop.login1',
    path: '/org/freedesktop/login1',
    interface: 'org.freedesktop.login1.Manager',
} as const;

/** GNOME's compositor tells it under X11 and Wayland, in milliseconds. */
const gnome: Source<number> = {
    name: 'GNOME (org.gnome.Mutter.IdleMonitor on D-Bus)',
    platforms: LINUX,
    async read(system) {
        const path = '/org/gnome/Mutter/IdleMonitor/Core';
        const object = { bus: 'session', service: MUTTER, path, interface: MUTTER } as const;
        return count(await callBus(system, object, 'GetIdletime'));
    },
};

/**
 * The screen saver of KDE answers in milliseconds, that of Unity and Lomiri in seconds; others do not
 * have the method. Under Wayland KDE always answers 0, so it is not asked there.
 */
const screenSaver: Source<number> = {
    name: 'KDE (org.freedesktop.ScreenSaver on D-Bus)',
    platforms: LINUX,
    async read(system) {
        const desktop = (system.env['XDG_CURRENT_DESKTOP'] ?? '').toLowerCase();
        const kde = desktop.includes('kde');
        if (!kde && !/unity|lomiri/.test(desktop)) {
            throw new SourceError('the desktop is neither KDE nor Unity nor Lomiri');
        }
        if (kde && system.env['XDG_SESSION_TYPE'] === 'wayland') {
            throw new SourceError('KDE does not tell it under Wayland');
        }
        const path = '/org/freedesktop/ScreenSaver';
        const object = { bus: 'session', service: SAVER, path, interface: SAVER } as const;
        return count(await callBus(system, object, 'GetSessionIdleTime')) * (kde ? 1 : 1000);
    },
};

/** Small programs that ask the X server's screen saver extension; both print milliseconds. */
function x11(program: string, args: readonly string[]): Source<number> {
    return {
        name: `X11 (${program})`,
        platforms: LINUX,
        async read(system) {
            // Under Wayland the X server sees only what its own windows get.
            if (system.env['XDG_SESSION_TYPE'] === 'wayland') {
                throw new SourceError('the session is Wayland');
            }
            if ((system.env['DISPLAY'] ?? '') === '') throw new SourceError('DISPLAY is not set');
            return numberFrom(await system.run(program, args), `what ${program} prints`);
        },
    };
}

/** ListSessions: id, user id, user name, seat, path. */
const sessions = z.tuple([
    z.array(z.tuple([z.string(), z.number(), z.string(), z.string(), z.string()])),
]);

/**
 * The login manager of systemd knows who sits at a seat. Desktops tell it that a session is idle
 * after some minutes, so it is exact to those; of text consoles it knows by itself.
 */
const logind: Source<number> = {
    name: 'logind (org.freedesktop.login1 on D-Bus)',
    platforms: LINUX,
    async read(system) {
        const listed = sessions.safeParse([await callBus(system, LOGIND, 'ListSessions')]);
        if (!listed.success) throw new SourceError('logind lists sessions in another form');
        let idleMs = Infinity;
        for (const [, , , seat, path] of listed.data[0]) {
            // Those from elsewhere are terminals.
            if (seat === '') continue;
            idleMs = Math.min(idleMs, await sessionIdle(system, path));
        }
        return idleMs;
    },
};

async function sessionIdle(system: System, path: string): Promise<number> {
    const face = 'org.freedesktop.login1.Session';
    const names = ['Class', 'State', 'IdleHint', 'IdleSinceHint'];
    const read = await readProperties(system, { ...LOGIND, path, interface: face }, names);
    const [kind, state, idle, sinceUs] = z
        .tuple([z.string(), z.string(), z.boolean(), z.number()])
        .catch(() => {
            throw new SourceError('logind describes a session in another form');
        })
        .parse(read);
    // The greeter waits for somebody to come; who has left is closing.
    if (kind !== 'user' || state === 'closing') return Infinity;
    return idle ? Math.max(0, system.now() - sinceUs / 1000) : 0;
}

/** The kernel counts for all input devices, in nanoseconds. */
const hid: Source<number> = {
    name: 'ioreg (HIDIdleTime)',
    platforms: ['darwin'],
    async read(system) {
        const text = await system.run('ioreg', ['-r', '-c', 'IOHIDSystem', '-d', '1']);
        const [, nanos] = /"HIDIdleTime"\s*=\s*(\d+)/.exec(text) ?? [];
        return numberFrom(nanos, 'HIDIdleTime') / 1e6;
    },
};

/** Since the last input at the desk, milliseconds; infinite where nobody is logged in there. */
export function deskSources(): readonly Source<number>[] {
    return [
        gnome,
        screenSaver,
        x11('xprintidle', []),
        x11('xssstate', ['-i']),
        logind,
        hid,
        followedIdle(),
    ];
}

function count(value: unknown): number {
    if (typeof value === 'number' && value >= 0) return value;
    throw new SourceError('the answer is no number');
}
