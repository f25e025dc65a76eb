import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Mount } from './mount-table';

/** Where systems keep their libraries. */
const SYSTEM = ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store'];

/** What the loader, the C library, Node.js and ONNX Runtime read to know the machine. */
const MACHINE = [
    '/etc/ld.so.cache',
    '/proc/cpuinfo',
    '/proc/meminfo',
    '/proc/stat',
    '/sys/devices/system/cpu',
    // Without these glibc asks for no huge pages, see `childEnvironment`.
    '/sys/kernel/mm/transparent_hugepage/enabled',
    '/sys/kernel/mm/transparent_hugepage/hpage_pmd_size',
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

/**
 * What a program may import: its own folder, the build of this package that it lies in, and
 * installed packages. What else is above it may be a home, with anything in it.
 */
function programFolders(workerPath: string): string[] {
    const own = dirname(realpathSync(workerPath));
    const above = parents(own);
    const first = (...path: string[]) => above.find((folder) => existsSync(join(folder, ...path)));
    const build = first('runtime', 'isolation');
    const described = first('package.json');
    const modules = above.map((folder) => join(folder, 'node_modules')).filter(existsSync);
    return [
        own,
        dirname(workerPath),
        ...(build === undefined ? [] : [build]),
        ...(described === undefined ? [] : [join(described, 'package.json')]),
        ...modules,
    ];
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
