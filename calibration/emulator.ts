import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { CalibrationClass } from './calibration-class';

/**
 * Processors that qemu-user emulates, oldest first, and what their instruction set adds. qemu
 * announces the model by `cpuid`, by which ONNX Runtime chooses its kernels, so that the real ones of
 * each set are executed. It has no AVX-512.
 */
const PROCESSORS: readonly (readonly [model: string, set: string])[] = [
    ['Nehalem', 'SSE4.2'],
    ['SandyBridge', 'AVX'],
    ['Haswell', 'AVX2'],
];

/** qemu prints a warning for each feature that it leaves out. */
const LEFT_OUT = '-tsc-deadline,-hle,-invpcid,-rtm,-pcid,-x2apic';

/** The emulator of this machine's instruction sets; undefined where it is not installed. */
export function findEmulator(
    env: Readonly<Record<string, string | undefined>>,
): string | undefined {
    if (process.arch !== 'x64') return undefined;
    for (const folder of (env['PATH'] ?? '').split(delimiter)) {
        const path = join(folder, 'qemu-x86_64');
        try {
            accessSync(path, constants.X_OK);
            return path;
        } catch {
            // Not in this folder.
        }
    }
    return undefined;
}

/** A class for each processor that the emulator knows. */
export function emulatedClasses(emulator: string): CalibrationClass[] {
    return PROCESSORS.map(([model, set]) => ({
        name: `emulated ${model} (${set})`,
        executionClass: 'native',
        launcher: [emulator, '-cpu', `${model},${LEFT_OUT}`],
    }));
}
