import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { engines } from '../../../package.json';
import type { Config } from '../../config';
import { formatBytes } from '../../terminal';
import { processesOf } from '../node-options';
import { type Check, ok, problem, warning } from './check';

const GIB = 1024 ** 3;
/** A node with less is not ready, bytes; as in `start`. */
const LEAST_DISK = GIB / 4;
/** Node.js, the chain and one small model. */
const LEAST_MEMORY = GIB;

/** Cores, memory, disk and Node.js. */
export async function machineChecks({ home, provider }: Config): Promise<Check[]> {
    return [
        nodeCheck(),
        coresCheck(processesOf(provider)),
        memoryCheck(provider.limits.maxMemoryGiB * GIB),
        await diskCheck(home.folder, provider.limits.diskGiB * GIB),
    ];
}

function nodeCheck(): Check {
    const [, least = ''] = />=(\d+\.\d+)/.exec(engines.node) ?? [];
    const { node } = process.versions;
    const number = (version: string) => {
        const [major = 0, minor = 0] = version.split('.').map(Number);
        return major * 1_000 + minor;
    };
    if (number(node) >= number(least)) return ok('machine', `Node.js ${node} runs it.`);
    return problem('machine', `Node.js ${node} is too old.`, `Install Node.js ${least} or newer.`);
}

function coresCheck(processes: number): Check {
    const cores = availableParallelism();
    const model = cpus()[0]?.model.trim();
    const named = model === undefined || model === 'unknown' ? '' : ` (${model})`;
    const says = `${cores} cores${named}, of which models use ${processes}.`;
    if (processes <= cores) return ok('machine', says);
    return warning('machine', says, `Set provider.limits.processes to ${cores} or less.`);
}

function memoryCheck(maxBytes: number): Check {
    const total = totalmem();
    const says = `${formatBytes(total)} of memory.`;
    if (total < LEAST_MEMORY) return problem('machine', says, 'A node needs at least 1 GiB.');
    if (maxBytes <= total) return ok('machine', says);
    return warning(
        'machine',
        `${says} One process may take ${formatBytes(maxBytes)} of it.`,
        'Lower provider.limits.maxMemoryGiB, so that no job is taken that does not fit.',
    );
}

async function diskCheck(folder: string, wanted: number): Promise<Check> {
    let free: number;
    try {
        const { bavail, bsize } = await statfs(folder);
        free = bavail * bsize;
    } catch {
        return problem(
            'machine',
            `There is no folder ${folder}.`,
            'Run "cocoon-provider init", or say where the home is with --home.',
        );
    }
    const says = `${formatBytes(free)} are free on the disk of ${folder}.`;
    if (free < LEAST_DISK) return problem('machine', says, 'Make room: at least 256 MiB.');
    if (free >= wanted) return ok('machine', says);
    const mend = `Make room, or lower provider.limits.diskGiB, which is ${formatBytes(wanted)}.`;
    return warning('machine', says, mend);
}
