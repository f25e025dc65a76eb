import { buildChild, type ChildNode, removeChild } from './child-node';
import { type NatKind, noNamespaces } from './namespaces';
import { circuits, MIB, NatWorld, type PublicNode } from './nat-world';

const HUNDRED_MB = 100_000_000;

const reason = noNamespaces();
if (reason !== undefined) process.stderr.write(`tests/network/nat is skipped, since ${reason}.\n`);
const describeIf = reason === undefined ? describe : describe.skip;

beforeAll(buildChild);
afterAll(removeChild);

describeIf('Two nodes behind two NATs', () => {
    let world: NatWorld;
    beforeEach(() => (world = new NatWorld()));
    afterEach(() => world.stop());

    const both = async (kind: NatKind, relays: readonly string[]) => {
        const serving = await world.hidden(kind, relays, relays.length);
        const fetching = await world.hidden(kind, relays, 0);
        const { addresses, peer } = await serving.until(
            'a reservation at each relay',
            (look) => circuits(look.addresses).length >= relays.length,
        );
        return { serving, fetching, addresses: circuits(addresses), peer };
    };

    it('exchange 100 MB directly, after hole punching', async () => {
        const relay = await world.publicNode();
        const { serving, fetching, addresses, peer } = await both('keeps-port', [relay.address]);
        const sha256 = await serving.put(HUNDRED_MB);
        await fetching.fetch(sha256, addresses);
        const { connections, chunks } = await fetching.look();
        expect(chunks).toBe(Math.ceil(HUNDRED_MB / (256 * 1024)));
        expect(connections).toContainEqual(expect.objectContaining({ peer, relayed: false }));
        expect(relay.sent()).toBeLessThan(HUNDRED_MB / 20);
    });

    it('exchange 100 MB through the relay where the NATs let nothing else through', async () => {
        // Each relayed connection ends after 40 MiB: the transfer goes on over another.
        const relay = await world.publicNode(40 * MIB);
        const { serving, fetching, addresses, peer } = await both('random-port', [relay.address]);
        const sha256 = await serving.put(HUNDRED_MB);
        await fetching.fetch(sha256, addresses);
        const { connections } = await fetching.look();
        expect(connections).not.toContainEqual(expect.objectContaining({ peer, relayed: false }));
        expect(relay.sent()).toBeGreaterThan(HUNDRED_MB);
    });

    it('go on through another relay when one dies', async () => {
        const [first, second] = [await world.publicNode(), await world.publicNode()];
        const relays = [first.address, second.address];
        const { serving, fetching, addresses, peer } = await both('random-port', relays);
        const sha256 = await serving.put(HUNDRED_MB);
        const fetched = fetching.fetch(sha256, addresses);
        const { connections } = await fetching.until('a part', ({ chunks }) => chunks > 20);
        const used = connections.find((one) => one.peer === peer)?.address;
        const dying = used?.includes(first.address) ? first : second;
        dying.node.kill();
        await fetched;
        const after = (await fetching.look()).connections.find((one) => one.peer === peer);
        expect(after?.address).not.toContain(dying.address);
    });
});

describeIf('A node behind a NAT that is known by its key alone', () => {
    let world: NatWorld;
    beforeEach(() => (world = new NatWorld()));
    afterEach(() => world.stop());

    /** Public nodes that know one another, and the relays among them that a node has found. */
    const internet = async () => {
        const first = await world.publicNode();
        const others = [
            await world.publicNode(1024 * MIB, [first.address]),
            await world.publicNode(1024 * MIB, [first.address]),
            await world.publicNode(1024 * MIB, [first.address]),
        ];
        return [first, ...others];
    };
    const relaysOf = async (node: ChildNode, publics: readonly PublicNode[], least: number) => {
        const used = (addresses: readonly string[]) =>
            publics.filter(({ address }) =>
                circuits(addresses).some((one) => one.startsWith(address)),
            );
        const look = await node.until(
            `${least} relays`,
            ({ addresses }) => used(addresses).length >= least,
        );
        return used(look.addresses);
    };

    it('is found by the DHT, gives a blob, and is found again when its relay dies', async () => {
        const publics = await internet();
        const [first] = publics as [PublicNode];
        const last = publics.at(-1) as PublicNode;
        // It knows one peer, and finds its relay by itself.
        const serving = await world.hidden('random-port', [first.address], 1);
        const { peer } = await serving.look();
        const [relay] = await relaysOf(serving, publics, 1);

        const byKey = [`/p2p/${peer}`];
        const way = publics.find((one) => one !== relay && one !== first) ?? last;
        const fetching = await world.hidden('random-port', [way.address], 0);
        const small = await serving.put(MIB);
        await fetching.fetch(small, byKey);
        const { connections } = await fetching.look();
        const used = connections.find((one) => one.peer === peer);
        expect(used).toMatchObject({ relayed: true });
        expect(used?.address).toContain(relay?.address);

        relay?.node.kill();
        const left = publics.filter((one) => one !== relay);
        const [next] = await relaysOf(serving, left, 1);
        const large = await serving.put(2 * MIB);
        await fetching.fetch(large, byKey);
        const after = (await fetching.look()).connections.find((one) => one.peer === peer);
        expect(after?.address).toContain(next?.address);
    }, 180_000);
});
