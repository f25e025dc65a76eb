import { RandomInputError, randomInputs, seeded } from '../../calibration';
import { batchAxis, firstOfBatch, stackItems } from '../../calibration/stack';
import { checkItemFits, decodeItem, DTYPES, tensorOf, type TensorSpec } from '../../protocol';

describe('random inputs', () => {
    const inputs: TensorSpec[] = DTYPES.map((dtype) => ({ name: dtype, dtype, shape: ['n', 3] }));
    const dims = new Map([['n', 4]]);

    it('fit what the model declares, in every element type', () => {
        for (const bytes of randomInputs({ inputs, count: 3, seed: 'a', dims })) {
            const item = decodeItem(bytes);
            checkItemFits(inputs, item);
            expect(item.get('float32')?.dims).toEqual([4, 3]);
        }
    });

    it('are the same for the same seed, others for another, and others each', () => {
        const make = (seed: string) => randomInputs({ inputs, count: 2, seed, dims });
        expect(make('a')).toEqual(make('a'));
        expect(make('a')).not.toEqual(make('b'));
        const [first, second] = make('a');
        expect(first).not.toEqual(second);
    });

    it('need the length of every open dimension', () => {
        expect(() => randomInputs({ inputs, count: 1, seed: 'a' })).toThrow(RandomInputError);
        expect(() => randomInputs({ inputs, count: 1, seed: 'a' })).toThrow('dimension n open');
        const huge = new Map([['n', 1e8]]);
        expect(() => randomInputs({ inputs, count: 1, seed: 'a', dims: huge })).toThrow(
            'too large to be made',
        );
    });

    it('have floats of the standard normal distribution', () => {
        const random = seeded('normal');
        const values = Array.from({ length: 10_000 }, () => random.normal());
        const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
        const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
        expect(Math.abs(mean)).toBeLessThan(0.05);
        expect(Math.abs(variance - 1)).toBeLessThan(0.1);
    });
});

describe('the generator', () => {
    it('is xoshiro128**: the words of its reference code from the same state', () => {
        // By the authors' C code (prng.di.unimi.it) from the beginning of SHA-256("reference").
        const random = seeded('reference');
        const words = Array.from({ length: 4 }, () => random.below(2 ** 32));
        expect(words).toEqual([152141245, 3307718995, 31157229, 3338605378]);
    });
});

describe('items of a batch', () => {
    const inputs: TensorSpec[] = [
        { name: 'x', dtype: 'float32', shape: ['batch', 2] },
        { name: 'state', dtype: 'float32', shape: [2, 'batch', 1] },
        { name: 'rate', dtype: 'int64', shape: [] },
    ];
    const item = (by: number) =>
        new Map([
            ['x', tensorOf('float32', [1, 2], [by, by + 1])],
            ['state', tensorOf('float32', [2, 1, 1], [by + 2, by + 3])],
            ['rate', tensorOf('int64', [], [16_000n])],
        ]);

    it('lie side by side along the dimension that each input leaves open', () => {
        const stacked = stackItems(inputs, [item(0), item(10)]);
        expect(stacked?.get('x')).toEqual(tensorOf('float32', [2, 2], [0, 1, 10, 11]));
        expect(stacked?.get('state')).toEqual(tensorOf('float32', [2, 2, 1], [2, 12, 3, 13]));
        expect(stacked?.get('rate')).toEqual(tensorOf('int64', [], [16_000n]));
    });

    it('come apart again', () => {
        const outputs = inputs.slice(0, 2);
        const together = stackItems(outputs, [item(0), item(10)]);
        const first = firstOfBatch(outputs, together ?? new Map(), item(0), 2);
        expect(first?.get('x')).toEqual(item(0).get('x'));
        expect(first?.get('state')).toEqual(item(0).get('state'));
        expect(firstOfBatch(outputs, item(0), item(0), 2)).toBeUndefined();
    });

    it('are none where no dimension is open, or the items are of other shapes', () => {
        const fixed: TensorSpec[] = [{ name: 'x', dtype: 'float32', shape: [1, 2] }];
        expect(stackItems(fixed, [item(0), item(1)])).toBeUndefined();
        const long = new Map(item(0)).set('x', tensorOf('float32', [2, 2], [1, 2, 3, 4]));
        expect(stackItems(inputs, [item(0), long])).toBeUndefined();
        expect(
            batchAxis(
                { name: 'x', dtype: 'float32', shape: ['n'] },
                tensorOf('float32', [3], [1, 2, 3]),
            ),
        ).toBeUndefined();
    });
});
