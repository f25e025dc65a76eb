import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildChild, ChildNode, removeChild } from './child-node';
import { Internet, type NatKind, noNamespaces } from './namespaces';

const MIB = 1024 ** 2;
const HUNDRED_MB = 100_000_000;
const RELAYED = '/p2p-circuit';

const reason = noNamespaces();
if (reason !== undefined) process.stderr.write(`tests/network/nat is skipped, since ${reason}.\n`);

(reason === undefined ? describe : describe.skip)('Two nodes behind two NATs', () => {
    let internet: Internet;
    let folder: string;
    const nodes: ChildNode[] = [];

    beforeAll(buildChild);
    afterAll(removeChild);
    beforeEach(() => {
        internet = new Internet();
        folder = mkdtempSync(join(tmpdir(), 'cocoon-nat-'));
    });
    afterEach(() => {
        for (const node of nodes.splice(0)) node.kill();
        internet.remove();
        rmSync(folder, { recursive: true, force: true });
    });

    const start = (namespace: string, options: ConstructorParameters<typeof ChildNode>[2]) => {
        const node = new ChildNode(join(folder, `node-${nodes.length}`), namespace, options);
        nodes.push(node);
        return node;
    };
    const publicNode = async (relayMaxBytes = 1024 * MIB) => {
        const { namespace, address } = internet.host();
        const at = `/ip4/${address}/tcp/4001`;
        const node = start(namespace, { listen: [at], announce: [at], relayMaxBytes });
        const { addresses } = await node.until('a relay', ({ relays }) => relays);
        return {
            node,
            address: addresses.find((one) => one.startsWith(at)) as string,
            sent: () => internet.sentBy(namespace),
        };
    };
    const hidden = async (kind: NatKind, known: readonly string[], relays: number) => {
        const { namespace } = internet.behindNat(kind);
        const node = start(namespace, {
            listen: ['/ip4/0.0.0.0/tcp/4001'],
            relays,
            mayRelay: false,
        });
        expect(await node.join(known)).toBe(known.length);
        return node;
    };
    const circuits = (addresses: readonly string[]) =>
        addresses.filter((one) => one.includes(RELAYED));
    const both = async (kind: NatKind, relays: readonly string[]) => {
        const serving = await hidden(kind, relays, relays.length);
        const fetching = await hidden(kind, relays, 0);
        const { addresses, peer } = await serving.until(
            'a reservation at each relay',
            (look) => circuits(look.addresses).length >= relays.length,
        );
        return { serving, fetching, addresses: circuits(addresses), peer };
    };

    it('exchange 100 MB directly, after hole punching', async () => {
        const relay = await publicNode();
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
        const relay = await publicNode(40 * MIB);
        const { serving, fetching, addresses, peer } = await both('random-port', [relay.address]);
        const sha256 = await serving.put(HUNDRED_MB);
        await fetching.fetch(sha256, addresses);
        const { connections } = await fetching.look();
        expect(connections).not.toContainEqual(expect.objectContaining({ peer, relayed: false }));
        expect(relay.sent()).toBeGreaterThan(HUNDRED_MB);
    });

    it('go on through another relay when one dies', async () => {
        const [first, second] = [await publicNode(), await publicNode()];
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
