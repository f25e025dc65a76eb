import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fuzz } from '../../bench/fuzz/fuzz';
import { type Draw, mutate, MUTATIONS } from '../../bench/fuzz/mutate';
import { sources } from '../../bench/fuzz/sources';
import { sha256 } from '../../protocol';
import { randomOf } from '../../sim/random';
import { bundle } from '../runtime/worker-bundle';

function drawOf(seed: number): Draw {
    const random = randomOf(seed, 'test');
    return (bound) => random.below(bound);
}

describe('a mutation', () => {
    const [source] = sources();
    const model = source?.model ?? new Uint8Array();

    it.each(MUTATIONS)(
        'of the kind %s is the same for the same seed, and changes something',
        (kind) => {
            const hashOf = (bytes: Uint8Array) => Buffer.from(sha256(bytes)).toString('hex');
            const hashes = () =>
                Array.from({ length: 20 }, (_, seed) => hashOf(mutate(model, kind, drawOf(seed))));
            const made = hashes();
            expect(hashes()).toEqual(made);
            expect(made.filter((hash) => hash !== hashOf(model)).length).toBeGreaterThan(15);
        },
    );
});

describe('the fuzz job', () => {
    it('plays every mutation to an end, and harms nothing here', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
        const workerPath = bundle('bench/fuzz/child.ts');
        const options = {
            mutations: 300,
            seed: 3,
            folder,
            workerPath,
            isolation: 'strict',
        } as const;
        const { refused, admitted, parentErrors } = await fuzz(options);
        rmSync(folder, { recursive: true });
        const ends = [...Object.values(refused), ...Object.values(admitted)];
        expect(parentErrors).toEqual([]);
        expect(ends.reduce((sum, count) => sum + count, 0)).toBe(300);
        expect(admitted.done).toBeGreaterThan(20);
        expect(refused.malformed).toBeGreaterThan(20);
    });
});
