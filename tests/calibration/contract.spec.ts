import { join } from 'node:path';
import { distanceOverTau, executeClass, outputBytes, REFERENCE_CLASS } from '../../calibration';
import { CATALOGUE, type CatalogueModel } from '../../models';
import { variedInputs } from '../../bench/honest-checks/varied-inputs';
import {
    decodeOutputItem,
    type Hash,
    type Item,
    sha256,
    sketchOutput,
    utf8ToBytes,
} from '../../protocol';
import { createRuntime } from '../../runtime';
import { encodeRule, encodeSketch, sketchRules } from '../../wrappers';
import { SketchScene } from '../contracts/sketch-scene';
import { packagedPath } from '../models/catalogue-inputs';
import { bundleWorker } from '../runtime/worker-bundle';

const INPUTS = 10;
const SEEDS = 5;
const PICTURE = join(__dirname, '..', '..', 'examples', 'ocr', 'receipt.jpg');

const openRuntime = () => createRuntime({ processes: 1, workerPath: bundleWorker() });

/** Outputs of a model in a class, in the order of the inputs. */
async function execute(
    { manifest }: CatalogueModel,
    items: readonly Uint8Array[],
    cls = REFERENCE_CLASS,
): Promise<Item[]> {
    const outputs: Item[] = [];
    const source = { manifest, locate: () => packagedPath(manifest) };
    for await (const outcome of executeClass(cls, source, items, { openRuntime })) {
        if ('error' in outcome) throw new Error(outcome.error.message);
        outputs[outcome.index] = decodeOutputItem(outputBytes(outcome.output));
    }
    return outputs;
}

function seedOf(...parts: readonly unknown[]): Hash {
    return sha256(utf8ToBytes(parts.join(' ')));
}

describe('Honest results, as the contract itself compares them', () => {
    let scene: SketchScene;
    beforeAll(async () => {
        scene = await SketchScene.create();
    });

    it.each(CATALOGUE.map((model): [string, CatalogueModel] => [model.name, model]))(
        `of %s are right, and those of other inputs wrong: ${INPUTS * SEEDS} reveals`,
        async (name, model) => {
            const inputs = await variedInputs(PICTURE, (other, items) => execute(other, items));
            const items = await inputs(name, INPUTS, 'contract');
            const native = await execute(model, items);
            const wasm = await execute(model, items, { name: 'wasm', executionClass: 'wasm' });
            const rule = model.manifest.comparison;
            const cell = encodeRule(rule);
            for (let at = 0; at < INPUTS; at++) {
                for (let draw = 0; draw < SEEDS; draw++) {
                    const seed = seedOf(name, at, draw);
                    const sketch = (outputs: readonly Item[], index: number) =>
                        sketchOutput(rule, outputs[index] as Item, seed);
                    const [own, other] = [sketch(native, at), sketch(wasm, at)];
                    const [mine, theirs] = [own, other].map(encodeSketch);
                    if (mine === undefined || theirs === undefined) throw new Error('No sketch.');
                    // The juror's own two classes, and what an honest node committed in the second.
                    expect(await scene.verdict(cell, mine, theirs, theirs)).toBe('right');
                    if (draw > 0) continue;
                    const lie = sketch(native, (at + 1) % INPUTS);
                    const far = distanceOverTau(sketchRules(rule), lie, own) > 8;
                    const verdict = await scene.verdict(cell, mine, theirs, encodeSketch(lie));
                    // Saturated answers of the angle classifier are the same for many inputs.
                    expect(verdict === 'wrong').toBe(far);
                }
            }
        },
        600_000,
    );
});
