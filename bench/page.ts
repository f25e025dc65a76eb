import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../cli/terminal/table';
import { obtainModelFiles } from '../models/node';
import { decodeOutputItem, encodeItem } from '../protocol';
import { createRuntime } from '../runtime';
import { createBlobStore } from '../sdk/node';
import { type Execute, readPicture, type TaskJob, type TaskOutcome } from '../tasks';
import { decodePicture } from '../tasks/node';
import { median } from './median';

/** What reading one page takes, and what it costs under assumptions that are printed with it. */
export interface PageCost {
    readonly lines: number;
    /** Time of one core in the models, milliseconds: the median page of `pages`. */
    readonly coreMs: number;
    readonly pages: number;
    /** For 1,000 pages: energy in kWh, and its price in EUR. */
    readonly kilowattHours: number;
    readonly electricityEur: number;
}

/** What one busy core adds to the power of a desktop or laptop computer, watts. */
export const WATTS_PER_CORE = 20;
/** Households in the EU, first half of 2025, taxes included (Eurostat, nrg_pc_204). */
export const EUR_PER_KILOWATT_HOUR = 0.2872;
const THOUSAND = 1_000;
const MS_PER_HOUR = 3_600_000;

/** Reads one picture again and again, with one process as a node would, and takes the median. */
export async function measurePage(path: string, pages: number): Promise<PageCost> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-page-'));
    const runtime = createRuntime({ processes: 1 });
    const blobs = createBlobStore({ folder });
    let coreUs = 0;
    const execute: Execute = async ({ model, items, limits }: TaskJob) => {
        await obtainModelFiles(model.manifest, { target: blobs });
        const loaded = await runtime.load(
            { manifest: model.manifest, locate: ({ sha256 }) => blobs.path(sha256) },
            { limits: { maxOutputBytes: limits.outputBytesPerItem ?? 64 * 1024 ** 2 } },
        );
        const outcomes: TaskOutcome[] = [];
        for await (const outcome of loaded.run(items.map(encodeItem))) {
            if (outcome.status !== 'done') throw new Error('An item of the page failed.');
            coreUs += outcome.elapsedUs;
            const { index } = outcome;
            outcomes.push({ status: 'done', index, output: decodeOutputItem(outcome.output) });
        }
        await loaded.stop();
        return outcomes;
    };
    try {
        const picture = await decodePicture(readFileSync(path));
        const times: number[] = [];
        let lines = 0;
        for (let page = 0; page < pages; page++) {
            coreUs = 0;
            ({ length: lines } = (await readPicture({ picture, execute })).lines);
            times.push(coreUs / 1000);
        }
        const coreMs = median(times);
        const kilowattHours = ((coreMs * THOUSAND) / MS_PER_HOUR) * (WATTS_PER_CORE / 1000);
        const electricityEur = kilowattHours * EUR_PER_KILOWATT_HOUR;
        return { lines, coreMs, pages, kilowattHours, electricityEur };
    } finally {
        await runtime.stop();
        rmSync(folder, { recursive: true });
    }
}

export function renderPage(cost: PageCost): string {
    const { lines, coreMs, pages, kilowattHours, electricityEur } = cost;
    return table(
        [{ title: 'a page of text' }, { title: '', right: true }],
        [
            ['pieces of text', String(lines)],
            [`core time in the models, median of ${pages}`, `${coreMs.toFixed(0)} ms`],
            ['energy of 1,000 pages at 20 W a core', `${kilowattHours.toFixed(4)} kWh`],
            ['its price at 0.2872 EUR a kWh', `${electricityEur.toFixed(4)} EUR`],
        ],
    );
}
