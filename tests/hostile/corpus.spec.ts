import { ModelRefusedError, type Runtime } from '../../runtime';
import { createWorld, isAlive, verdicts } from '../runtime/world';
import { CORPUS, type HostileCase } from './corpus';
import { harmless } from './models';

const world = createWorld();
afterAll(() => world.stopAll());

/** What became of a case: the reason of its refusal, or the verdict of its item. */
async function play({ model, end, limits = {} }: HostileCase, runtime: Runtime): Promise<string[]> {
    try {
        const loaded = await runtime.load({ bytes: model() }, { limits });
        const { pids } = loaded;
        const got = 'item' in end ? await verdicts(loaded.run([end.item])) : ['loaded'];
        const last = loaded.pids;
        await loaded.stop();
        expect([...pids, ...last].filter(isAlive)).toEqual([]);
        return [...new Set(got)];
    } catch (error) {
        if (error instanceof ModelRefusedError) return [error.reason];
        throw error;
    }
}

/** Items that die are tried once, so that the corpus takes seconds. */
const ONCE = { attempts: 1 };

describe('a hostile model', () => {
    const runtime = world.runtime();
    const cases = CORPUS.filter(({ slow }) => process.env.LONG !== undefined || slow !== true);
    it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
        const got = await play({ ...one, limits: { ...ONCE, ...one.limits } }, runtime);
        const allowed = 'refused' in one.end ? one.end.refused : one.end.verdicts;
        expect(allowed).toEqual(expect.arrayContaining(got));
    });

    it('leaves the runtime as it was', async () => {
        const loaded = await runtime.load({ bytes: harmless });
        const first = CORPUS[0];
        const item = first !== undefined && 'item' in first.end ? first.end.item : new Uint8Array();
        expect(await verdicts(loaded.run([item]))).toEqual(['done']);
    });
});
