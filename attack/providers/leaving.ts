import { toNano } from '@ton/core';
import type { Attack } from '../attack';
import { number, PRICE, type PostedJob } from '../arena/scene';
import type { Ring, RingProvider } from '../ring';

const OWNER_GAS = toNano('0.05');

/** What an operator may send to save its money; amounts are all that there is. */
const MOVES = {
    unbond: async ({ node }: RingProvider) => {
        const { reserve, collateral } = await node.stake.getStake();
        await node.stake.sendUnbond(node.wallet, OWNER_GAS, { reserve, collateral });
    },
    /** First all that there is, then what may be withdrawn. */
    withdraw: async ({ node }: RingProvider) => {
        const { reserve, collateral, withdrawable, operating, rent } = await node.stake.getStake();
        const all = { amount: reserve + collateral + withdrawable, operating };
        await node.stake.sendWithdraw(node.wallet, OWNER_GAS, all);
        const free = { amount: withdrawable, operating: operating > rent ? operating - rent : 0n };
        await node.stake.sendWithdraw(node.wallet, OWNER_GAS, free);
    },
    bid: async ({ node }: RingProvider, next: PostedJob) => {
        await node.bid(next).catch(() => undefined);
    },
} as const;

type Move = keyof typeof MOVES;

const ORDERS: readonly (readonly (Move | 'convict')[])[] = permutations([
    'convict',
    'unbond',
    'withdraw',
    'bid',
]);

function permutations<T>(all: readonly T[]): T[][] {
    if (all.length === 0) return [[]];
    return all.flatMap((first, at) =>
        permutations([...all.slice(0, at), ...all.slice(at + 1)]).map((rest) => [first, ...rest]),
    );
}

/** Cheats that try to be gone with their money before they are convicted. */
export const leaving: readonly Attack[] = [
    {
        name: 'leaving around a conviction',
        role: 'provider',
        how: 'unbonds, withdraws and bids before and after the message that convicts it, in every order',
        cases: ORDERS.map((order) => order.join(', ')),
        play: async (ring, { name }) => {
            const cheat = await ring.provider();
            const posted = await ring.sold(cheat, () => number(0.5));
            await ring.arena.accept(posted);
            await ring.runTo(posted, 'checking/open');
            const next = await ring.arena.post(ring.arena.job([3]));
            await ring.arena.pass(posted);
            for (const move of name.split(', ') as (Move | 'convict')[]) {
                if (move !== 'convict') await MOVES[move](cheat, next);
                else await ring.finish(posted);
            }
            const end = await ring.story(posted);
            await closeNext(ring, cheat, next);
            await MOVES.withdraw(cheat);
            return { caughtBy: end };
        },
    },
    {
        name: 'filling its window and leaving',
        role: 'provider',
        how: 'answers three jobs wrong at a time, unbonds everything before any of them is checked',
        play: async (ring) => {
            const bonds = { reserve: 85n * PRICE, collateral: 3n * PRICE };
            const cheat = await ring.provider('attacker', { bonds });
            const jobs: PostedJob[] = [];
            for (let job = 0; job < 3; job++) {
                jobs.push(await ring.sold(cheat, () => number(0.5), { values: [job] }));
            }
            await MOVES.unbond(cheat);
            const ends: string[] = [];
            for (const posted of jobs) await ring.arena.accept(posted);
            for (const posted of jobs) ends.push(await ring.finish(posted));
            await ring.arena.devnet.advanceTime(13 * 3600);
            await MOVES.withdraw(cheat);
            return { caughtBy: ends.join(', ') };
        },
        stated: { client: 3n * toNano('0.045'), verifier: 3n * toNano('0.01') },
    },
    {
        name: 'convicting itself',
        role: 'provider',
        how: 'has its own client and its own verifier catch it, for the quarter that these are paid',
        play: async (ring) => {
            const cheat = await ring.provider();
            const client = await ring.newClient();
            const friend = await ring.verifier(() => ({}));
            const posted = await ring.soldWhen(
                cheat,
                ({ draw }) => ring.leads(draw, [friend.node]),
                () => number(0.5),
                { client: client.wallet },
            );
            await ring.arena.accept(posted);
            await ring.runTo(posted, 'checking/open');
            await cheat.node.open(posted);
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
];

/** Ends a job that the cheat may hold: reported where it is convicted, by time where it is not. */
async function closeNext(ring: Ring, { node }: RingProvider, next: PostedJob): Promise<void> {
    const job = await ring.arena.look(next);
    if (job?.state === 'bidding') {
        const { close } = await ring.arena.market.getCosts();
        await next.escrow.sendCancel(next.client, close, next.jobId).catch(() => undefined);
    }
    if ((await ring.arena.look(next)) !== undefined) {
        const about = { jobId: next.jobId, client: next.client.address, index: 0 };
        await node.stake.sendReportConviction(node.wallet, toNano('0.2'), about);
    }
    await ring.finish(next);
}
