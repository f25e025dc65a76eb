import { readFileSync } from 'node:fs';
import type { RootFolder } from './root-folder';

/** One path of this machine that a child sees. */
export interface Mount {
    readonly path: string;
    /** `device`: as it is; else with neither devices nor programs that give rights. */
    readonly mode: 'read' | 'write' | 'device';
}

/**
 * The lines of fstab(5) that mount paths into the root of a child, the root itself first and
 * deeper paths after those that they lie in.
 *
 * @param mountInfo text of `/proc/self/mountinfo`, see proc(5)
 */
export function mountTable(
    root: RootFolder,
    mounts: readonly Mount[],
    mountInfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string {
    const options = optionsByPath(mountInfo);
    const placed = mounts.flatMap(({ path, mode }) => {
        const real = root.add(path);
        return real === undefined ? [] : [{ real, mode }];
    });
    placed.sort((a, b) => a.real.length - b.real.length);
    const needed = placed.filter(
        ({ real, mode }, at) =>
            mode !== 'read' ||
            !placed.some((other, before) => before < at && contains(other.real, real)),
    );
    const lines = needed.map(({ real, mode }) =>
        line(real, root.path + real, flags(mode, optionsOf(real, options))),
    );
    const self = line(root.path, root.path, flags('read', optionsOf(root.path, options)));
    return [self, ...lines].map((text) => `${text}\n`).join('');
}

/** Text of a field of fstab(5). */
export function mountField(path: string): string {
    return path.replace(
        /[\s\\]/g,
        (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
    );
}

function line(source: string, target: string, options: string): string {
    return `${mountField(source)} ${mountField(target)} none ${options}`;
}

/** What the mount below forbids cannot be allowed again by who is not its owner. */
function flags(mode: Mount['mode'], below: ReadonlySet<string>): string {
    if (mode === 'device') return 'bind';
    const noexec = mode === 'write' || below.has('noexec');
    return [
        'bind',
        ...(mode === 'read' ? ['ro'] : []),
        'nosuid',
        'nodev',
        ...(noexec ? ['noexec'] : []),
    ].join(',');
}

/** Options of each mount by where it is; the last one there counts. */
function optionsByPath(mountInfo: string): Map<string, ReadonlySet<string>> {
    const options = new Map<string, ReadonlySet<string>>();
    for (const text of mountInfo.split('\n')) {
        const [, , , , at, own] = text.split(' ');
        if (at === undefined || own === undefined) continue;
        options.set(unescapeField(at), new Set(own.split(',')));
    }
    return options;
}

function unescapeField(text: string): string {
    return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(parseInt(octal, 8)),
    );
}

function optionsOf(
    path: string,
    options: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
    let found: ReadonlySet<string> = new Set();
    let length = 0;
    for (const [at, own] of options) {
        if (at.length < length || !contains(at, path)) continue;
        found = own;
        length = at.length;
    }
    return found;
}

/** Whether a path is another one or lies in it. */
function contains(outer: string, path: string): boolean {
    return path === outer || path.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}
