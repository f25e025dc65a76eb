import { buildChild, removeChild } from './child-node';
import { noNamespaces } from './namespaces';
import { MIB, NatWorld } from './nat-world';

/** AutoNAT takes the word of peers in different networks alone. */
const NETWORKS = [51, 62, 73, 84, 95];
/** Longer than it takes where it comes to anything. */
const NOT_WITHIN_MS = 15_000;

const reason = noNamespaces();
if (reason !== undefined) {
    process.stderr.write(`tests/network/nat-reachability is skipped, since ${reason}.\n`);
}

(reason === undefined ? describe : describe.skip)('A node whose owner announces nothing', () => {
    let world: NatWorld;
    beforeAll(buildChild);
    afterAll(removeChild);
    beforeEach(() => (world = new NatWorld()));
    afterEach(() => world.stop());

    const others = async () => {
        const all: string[] = [];
        for (const network of NETWORKS) {
            const { address } = await world.publicNode(MIB, all.slice(0, 1), network);
            all.push(address);
        }
        return all;
    };

    it('relays once others have reached it at its public address, and not before', async () => {
        const { node, address } = world.silentNode(false);
        const here = `/ip4/${address}/tcp/4001`;
        const before = await node.look();
        expect(before.relays).toBe(false);
        expect(before.addresses.filter((one) => one.startsWith(here))).toEqual([]);
        expect(await node.join(await others())).toBe(NETWORKS.length);
        const after = await node.until('a relay', ({ relays }) => relays);
        expect(after.addresses.some((one) => one.startsWith(here))).toBe(true);
    }, 120_000);

    it('does not relay where nobody reaches it, whatever address it has', async () => {
        const { node, address } = world.silentNode(true);
        expect(await node.join(await others())).toBe(NETWORKS.length);
        const waiting = node.until('a relay', ({ relays }) => relays, NOT_WITHIN_MS);
        await expect(waiting).rejects.toThrow('a relay did not come');
        const { addresses } = await node.look();
        expect(addresses.filter((one) => one.includes(address))).toEqual([]);
    }, 120_000);
});
