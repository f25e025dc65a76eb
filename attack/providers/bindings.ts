import { toNano } from '@ton/core';
import type { Attack } from '../attack';
import { number, PRICE } from '../arena/scene';

/** Commits, roots and data that are not what they should be. */
export const bindings: readonly Attack[] = [
    {
        name: "somebody else's result",
        role: 'provider',
        how: 'commits to the root that another node committed to for the same inputs',
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const theirs = await ring.sold(honest, undefined, { values: [5] });
            const { root, faulty } = await honest.node.prepare(theirs);
            await ring.arena.accept(theirs);
            await ring.runTo(theirs, 'checking/open');
            await honest.node.open(theirs);
            await ring.finish(theirs);
            ring.books.deliver(honest.party, ring.client, PRICE);
            const cheat = await ring.provider();
            const posted = await ring.arena.post(ring.arena.job([5]));
            await cheat.node.bid(posted);
            // It serves the leaves that it can make, which are not those of that root.
            await cheat.node.prepare(posted);
            await cheat.node.commit(posted, { root, faulty });
            await ring.arena.reached(posted, 'committed');
            const end = await ring.settle(cheat, posted);
            return { caughtBy: end };
        },
        // Two jobs, of which both are checked.
        stated: { client: toNano('0.12'), verifier: toNano('0.02') },
    },
    {
        name: 'a replayed commit',
        role: 'provider',
        how: 'sends the commit of a paid job again: to the same job, and to the next one',
        short: true,
        play: async (ring) => {
            const cheat = await ring.provider();
            const first = await ring.sold(cheat);
            const commitment = await cheat.node.prepare(first);
            await ring.arena.accept(first);
            await ring.runTo(first, 'checking/open');
            await cheat.node.open(first);
            const outcome = await ring.finish(first);
            ring.books.deliver(cheat.party, ring.client, PRICE);
            const next = await ring.arena.post(ring.arena.job([2]));
            await cheat.node.bid(next);
            const key = cheat.node.key(first);
            const refused: string[] = [];
            for (const job of [first, next]) {
                await cheat.node
                    .commit(job, commitment, key)
                    .then(() => refused.push('taken'))
                    .catch(() => refused.push('refused'));
            }
            await ring.finish(next);
            return { caughtBy: `${outcome}; replays ${refused.join(' and ')}` };
        },
    },
    {
        name: 'data withheld',
        role: 'provider',
        how: 'commits to made-up results and serves them to nobody: client, verifier, jury',
        play: async (ring) => {
            const cheat = await ring.provider();
            const posted = await ring.sold(cheat, () => number(0.5));
            cheat.node.withholds = true;
            // A client that gets nothing does not accept.
            await ring.runTo(posted, 'checking/open');
            await cheat.node.open(posted);
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
    {
        name: 'false error leaves',
        role: 'provider',
        how: 'says that the model refuses the input, executes nothing, and hopes for half the price',
        play: async (ring) => {
            const cheat = await ring.provider();
            const lie = (_: Uint8Array, index: number) =>
                index === 0 ? ('MODEL_REJECTED_INPUT' as const) : number(0.5);
            const posted = await ring.soldWhen(cheat, ({ leaf }) => leaf === 0, lie, {
                values: [1, 2],
            });
            return { caughtBy: await ring.settle(cheat, posted) };
        },
    },
];
