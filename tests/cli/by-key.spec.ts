import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { createNetworkNode, type NetworkNode } from '../../network';
import { withPeers } from '../../sdk';
import { Stake } from '../../wrappers';
import { bundleCommand, makeKeysCheap, ProviderWorld, type Running } from './provider-world';

/** One node that has a URL, for the network to begin with, and one that has none. */
describe('A node without a public address', () => {
    let world: ProviderWorld;
    let client: NetworkNode;
    const nodes: Running[] = [];
    let endpoint: string;

    beforeAll(async () => {
        bundleCommand();
        world = await ProviderWorld.create();
    }, 120_000);
    afterAll(async () => {
        for (const node of nodes) await node.interrupt();
        await client?.stop();
        await world.stop();
    });

    const ports = (first: number) =>
        [
            ...[`provider.http.port=${first}`, `provider.http.adminPort=${first + 1}`],
            ...[
                `provider.peers.listen=[/ip4/127.0.0.1/tcp/${first + 2}]`,
                'provider.peers.on=true',
            ],
            'provider.http.host=127.0.0.1',
        ].flatMap((setting) => ['--set', setting]);

    const open = async (name: string, settings: readonly string[]) => {
        const home = world.home(name);
        const money = ['--create-wallet', '--faucet', '--yes'];
        const opened = await world.json(home, ['init', ...world.network, ...settings, ...money]);
        makeKeysCheap(home);
        const node = world.launch(home, ['start']);
        nodes.push(node);
        await node.says('Ready for jobs.');
        return opened;
    };

    it('has its key in the stake, and says where it works', async () => {
        await open('with-url', [...ports(18_510), '--set', 'provider.peers.webrtc=true']);
        const opened = await open('by-key', [
            ...ports(18_520),
            ...['--set', 'provider.http.publicUrl=p2p'],
        ]);
        endpoint = opened['endpoint'] as string;
        expect(endpoint).toMatch(/^p2p:\/\/12D3KooW\w{44}$/);
        const stake = world.chain.open(Stake.fromAddress(Address.parse(opened['stake'] as string)));
        await expect(stake.getEndpointUrl()).resolves.toBe(endpoint);
        await nodes[1]?.says(`Working on ${endpoint}`);
    }, 120_000);

    it('is found by doctor as a client would find it', async () => {
        const { out } = await world.run(world.home('by-key'), ['doctor']);
        expect(out).toContain(`The node answers under ${endpoint}, asked over the network.`);
        expect(out).toContain('it has no public URL, and WebRTC is off.');
        const other = await world.run(world.home('with-url'), ['doctor']);
        expect(other.out).toContain('WebRTC is there');
    }, 120_000);

    it('has the same address for browsers after a restart, beside that for peers', async () => {
        const addresses = async () => {
            const answer = await fetch('http://127.0.0.1:18510/health');
            const { peers } = (await answer.json()) as { peers: string[] };
            return peers.filter((one) => !one.includes('/p2p-circuit')).sort();
        };
        const before = await addresses();
        expect(before).toEqual([
            expect.stringContaining('/ip4/127.0.0.1/tcp/18512/'),
            expect.stringMatching(/\/udp\/18512\/webrtc-direct\/certhash\/uEi[\w-]{44}\/p2p\//),
        ]);
        await nodes[0]?.interrupt();
        const again = world.launch(world.home('with-url'), ['start']);
        nodes[0] = again;
        await again.says('Ready for jobs.');
        await expect(addresses()).resolves.toEqual(before);
    }, 120_000);

    it('does a job for a client that has met the other node alone', async () => {
        const answer = await fetch('http://127.0.0.1:18510/health');
        const { peers } = (await answer.json()) as { peers: string[] };
        client = await createNetworkNode({
            nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
            listen: [],
            allowPrivate: true,
            shelf: { find: () => Promise.resolve(undefined) },
            partialFolder: join(world.folder, 'partial'),
        });
        await client.join(peers);
        const over = withPeers(fetch, (url, init) => client.http.fetch(url, init));
        const { closing } = await world.job([1, 2, 3], endpoint, over, { peers: true });
        expect(closing).toMatchObject({ outcome: 'accepted' });
    }, 120_000);
});
