import { buildChild, removeChild } from './child-node';
import { noStunServer } from './namespaces';
import { MIB, NatWorld } from './nat-world';

const reason = noStunServer();
if (reason !== undefined) {
    process.stderr.write(`tests/network/nat-webrtc is skipped, since ${reason}.\n`);
}

(reason === undefined ? describe : describe.skip)('WebRTC behind NATs', () => {
    let world: NatWorld;
    beforeAll(buildChild);
    afterAll(removeChild);
    beforeEach(() => (world = new NatWorld()));
    afterEach(() => world.stop());

    /** Two that know of a relay alone, and the address of one of them for browsers. */
    const apart = async (stun: readonly string[]) => {
        const relay = await world.publicNode(MIB);
        const node = await world.hidden('keeps-port', [relay.address], 1, stun);
        const isForBrowsers = (one: string) => one.includes('/p2p-circuit/webrtc');
        const { addresses } = await node.until('an address for browsers', (look) =>
            look.addresses.some(isForBrowsers),
        );
        const other = await world.hidden('keeps-port', [], 0, stun);
        return { relay, node, other, there: addresses.find(isForBrowsers) as string };
    };

    it('is a connection of their own where both know by STUN where they are seen', async () => {
        const { relay, node, other, there } = await apart([world.stunServer()]);
        expect(await other.join([there])).toBe(1);
        const { peer } = await node.look();
        const { connections } = await other.until('a connection', (look) =>
            look.connections.some((one) => one.peer === peer && !one.relayed),
        );
        expect(connections.map(({ address }) => address)).toContainEqual(
            expect.stringMatching(/\/webrtc\//),
        );
        const sha256 = await node.put(16 * MIB);
        const before = relay.sent();
        await other.fetch(sha256, [there]);
        expect(relay.sent() - before).toBeLessThan(MIB);
    }, 120_000);

    it('comes to nothing where nobody tells them; what is no browser meets over TCP', async () => {
        const { other, there } = await apart([]);
        expect(await other.join([there])).toBe(1);
        const { connections } = await other.look();
        expect(connections.filter(({ address }) => address.includes('/webrtc/'))).toEqual([]);
        expect(connections.some(({ relayed }) => !relayed)).toBe(true);
    }, 120_000);
});
