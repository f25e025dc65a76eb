import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../row';
import { renderChart } from './chart';
import { figures } from './figures';

/** Writes the plots into a folder; returns their paths. */
export function drawPlots(rows: readonly Row[], folder: string): readonly string[] {
    mkdirSync(folder, { recursive: true });
    return [...figures(rows)].map(([name, chart]) => {
        const path = join(folder, `${name}.svg`);
        writeFileSync(path, renderChart(chart));
        return path;
    });
}
