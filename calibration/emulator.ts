import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { CalibrationClass } from './calibration-class';

/** What the environment says: `PATH`, and where what ARM64 needs is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Processors that qemu-user emulates, oldest first, and what their instruction set adds. qemu
 * announces the model by `cpuid`, by which ONNX Runtime chooses its kernels, so that the real ones of
 * each set are executed. It has no AVX-512.
 */
const X64_PROCESSORS: readonly (readonly [model: string, set: string])[] = [
    ['Nehalem', 'SSE4.2'],
    ['SandyBridge', 'AVX'],
    ['Haswell', 'AVX2'],
];

/** qemu prints a warning for each feature that it has not, unless it is left out. */
const LEFT_OUT = '-tsc-deadline,-hle,-invpcid,-rtm,-pcid,-x2apic';

/**
 * A folder with what a program for Linux on ARM64 needs: `bin/node`, its libraries in `lib`, and
 * `proc/cpuinfo` of such a processor, which qemu-user does not make up. docs/calibration.md says how to
 * fill it.
 */
const ARM64_FOLDER = 'COCOON_ARM64';
const ARM64_PROCESSOR = 'cortex-a72';

/**
 * A class for each processor that can be emulated on this machine; none where qemu-user is not
 * installed. Those of x86-64 execute the Node.js of this process, and so need that architecture.
 */
export function emulatedClasses(env: Environment): CalibrationClass[] {
    const classes: CalibrationClass[] = [];
    const x64 = process.arch === 'x64' ? onPath('qemu-x86_64', env) : undefined;
    for (const [model, set] of x64 === undefined ? [] : X64_PROCESSORS) {
        const cpu = `${model},${LEFT_OUT}`;
        classes.push(emulated(`${model} (${set})`, [x64 ?? '', '-cpu', cpu, process.execPath]));
    }
    const [arm64, folder] = [onPath('qemu-aarch64', env), env[ARM64_FOLDER] ?? ''];
    if (arm64 !== undefined && folder !== '') {
        const root = resolve(folder);
        const node = join(root, 'bin', 'node');
        const command = [arm64, '-L', root, '-cpu', ARM64_PROCESSOR, node];
        classes.push(emulated(`${ARM64_PROCESSOR} (NEON)`, command));
    }
    return classes;
}

function emulated(processor: string, launcher: readonly string[]): CalibrationClass {
    return { name: `emulated ${processor}`, executionClass: 'native', launcher };
}

function onPath(program: string, env: Environment): string | undefined {
    for (const folder of (env['PATH'] ?? '').split(delimiter)) {
        const path = join(folder, program);
        try {
            accessSync(path, constants.X_OK);
            return path;
        } catch {
            // Not in this folder.
        }
    }
    return undefined;
}
