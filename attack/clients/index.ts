import { toNano } from '@ton/core';
import { identityManifest, identityModel } from '../../bench/identity-model';
import { encodeItem, type ModelManifest, tensorOf } from '../../protocol';
import { disputeJob, prepareJob } from '../../sdk';
import type { Attack } from '../attack';
import { PRICE, type PostedJob } from '../arena/scene';
import type { Ring, RingClient, RingProvider } from '../ring';
import { amplifying } from './amplifying';
import { fillingManifest, fillingModel } from './filling';

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
        // Two juries and a check, each with a claim.
        stated: { verifier: toNano('0.02') },
    },
    {
        name: 'withholds its inputs',
        role: 'client',
        how: 'posts a job whose inputs nobody can have, so that a node has its money locked for nothing',
        play: async (ring) => {
            const client = await ring.newClient();
            const node = await ring.realProvider();
            const accounts = [node.wallet.address, node.stake.address];
            await ring.books.open('node', 'provider', accounts);
            const job = ring.arena.job([1]);
            const [manifest] = job.blobs;
            await node.take(job, [...(manifest === undefined ? [] : [manifest]), identityModel()]);
            const posted = await ring.arena.post(job, { client: client.wallet });
            return { caughtBy: await ring.finish(posted) };
        },
    },
    amplifying,
    {
        name: 'a forged calibration',
        role: 'client',
        how: 'names a tolerance that honest machines miss, takes the results, and hopes for a void check',
        play: async (ring) => {
            const client = await ring.newClient();
            const node = await ring.realProvider();
            const accounts = [node.wallet.address, node.stake.address];
            await ring.books.open('node', 'provider', accounts);
            const manifest: ModelManifest = {
                ...identityManifest(),
                comparison: {
                    class: 'tolerance',
                    outputs: [{ name: 'y', scale: 1, clamp: 1000, tau: 1e-9, floor: 1e-3 }],
                },
            };
            const job = ring.arena.job([1], manifest);
            await node.take(job, [...job.blobs, identityModel()]);
            const posted = await ring.arena.post(job, { manifest, client: client.wallet });
            const end = await ring.finish(posted);
            return { caughtBy: `${end}: nodes refuse the rule` };
        },
    },
    {
        name: 'a bomb item',
        role: 'client',
        how: 'posts an input that takes sixteen gigabytes, for the node to die of it',
        play: async (ring) => {
            const { arena } = ring;
            const client = await ring.newClient();
            const node = await ring.realProvider();
            const party = await ring.books.open('node', 'provider', [
                node.wallet.address,
                node.stake.address,
            ]);
            const bytes = fillingModel();
            const manifest = fillingManifest(bytes);
            await arena.blobs.write(bytes);
            const items = [4n, 4_000_000_000n].map((size) =>
                encodeItem({ shape: tensorOf('int64', [1], [size]) }),
            );
            const limits = { msPerItem: 2000, memoryBytes: 1024 ** 3 };
            const job = prepareJob({ manifest, items, sources: [], limits });
            await node.take(job, [...job.blobs, bytes]);
            const posted = await arena.post(job, { manifest, client: client.wallet });
            // It works by the clock of this machine.
            await arena.reached(posted, 'committed');
            await ring.finish(posted);
            // One of the two items has its result.
            const paid = (await ring.outcome(posted)) === 'passed-silent';
            if (paid) ring.books.deliver(party, client.party, node.price);
            return { caughtBy: `${await ring.story(posted)}; the node lives` };
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
