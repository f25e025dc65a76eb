import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Mount } from './mount-table';

/** Where systems keep their libraries. */
const SYSTEM = ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store'];

/** What the loader, Node.js and ONNX Runtime read to know the machine. */
const MACHINE = [
    '/etc/ld.so.cache',
    '/proc/cpuinfo',
    '/proc/meminfo',
    '/proc/stat',
    '/sys/devices/system/cpu',
];

const DEVICES = ['/dev/null', '/dev/urandom'];

/**
 * What a child sees beside its model, its items and its working folder: the system's programs and
 * libraries, Node.js, and this program with the packages that it stands on. Nothing of it is
 * anybody's own.
 *
 * @param nodePath the program of Node.js
 * @param workerPath the program of the children
 */
export function programPaths(nodePath: string, workerPath: string): Mount[] {
    const packages = [
        require.resolve('onnxruntime-node'),
        require.resolve('onnxruntime-web'),
        require.resolve('onnxruntime-common'),
    ].map(installedIn);
    const paths = [...SYSTEM, ...MACHINE, nodePath, ...programFolders(workerPath), ...packages];
    return [
        ...paths.map((path): Mount => ({ path, mode: 'read' })),
        ...DEVICES.map((path): Mount => ({ path, mode: 'device' })),
    ];
}

/** What a program may import: its own folder, that of the whole build, and installed packages. */
function programFolders(workerPath: string): string[] {
    const own = dirname(realpathSync(workerPath));
    const here = realpathSync(__dirname);
    // A bundle of everything is its own folder, and what is above it is somebody else's.
    const project = here.endsWith('/runtime/isolation') ? join(here, '..', '..') : own;
    const build = own.startsWith(`${project}/`) ? [project] : [];
    const above = parents(own);
    const description = above
        .map((folder) => join(folder, 'package.json'))
        .find((file) => existsSync(file));
    const modules = above.map((folder) => join(folder, 'node_modules')).filter(existsSync);
    return [own, dirname(workerPath), ...build, ...modules, ...(description ? [description] : [])];
}

/** The outermost `node_modules` that a file lies in, with whatever is installed beside it. */
function installedIn(file: string): string {
    const real = dirname(realpathSync(file));
    const outermost = parents(real)
        .filter((folder) => basename(folder) === 'node_modules')
        .at(-1);
    return outermost ?? real;
}

/** A folder and those above it, the root left out. */
function parents(folder: string): string[] {
    const above = dirname(folder);
    return above === folder ? [] : [folder, ...parents(above)];
}
