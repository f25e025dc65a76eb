import { fromNano } from '@ton/core';

export { formatGram } from '../../wrappers/describe';

const UNITS = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
] as const;

/** Milliseconds in the two largest units that say something: `3 d 4 h`, `12 min 5 s`, `0.35 s`. */
export function formatDuration(ms: number): string {
    if (ms < 10_000) return `${Number((ms / 1000).toFixed(2))} s`;
    let rest = Math.round(ms / 1000) * 1000;
    const parts: string[] = [];
    for (const [unit, length] of UNITS) {
        const count = Math.floor(rest / length);
        rest -= count * length;
        if (count > 0) parts.push(`${count} ${unit}`);
    }
    if (rest > 0) parts.push(`${rest / 1000} s`);
    return parts.slice(0, 2).join(' ');
}

/** Bytes as `512 bytes`, `3.2 MiB`. */
export function formatBytes(bytes: number): string {
    if (bytes < 1024) return `${bytes} bytes`;
    const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;
    let value = bytes / 1024;
    let at = 0;
    while (value >= 1024 && at < units.length - 1) {
        value /= 1024;
        at += 1;
    }
    return `${Number(value.toFixed(1))} ${units[at]}`;
}

/** UNIX seconds as `2026-11-23 09:15 UTC`. */
export function formatTime(unixSeconds: number): string {
    return `${new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** An amount without its unit, such as `12.5`. */
export function plainGram(nano: bigint): string {
    return fromNano(nano);
}
