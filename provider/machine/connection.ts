import { z } from 'zod';
import type { ConnectionState } from '../preferences';
import { readProperties } from './bus';
import type { Source } from './source';
import { SourceError } from './system';
import { powershell } from './windows';

const NETWORK_MANAGER = {
    bus: 'system',
    service: 'org.freedesktop.NetworkManager',
    path: '/org/freedesktop/NetworkManager',
    interface: 'org.freedesktop.NetworkManager',
} as const;

/** NMMetered: 0 unknown, 1 yes, 2 no, 3 guessed yes, 4 guessed no. */
const METERED: readonly (boolean | undefined)[] = [undefined, true, false, true, false];

const networkManager: Source<ConnectionState> = {
    name: 'NetworkManager (D-Bus)',
    platforms: ['linux'],
    everyMs: 1_000,
    async read(system) {
        const names = ['Metered', 'PrimaryConnectionType'];
        const [metered, type] = z
            .tuple([z.number(), z.string()])
            .catch(() => {
                throw new SourceError('NetworkManager answers in another form');
            })
            .parse(await readProperties(system, NETWORK_MANAGER, names));
        if (type === '') throw new SourceError('NetworkManager manages no connection');
        return { metered: METERED[metered], wifi: type === '802-11-wireless' };
    },
};

/** The device of the default route; one of a mobile network is metered, of others it is not known. */
const route: Source<ConnectionState> = {
    name: '/proc/net/route and /sys/class/net',
    platforms: ['linux'],
    async read(system) {
        const lines = (await system.readText('/proc/net/route'))?.split('\n').slice(1) ?? [];
        const defaults = lines
            .map((line) => line.split('\t'))
            .filter(([, target, , , , , , mask]) => target === '00000000' && mask === '00000000')
            .sort((a, b) => Number(a[6]) - Number(b[6]));
        const device = defaults[0]?.[0];
        if (device === undefined) throw new SourceError('there is no default route');
        const inside = await system.list(`/sys/class/net/${device}`);
        const kind = (await system.readText(`/sys/class/net/${device}/uevent`)) ?? '';
        return {
            metered: /^DEVTYPE=wwan$/m.test(kind) ? true : undefined,
            wifi: inside.includes('wireless') || /^DEVTYPE=wlan$/m.test(kind),
        };
    },
};

const macos: Source<ConnectionState> = {
    name: 'route and networksetup',
    platforms: ['darwin'],
    everyMs: 5_000,
    async read(system) {
        const [, device] =
            /interface: (\S+)/.exec(await system.run('route', ['-n', 'get', 'default'])) ?? [];
        if (device === undefined) throw new SourceError('there is no default route');
        const ports = await system.run('networksetup', ['-listallhardwareports']);
        const port = ports.split(/\n\s*\n/).find((text) => text.includes(`Device: ${device}\n`));
        return {
            // No command of macOS tells it.
            metered: undefined,
            wifi: /Hardware Port: (Wi-Fi|AirPort)/.test(port ?? ''),
        };
    },
};

const PROFILE = `$profile = [Windows.Networking.Connectivity.NetworkInformation,Windows.Networking.Connectivity,ContentType=WindowsRuntime]::GetInternetConnectionProfile(); if ($profile) { ConvertTo-Json -Compress @{ cost = [string]$profile.GetConnectionCost().NetworkCostType; wifi = $profile.IsWlanConnectionProfile } } else { 'null' }`;
const profileSchema = z.object({ cost: z.string(), wifi: z.boolean() }).nullable();

const windows: Source<ConnectionState> = {
    name: 'NetworkInformation (Windows Runtime)',
    platforms: ['win32'],
    everyMs: 10_000,
    async read(system) {
        const profile = await powershell(system, PROFILE, profileSchema);
        if (profile === null) throw new SourceError('there is no connection to the Internet');
        const { cost, wifi } = profile;
        // NetworkCostType: Unrestricted, Fixed, Variable, Unknown.
        const metered = cost === 'Unknown' ? undefined : cost !== 'Unrestricted';
        return { metered, wifi };
    },
};

export const connectionSources: readonly Source<ConnectionState>[] = [
    networkManager,
    route,
    macos,
    windows,
];
