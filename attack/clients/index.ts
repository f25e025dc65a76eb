import { toNano } from '@ton/core';
import { disputeJob } from '../../sdk';
import type { Attack } from '../attack';
import { PRICE, type PostedJob } from '../arena/scene';
import type { Ring, RingClient, RingProvider } from '../ring';

/** An honest provider's part in the job of a client that does not accept, to the passed check. */
async function serve(
    ring: Ring,
    honest: RingProvider,
    client: RingClient,
    posted: PostedJob,
): Promise<void> {
    await honest.node.deliver(posted);
    ring.books.deliver(honest.party, client.party, PRICE);
    await ring.runTo(posted, 'checking/open');
    await honest.node.open(posted);
}

export const clients: readonly Attack[] = [
    {
        name: 'never accepts',
        role: 'client',
        how: 'takes the results, keeps its secret to itself, and waits for its money back',
        short: true,
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const client = await ring.newClient();
            const posted = await ring.arena.post(ring.arena.job([1]), { client: client.wallet });
            await serve(ring, honest, client, posted);
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
    {
        name: 'disputes everything',
        role: 'client',
        how: 'disputes a passed check, and what the jury found too, with the bonds that this takes',
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const client = await ring.newClient();
            const posted = await ring.arena.post(ring.arena.job([1]), { client: client.wallet });
            await serve(ring, honest, client, posted);
            const { chain, deployment } = ring.arena;
            const job = { escrow: posted.escrow.address, jobId: posted.jobId };
            for (let dispute = 0; dispute < 2; dispute++) {
                await ring.runTo(posted, 'appeal');
                await disputeJob({ chain, deployment, job, sender: client.wallet, leaf: 0 });
                await ring.arena.reached(posted, 'jury');
            }
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
    {
        name: 'withholds its inputs',
        role: 'client',
        how: 'posts a job whose inputs nobody can have, so that a node has its money locked for nothing',
        play: async (ring) => {
            const client = await ring.newClient();
            const name = 'honest-node';
            const { wallet, stake } = await ring.arena.realProvider(`${name}-${Date.now()}`);
            await ring.books.open(name, 'provider', [wallet.address, stake.address]);
            const posted = await ring.arena.post(ring.arena.job([1]), { client: client.wallet });
            return { caughtBy: await ring.finish(posted) };
        },
    },
    {
        name: 'cancels what is won',
        role: 'client',
        how: 'cancels and raises the ceiling of a job that a node has won and works on',
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const client = await ring.newClient();
            const posted = await ring.arena.post(ring.arena.job([1]), { client: client.wallet });
            await honest.node.bid(posted);
            const { jobId, escrow } = posted;
            await escrow.sendCancel(client.wallet, toNano('0.05'), jobId);
            await escrow.sendRaiseCeiling(client.wallet, toNano('1'), {
                jobId,
                ceiling: PRICE * 2n,
                assurance: toNano('0.5'),
            });
            await escrow.sendWithdrawSurplus(client.wallet, toNano('0.05'));
            await honest.node.commit(posted, await honest.node.prepare(posted));
            ring.books.deliver(honest.party, client.party, PRICE);
            await ring.runTo(posted, 'checking/open');
            await escrow.sendCancel(client.wallet, toNano('0.05'), jobId);
            await honest.node.open(posted);
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
];
