import type { Source } from './source';
import { SourceError } from './system';

/** Terminals with their names: of windows and SSH, and consoles. */
const LINUX = [
    { folder: '/dev/pts', names: /^\d+$/ },
    { folder: '/dev', names: /^tty\d+$/ },
];
const MACOS = [{ folder: '/dev', names: /^ttys\d+$/ }];

/**
 * A program that reads what somebody types touches the time of access of its terminal; Linux keeps it
 * exact to eight seconds. What programs print does not count.
 */
export const terminalSources: readonly Source<number>[] = [
    {
        name: 'terminals (times of access in /dev)',
        platforms: ['linux', 'darwin'],
        async read(system) {
            let latest = -Infinity;
            let found = false;
            for (const { folder, names } of system.platform === 'darwin' ? MACOS : LINUX) {
                for (const name of await system.list(folder)) {
                    if (!names.test(name)) continue;
                    found = true;
                    latest = Math.max(
                        latest,
                        (await system.accessedAt(`${folder}/${name}`)) ?? latest,
                    );
                }
            }
            // Without any, nobody types.
            if (!found && (await system.list('/dev')).length === 0) {
                throw new SourceError('/dev cannot be read');
            }
            return Math.max(0, system.now() - latest);
        },
    },
];
