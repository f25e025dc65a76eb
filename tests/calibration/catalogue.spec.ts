import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOf, renderCheats, renderHonest } from '../../bench/honest-checks/figures';
import { distributions, histogramSvg } from '../../bench/honest-checks/histogram';
import { runChecks } from '../../bench/honest-checks/run-checks';
import { variedInputs } from '../../bench/honest-checks/varied-inputs';
import { executeClass, outputBytes, REFERENCE_CLASS } from '../../calibration';
import { CATALOGUE, type CatalogueModel } from '../../models';
import { decodeOutputItem, type Item } from '../../protocol';
import { createRuntime } from '../../runtime';
import { packagedPath } from '../models/catalogue-inputs';
import { bundleWorker } from '../runtime/worker-bundle';

const INPUTS = 8;
const PICTURE = join(__dirname, '..', '..', 'examples', 'ocr', 'receipt.jpg');

let folder: string;
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cocoon-honest-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const openRuntime = () => createRuntime({ processes: 1, workerPath: bundleWorker() });

async function execute({ manifest }: CatalogueModel, items: readonly Uint8Array[]) {
    const outputs: Item[] = [];
    const source = { manifest, locate: () => packagedPath(manifest) };
    for await (const outcome of executeClass(REFERENCE_CLASS, source, items, { openRuntime })) {
        if ('error' in outcome) throw new Error(outcome.error.message);
        outputs[outcome.index] = decodeOutputItem(outputBytes(outcome.output));
    }
    return outputs;
}

describe.each(CATALOGUE.map((model): [string, CatalogueModel] => [model.name, model]))(
    'checks of %s',
    (name, model) => {
        it('pass for every class, within what jurors need, and not for a made-up output', async () => {
            const inputs = await variedInputs(PICTURE, execute);
            const series = await runChecks({
                model,
                path: packagedPath(model.manifest),
                items: await inputs(name, INPUTS, 'test'),
                cheatInputs: INPUTS,
                seed: 'test',
                folder,
                openRuntime,
                onProgress: () => undefined,
            });
            const figures = series.map(figuresOf);
            for (const { honest, checks, failed, beyondQuarter } of figures) {
                if (!honest) continue;
                expect([checks, failed, beyondQuarter]).toEqual([INPUTS, 0, 0]);
            }
            const made = figures.at(-1);
            expect(made).toMatchObject({ honest: false, checks: INPUTS - 1 });
            // Many lines stand upright, so that the angle of one is right for another.
            if (name !== 'ocr-angle') expect(made?.convicted).toBe(INPUTS - 1);
            expect(renderHonest(figures)).toContain(name);
            expect(renderCheats(figures)).toContain('int8 weights');
            expect(histogramSvg(distributions(series))).toMatch(/^<svg [^]*<\/svg>\n$/);
        }, 600_000);
    },
);
