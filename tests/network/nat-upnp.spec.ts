import { buildChild, removeChild } from './child-node';
import { noPortMapping } from './namespaces';
import { MIB, NatWorld, type PublicNode } from './nat-world';

/** AutoNAT takes the word of peers in different networks alone. */
const NETWORKS = [51, 62, 73, 84, 95];

const reason = noPortMapping();
if (reason !== undefined) {
    process.stderr.write(`tests/network/nat-upnp is skipped, since ${reason}.\n`);
}

(reason === undefined ? describe : describe.skip)('A node behind a router with UPnP', () => {
    let world: NatWorld;
    beforeAll(buildChild);
    afterAll(removeChild);
    beforeEach(() => (world = new NatWorld()));
    afterEach(() => world.stop());

    it('asks it for a port, and is reached there by those who never met it', async () => {
        const others: PublicNode[] = [];
        for (const network of NETWORKS) {
            const known = others.slice(0, 1).map(({ address }) => address);
            others.push(await world.publicNode(MIB, known, network));
        }
        const { node, address } = world.mapped();
        const here = `/ip4/${address}/tcp/`;
        expect(await node.join(others.map((one) => one.address))).toBe(NETWORKS.length);
        // AutoNAT looks for addresses to confirm once a minute.
        const { addresses } = await node.until(
            'its public address',
            (look) => look.addresses.some((one) => one.startsWith(here)),
            100_000,
        );
        const sha256 = await node.put(MIB);
        const [there] = addresses.filter((one) => one.startsWith(here));
        const stranger = await world.hidden('random-port', [], 0);
        await stranger.fetch(sha256, [there as string]);
        const { connections } = await stranger.look();
        expect(connections.map((one) => one.address)).toEqual([
            expect.stringContaining(here) as string,
        ]);
        expect(connections[0]?.relayed).toBe(false);
    }, 180_000);
});
