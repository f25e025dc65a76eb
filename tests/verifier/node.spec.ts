import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { identityModel } from '../../bench/identity-model';
import { openStake } from '../../cli/demo/stage';
import { createProvider, type Provider, type ProviderEvent } from '../../provider';
import { announceJob, pushBlob } from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import { Stake } from '../../wrappers';
import { createVerifier, type VerifierEvent } from '../../verifier';
import { NETWORK, PRICE, until, World } from './world';

jest.setTimeout(240_000);

interface Node {
    readonly provider: Provider;
    readonly stake: Stake;
    readonly heard: (ProviderEvent | VerifierEvent)[];
}

/** The real node of an operator; `verifies` adds the second role on the same stake. */
async function realNode(
    world: World,
    name: string,
    options: { readonly price: bigint; readonly verifies?: boolean; readonly endpoint?: string },
): Promise<Node> {
    const { price, verifies = false, endpoint } = options;
    const wallet = await world.fund('20');
    const stake = Stake.ofOperator(world.deployment, wallet.address);
    const keys = keyPairFromSeed(randomBytes(32));
    const heard: Node['heard'] = [];
    const common = {
        chain: world.chain,
        market: world.market.address,
        stake: stake.address,
        network: NETWORK,
        nodeKey: keys.secretKey,
        secret: randomBytes(32),
        runtime: world.runtime,
        blobs: createBlobStore({ folder: join(world.folder, name, 'blobs') }),
        fetch,
        random: () => 0,
    };
    const provider = createProvider({
        ...common,
        pricing: { kind: 'per-item', nano: price },
        stateFolder: join(world.folder, name, 'state'),
        onEvent: (event) => heard.push(event),
    });
    await provider.start();
    world.endings.push(() => provider.stop());
    await openStake(world.market, wallet, keys.publicKey, endpoint ?? provider.url);
    await until(async () => (await world.chain.account(stake.address)).active);
    await world.devnet.faucet(stake.address, toNano('2'));
    if (verifies) {
        const verifier = createVerifier({
            ...common,
            pricing: { kind: 'per-core-hour', nano: toNano('0.05') },
            stateFolder: join(world.folder, name, 'checks'),
            shared: provider.shared,
            onEvent: (event) => heard.push(event),
        });
        await verifier.start();
        world.endings.push(() => verifier.stop());
    }
    return { provider, stake, heard };
}

describe('Nodes of both roles', () => {
    let world: World;
    beforeEach(async () => {
        world = await World.create();
    });
    afterEach(() => world.stop());

    it('do a job, open it, check it with the stake that also provides, and both are paid', async () => {
        const worker = await realNode(world, 'worker', { price: PRICE / 4n });
        const both = await realNode(world, 'both', { price: 2n * PRICE, verifies: true });
        const job = world.job([1, 2]);
        for (const { provider } of [worker, both]) {
            await announceJob({ job, endpoints: [provider.url] });
        }
        for (const blob of [...job.blobs, identityModel()]) {
            await pushBlob(blob, `${worker.provider.url}/blobs`);
        }
        const posted = await world.post(job);
        await world.reached(posted, 'committed');
        await world.accept(posted);
        const kinds = ({ heard }: Node) => heard.map(({ kind }) => kind);
        await until(() => kinds(both).includes('claimed'));
        await world.pass(posted);
        await until(() => kinds(both).includes('rewarded'));
        expect(kinds(worker)).toEqual(
            expect.arrayContaining(['committed', 'drawn', 'opened-to-verifier']),
        );
        expect(kinds(both)).toEqual(expect.arrayContaining(['passed', 'sealing', 'revealed']));
        await until(() => worker.heard.some((event) => event.kind === 'closed'));
        const closed = worker.heard.find((event) => event.kind === 'closed');
        expect(closed).toMatchObject({ outcome: 'passed' });
    });

    it('claim no check of a node that they cannot reach, though they have all else', async () => {
        const endpoint = 'p2p://12D3KooWMeMb17jpySeLgmYPuXRUUqKVbw5pPenLA4jjADfvwuFm';
        const worker = await realNode(world, 'worker', { price: PRICE / 4n, endpoint });
        const both = await realNode(world, 'both', { price: 2n * PRICE, verifies: true });
        const job = world.job([1, 2]);
        for (const { provider } of [worker, both]) {
            await announceJob({ job, endpoints: [provider.url] });
            for (const blob of [...job.blobs, identityModel()]) {
                await pushBlob(blob, `${provider.url}/blobs`);
            }
        }
        const posted = await world.post(job);
        await world.reached(posted, 'committed');
        await world.accept(posted);
        await until(() => both.heard.some(({ kind }) => kind === 'abstained'));
        expect(both.heard.find(({ kind }) => kind === 'abstained')).toMatchObject({
            reason: 'unavailable',
            detail: expect.stringContaining('by its key alone') as string,
        });
        expect(both.heard.map(({ kind }) => kind)).not.toContain('claiming');
    });
});
