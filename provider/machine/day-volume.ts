import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { TrafficMeter } from './traffic';

const schema = z.object({ date: z.string(), bytes: z.number().nonnegative() });

/** What a node has moved since midnight, also before it was started again. */
export interface DayVolume {
    /** Bytes since midnight of the owner's clock. */
    today(): number;
    /** Writes it down. */
    save(): void;
}

export function createDayVolume(
    path: string,
    meter: Pick<TrafficMeter, 'bytes'>,
    now: () => number,
): DayVolume {
    let { date, bytes: before } = read(path) ?? { date: dateOf(now()), bytes: 0 };
    let base = meter.bytes;
    let saved = before;
    const today = () => {
        const date2 = dateOf(now());
        if (date2 !== date) {
            date = date2;
            before = 0;
            base = meter.bytes;
        }
        return before + meter.bytes - base;
    };
    return {
        today,
        save() {
            const bytes = today();
            if (bytes === saved) return;
            saved = bytes;
            mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
            writeFileSync(`${path}.partial`, JSON.stringify({ date, bytes }), { mode: 0o600 });
            renameSync(`${path}.partial`, path);
        },
    };
}

function read(path: string): z.output<typeof schema> | undefined {
    try {
        return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
        return undefined; // it was never written, or is damaged: the day begins anew
    }
}

function dateOf(ms: number): string {
    const date = new Date(ms);
    return [date.getFullYear(), date.getMonth() + 1, date.getDate()].join('-');
}
