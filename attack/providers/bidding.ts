import { toNano } from '@ton/core';
import type { Attack } from '../attack';
import { PRICE } from '../arena/scene';

/** Winners that do not deliver, and records that are bought. */
export const bidding: readonly Attack[] = [
    {
        name: 'a bid of one nano that is never delivered',
        role: 'provider',
        how: 'wins jobs for nothing, to keep others from them, and commits nothing',
        short: true,
        play: async (ring) => {
            const cheat = await ring.provider();
            const posted = await ring.arena.post(ring.arena.job([1]));
            await cheat.node.bid(posted, 1n);
            return { caughtBy: await ring.finish(posted) };
        },
    },
    {
        name: 'timing out on every job',
        role: 'provider',
        how: 'wins jobs at their price and commits nothing',
        play: async (ring) => {
            const cheat = await ring.provider();
            const ends: string[] = [];
            for (let job = 0; job < 3; job++) {
                const posted = await ring.arena.post(ring.arena.job([job]));
                await cheat.node.bid(posted);
                ends.push(await ring.finish(posted));
            }
            return { caughtBy: ends.join(', ') };
        },
        stated: { client: 3n * toNano('0.02') },
    },
    {
        name: 'declining every job',
        role: 'provider',
        how: 'wins a job and gives it back, again and again, until its client gives up',
        play: async (ring) => {
            const cheat = await ring.provider();
            const posted = await ring.arena.post(ring.arena.job([1]));
            for (let round = 0; round < 3; round++) {
                await cheat.node.bid(posted);
                await cheat.node.say(posted, { kind: 'decline', jobId: posted.jobId });
                await ring.arena.reached(posted, 'bidding');
            }
            return { caughtBy: await ring.finish(posted) };
        },
    },
    {
        name: 'paying itself for a record',
        role: 'provider',
        how: 'posts a job as its own client, does it, and pays strangers to check it',
        play: async (ring) => {
            const cheat = await ring.provider();
            const client = await ring.newClient();
            const posted = await ring.sold(cheat, undefined, { client: client.wallet });
            await ring.arena.accept(posted);
            await ring.runTo(posted, 'checking/open');
            await cheat.node.open(posted);
            const end = await ring.finish(posted);
            const { record } = await cheat.node.stake.getStake();
            ring.books.deliver(cheat.party, client.party, PRICE);
            return { caughtBy: `${end}; a record of ${record}` };
        },
    },
];
