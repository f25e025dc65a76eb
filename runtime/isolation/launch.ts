import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KernelLimits, limitLines } from './kernel-limits';
import { type Mount, mountField, mountTable } from './mount-table';
import type { IsolationLevel } from './report';
import type { RootFolder } from './root-folder';
import type { SystemTools } from './tools';

/** What one child needs of this machine. */
export interface ChildPlace {
    /** Its own working folder, which it may write to. */
    readonly cwd: string;
    /** Files and folders beside the program that it may read. */
    readonly readable: readonly string[];
    readonly limits: KernelLimits;
}

/** How a child is started: `program` with `before`, and then Node.js with its own arguments. */
export interface Launch {
    readonly program: string;
    readonly before: readonly string[];
    /** Whether the started process only waits for the one that matters, its only child. */
    readonly forks: boolean;
    /** Removes what was made for it. */
    readonly clean: () => void;
}

/** What all children of a runtime have in common. */
export interface LaunchParts {
    readonly tools: SystemTools;
    readonly nodePath: string;
    /** The program of the children. */
    readonly workerPath: string;
    /** See `programPaths`. */
    readonly program: readonly Mount[];
    /** Only for `strict`. */
    readonly root: () => RootFolder;
}

const NOTHING = () => undefined;

/** Whom a child is in its own user namespace: nobody in particular, and without any rights. */
const USER = 1000;

/** A new user namespace gives the right to make the others: none of it takes root. */
const NAMESPACES = ['--user', '--map-root-user', '--net', '--ipc', '--uts'];

/** Options by which the first process of a process namespace ends with its parents. */
const WITH_ITS_PARENT = ['--pid', '--fork', '--kill-child'];

/**
 * @returns how a child is started at a level, or `undefined` where a tool for it is missing
 */
export function launchAt(
    level: IsolationLevel,
    parts: LaunchParts,
    place: ChildPlace,
): Launch | undefined {
    const { tools, nodePath } = parts;
    const { sh, unshare, mount, setpriv } = tools;
    if (level === 'none') {
        return { program: nodePath, before: [], forks: false, clean: NOTHING };
    }
    if (sh === undefined) return undefined;
    const inNamespace = level !== 'limits';
    const limits = limitLines(place.limits, inNamespace);
    if (inNamespace) limits.unshift(VICTIM);
    const shell = (lines: readonly string[]) => [
        '-c',
        ['set -e', ...lines].join('\n'),
        'cocoon-child',
        nodePath,
    ];
    if (level === 'limits') {
        const before = shell([...limits, 'exec "$@"']);
        return { program: sh, before, forks: false, clean: NOTHING };
    }
    if (unshare === undefined) return undefined;
    if (level === 'network') {
        const before = [...NAMESPACES, sh, ...shell([...limits, `exec ${plain(unshare)} "$@"`])];
        return { program: unshare, before, forks: false, clean: NOTHING };
    }
    if (mount === undefined || setpriv === undefined) return undefined;
    const root = parts.root();
    const table = `${place.cwd}.mounts`;
    const mounts = [
        ...parts.program,
        ...place.readable.map((path): Mount => ({ path, mode: 'read' })),
        { path: place.cwd, mode: 'write' } as const,
    ];
    const self = join(root.path, 'proc', 'self');
    mkdirSync(self, { recursive: true });
    writeFileSync(table, mountTable(root, mounts), { mode: 0o600 });
    const lines = [
        // The table of processes is still that of the machine here, and tells this one's id in it.
        'read -r pid rest < /proc/self/stat',
        `printf '%s %s\\n' "/proc/$pid" ${quoted(`${mountField(self)} none bind,ro`)} >> ${quoted(table)}`,
        `${quoted(mount)} --all --fstab ${quoted(table)}`,
        ...limits,
        `exec ${plain(unshare)} --root=${quoted(root.path)} --wd=${quoted(place.cwd)} "$@"`,
    ];
    return {
        program: setpriv,
        before: [
            ...['--pdeathsig', 'KILL', unshare],
            ...[...NAMESPACES, '--mount', ...WITH_ITS_PARENT],
            ...[sh, ...shell(lines)],
        ],
        forks: true,
        clean: () => rmSync(table, { force: true }),
    };
}

/** Should memory run out before a limit is seen, the kernel shall take the child, not the node. */
const VICTIM = 'echo 1000 > /proc/self/oom_score_adj || :';

/** A second user namespace, in which the rights over the first are gone. */
function plain(unshare: string): string {
    return `${quoted(unshare)} --user --map-user=${USER}`;
}

/** A word of a POSIX shell. */
function quoted(text: string): string {
    return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
