import { readdirSync } from 'node:fs';
import { OCR_ANGLE } from '../../models';
import { encodeItem, type Item, tensorOf } from '../../protocol';
import type { Optimisation, SessionSettings } from '../../runtime';
import { INPUTS, packagedPath } from '../models/catalogue-inputs';
import { addModel } from './onnx-models';
import { collect, createWorld, rejection, verdicts } from './world';

const world = createWorld();
afterEach(() => world.stopAll());

describe('the settings of a session', () => {
    async function output(settings: Partial<SessionSettings>): Promise<Uint8Array> {
        const { manifest } = OCR_ANGLE;
        const source = { manifest, locate: () => packagedPath(manifest) };
        const loaded = await world.runtime().load(source, { settings });
        const item = (await INPUTS['ocr-angle']?.()) as Item;
        const [outcome] = await collect(loaded.run([encodeItem(item)]));
        if (outcome?.status !== 'done') throw new Error(JSON.stringify(outcome));
        return outcome.output;
    }

    it('decide how a result is rounded', async () => {
        const usual = await output({});
        expect(await output({ threads: 1, optimisation: 'all' })).toEqual(usual);
        expect(await output({ optimisation: 'disabled' })).not.toEqual(usual);
    });

    it('decide how many threads execute', async () => {
        const threadsOf = async (threads: number) => {
            const source = { bytes: addModel() };
            const { pids } = await world.runtime().load(source, { settings: { threads } });
            return readdirSync(`/proc/${pids[0]}/task`).length;
        };
        const [one, four] = [await threadsOf(1), await threadsOf(4)];
        expect(four - one).toBe(3);
    });

    it.each<[string, 'native' | 'wasm', Partial<SessionSettings>]>([
        ['no thread', 'native', { threads: 0 }],
        ['half a thread', 'native', { threads: 1.5 }],
        ['more threads than WebAssembly has', 'wasm', { threads: 2 }],
        [
            'a level that ONNX Runtime would take for its own',
            'native',
            { optimisation: 'x' as Optimisation },
        ],
    ])('are refused with %s', async (_what, executionClass, settings) => {
        const load = world.runtime().load({ bytes: addModel() }, { executionClass, settings });
        expect(await rejection(load)).toBeInstanceOf(RangeError);
    });
});

describe('a launcher', () => {
    it('starts the processes of a model', async () => {
        const launcher = ['/usr/bin/env', 'COCOON_TEST=1', process.execPath];
        const loaded = await world.runtime({ launcher }).load({ bytes: addModel() });
        const one = tensorOf('float32', [2], [1, 1]);
        expect(await verdicts(loaded.run([encodeItem({ a: one, b: one })]))).toEqual(['done']);
    });

    it('that is not there refuses the model', async () => {
        const load = world.runtime({ launcher: ['/no/such/program'] }).load({ bytes: addModel() });
        expect(await rejection(load)).toMatchObject({
            code: 'MODEL_REFUSED',
            reason: 'load-crashed',
        });
    });
});
