import type { MemoryUse } from '../preferences';
import { numberFrom, type Source } from './source';
import { SourceError } from './system';

type Room = Omit<MemoryUse, 'ownBytes'>;

/** Memory as programs can take it; in a container what the container may have. */
const meminfo: Source<Room> = {
    name: '/proc/meminfo',
    platforms: ['linux'],
    async read(system) {
        const text = (await system.readText('/proc/meminfo')) ?? '';
        const bytes = (name: string) => {
            const [, kibibytes] = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text) ?? [];
            return numberFrom(kibibytes, name) * 1024;
        };
        const host = { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') };
        const limit = Number(await system.readText('/sys/fs/cgroup/memory.max'));
        const used = Number(await system.readText('/sys/fs/cgroup/memory.current'));
        // "max" is no number.
        if (!(limit > 0 && limit < host.totalBytes && used >= 0)) return host;
        return {
            totalBytes: limit,
            availableBytes: Math.min(host.availableBytes, Math.max(0, limit - used)),
        };
    },
};

/** What is free or can be freed without being written anywhere. */
const vmStat: Source<Room> = {
    name: 'vm_stat',
    platforms: ['darwin'],
    everyMs: 2_000,
    async read(system) {
        const text = await system.run('vm_stat', []);
        const [, size] = /page size of (\d+) bytes/.exec(text) ?? [];
        const pages = (name: string) => {
            const [, count] = new RegExp(`^${name}:\\s+(\\d+)\\.`, 'm').exec(text) ?? [];
            return numberFrom(count, name);
        };
        const free = pages('Pages free') + pages('Pages inactive') + pages('Pages speculative');
        return {
            totalBytes: system.memory().totalBytes,
            availableBytes: free * numberFrom(size, 'the size of a page'),
        };
    },
};

const windows: Source<Room> = {
    name: 'GlobalMemoryStatusEx (Node.js)',
    platforms: ['win32'],
    read(system) {
        const { totalBytes, freeBytes } = system.memory();
        if (totalBytes === 0) return Promise.reject(new SourceError('nothing is told'));
        return Promise.resolve({ totalBytes, availableBytes: freeBytes });
    },
};

export const memorySources: readonly Source<Room>[] = [meminfo, vmStat, windows];

/** Room on the disk of a folder, bytes. */
export function diskSources(folder: string): readonly Source<number>[] {
    return [
        {
            name: 'statfs',
            platforms: ['linux', 'darwin', 'win32'],
            async read(system) {
                try {
                    return await system.freeBytes(folder);
                } catch (error) {
                    throw new SourceError(error instanceof Error ? error.message : String(error));
                }
            },
        },
    ];
}
