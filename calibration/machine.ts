import { readFileSync } from 'node:fs';

/** Flags of /proc/cpuinfo, widest instruction set first, and their names. */
const SETS: readonly (readonly [flag: string, name: string])[] = [
    ['avx512f', 'AVX-512'],
    ['avx2', 'AVX2'],
    ['avx', 'AVX'],
    ['sse4_2', 'SSE4.2'],
    ['asimd', 'NEON'],
];

/** Architecture and widest instruction set of this machine, such as `x64 AVX2`. */
export function machineInWords(): string {
    let flags: readonly string[] = [];
    try {
        const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'));
        flags = (line?.[1] ?? '').split(' ');
    } catch {
        // Other systems than Linux do not say it in a file.
    }
    const set = SETS.find(([flag]) => flags.includes(flag))?.[1];
    return set === undefined ? process.arch : `${process.arch} ${set}`;
}
