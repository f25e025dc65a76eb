import { tensorValues } from '../../protocol';
import { createSealing, type JobEvent } from '../../sdk';
import { until, World } from './world';

jest.setTimeout(60_000);

describe('A sealed job', () => {
    let world: World;
    beforeAll(async () => {
        world = await World.create();
    });
    afterAll(() => world.stop());

    it('is done by a node that is given the key once it has won, and opened by its client', async () => {
        const sealing = createSealing();
        const job = await world.job([1, 2, 3], { sealing });
        expect(job.spec.privacy.mode).toBe('sealed');
        const events: JobEvent[] = [];
        const result = await world.run(job, { onEvent: (event) => events.push(event) });
        const values = result.items.map((item) => {
            const tensor = item.status === 'done' ? item.output.get('y') : undefined;
            return tensor && Array.from(tensorValues(tensor) as Iterable<number>);
        });
        expect(values).toEqual([[1], [2], [3]]);
        expect(result.accepted).toBe(true);
        const kinds = events.map(({ kind }) => kind);
        expect(kinds.indexOf('key-given')).toBeGreaterThan(kinds.indexOf('assigned'));
        await until(() => world.kinds().includes('closed'));
    });
});
