import { UrgencyQueue } from '../../provider/urgency';
import type { NodeAction } from '../../wrappers';

/** Work that ends when it is told to, and says when it began. */
function scene() {
    const queue = new UrgencyQueue();
    const began: string[] = [];
    const waited: boolean[] = [];
    const ends = new Map<string, (error?: Error) => void>();
    const add = (kind: NodeAction['kind'], name: string) =>
        queue.run(kind, (hadToWait) => {
            began.push(name);
            waited.push(hadToWait);
            return new Promise<string>((resolve, reject) =>
                ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
            );
        });
    return { began, waited, add, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

describe('what a node says on chain', () => {
    it('is said at once where nothing else is', async () => {
        const { began, waited, add, end } = scene();
        const bid = add('bid', 'a');
        expect(began).toEqual(['a']);
        expect(waited).toEqual([false]);
        end('a');
        await expect(bid).resolves.toBe('a');
    });

    it('goes one after another: what is owed first, then claims, each in the order of their coming', async () => {
        const { began, waited, add, end } = scene();
        const all = [
            add('bid', 'bid 1'),
            add('bid', 'bid 2'),
            add('claim', 'claim'),
            add('decline', 'decline'),
            add('concede', 'concede'),
            add('bid', 'bid 3'),
            add('decline', 'decline 2'),
        ];
        const order = ['bid 1', 'decline', 'concede', 'decline 2', 'claim', 'bid 2', 'bid 3'];
        for (const [at, name] of order.entries()) {
            expect(began).toEqual(order.slice(0, at + 1));
            end(name);
            await new Promise(setImmediate);
        }
        await Promise.all(all);
        expect(waited).toEqual([false, true, true, true, true, true, true]);
    });

    it('goes on after what failed, and whoever asked is told', async () => {
        const { began, add, end } = scene();
        const failing = add('decline', 'a');
        const next = add('bid', 'b');
        end('a', new Error('refused'));
        await expect(failing).rejects.toThrow('refused');
        await new Promise(setImmediate);
        expect(began).toEqual(['a', 'b']);
        end('b');
        await expect(next).resolves.toBe('b');
    });
});
