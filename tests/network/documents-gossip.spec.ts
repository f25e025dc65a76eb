import type { Libp2p, PeerId } from '@libp2p/interface';
import { DOCUMENTS_TOPIC, type JobHint } from '../../network/job-hints';
import { NetworkWorld, type TestNode } from './world';

const SOON_MS = 10_000;
const job = (number: number): JobHint => ({
    market: `0:${'a'.repeat(64)}`,
    escrow: `0:${'b'.repeat(64)}`,
    job: BigInt(number),
});

interface Gossip {
    getSubscribers(topic: string): unknown[];
    publish(topic: string, data: Uint8Array): Promise<unknown>;
}

const gossipOf = ({ libp2p }: TestNode) => (libp2p as Libp2p<{ gossip: Gossip }>).services.gossip;

async function until(condition: () => boolean): Promise<void> {
    for (const end = Date.now() + SOON_MS; !condition();) {
        if (Date.now() > end) throw new Error('Nothing of the kind.');
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

describe('What peers say of the documents that they have', () => {
    let world: NetworkWorld;
    beforeEach(() => (world = new NetworkWorld()));
    afterEach(() => world.stop());

    /** Three in a row, of which the last one hears; `staked` are those that it knows a stake of. */
    const row = async (staked: () => readonly TestNode[]) => {
        const heard: string[] = [];
        const isStaked = (peer: PeerId) => staked().some((one) => one.peer.equals(peer));
        const first = await world.node();
        const middle = await world.node({ isStaked });
        const last = await world.node({
            isStaked,
            onDocuments: ({ job: number }, peer) => void heard.push(`${number} ${peer.toString()}`),
        });
        await first.join([middle.address]);
        await last.join([middle.address]);
        await until(() =>
            [first, last].every((one) => gossipOf(one).getSubscribers(DOCUMENTS_TOPIC).length > 0),
        );
        return { first, middle, last, heard };
    };

    it('goes on to others, with the key of who said it', async () => {
        const staked: TestNode[] = [];
        const { first, heard } = await row(() => staked);
        staked.push(first);
        first.announceDocuments(job(7));
        await until(() => heard.length > 0);
        expect(heard).toEqual([`7 ${first.peer.toString()}`]);
    });

    it('is passed on by nobody where no stake stands behind it', async () => {
        const { first, middle, heard } = await row(() => []);
        first.announceDocuments(job(7));
        await until(() => middle.refused['hint: documents of a stranger'] === 1);
        expect(heard).toEqual([]);
    });

    it('is not said by those who hear it from enough others', async () => {
        const staked: TestNode[] = [];
        const { first, middle, last, heard } = await row(() => staked);
        staked.push(first, middle, last);
        const topic = DOCUMENTS_TOPIC;
        const { market, escrow } = job(7);
        for (const one of [first, middle]) {
            await gossipOf(one).publish(topic, Buffer.from(`${market} ${escrow} 7`));
        }
        await until(() => heard.length === 2);
        const published = jest.spyOn(gossipOf(last), 'publish');
        last.announceDocuments(job(7));
        last.announceDocuments(job(8));
        await until(() => published.mock.calls.length > 0);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const said = published.mock.calls.map(([, data]) => Buffer.from(data).toString());
        expect(said).toEqual([`${market} ${escrow} 8`]);
    });
});
