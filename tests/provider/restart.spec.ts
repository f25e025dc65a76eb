import { join } from 'node:path';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import { openStake } from '../../cli/demo/stage';
import { createProvider, type Provider, type ProviderEvent } from '../../provider';
import { createRuntime, type Runtime } from '../../runtime';
import { Stake } from '../../wrappers';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { bundleWorker } from '../runtime/worker-bundle';
import { PRICE, until, World } from './world';

/** A node that can be stopped and started again over the same files. */
class RestartableNode {
    readonly events: ProviderEvent[] = [];
    readonly #keys: KeyPair = keyPairFromSeed(Buffer.alloc(32, 5));
    #node: Provider | undefined;
    #port = 0;
    #stake!: Stake;
    onEvent: (event: ProviderEvent) => void = () => undefined;

    private constructor(
        private readonly world: World,
        private readonly runtime: Runtime,
        private readonly blobs: BlobStore,
    ) {}

    static async create(world: World): Promise<RestartableNode> {
        const runtime = createRuntime({ processes: 1, workerPath: bundleWorker() });
        const blobs = createBlobStore({ folder: join(world.folder, 'blobs') });
        const node = new RestartableNode(world, runtime, blobs);
        const { market, deployment } = world.stage;
        const operator = await world.stage.fund('20');
        node.#stake = Stake.ofOperator(deployment, operator.address);
        await node.start();
        await openStake(market, operator, node.#keys.publicKey, node.url);
        world.endings.push(
            () => runtime.stop(),
            () => node.stop(),
        );
        return node;
    }

    get url(): string {
        return `http://127.0.0.1:${this.#port}`;
    }

    async start(): Promise<void> {
        const { chain, market } = this.world.stage;
        this.#node = createProvider({
            chain,
            market: market.address,
            stake: this.#stake.address,
            network: -3,
            nodeKey: this.#keys.secretKey,
            secret: Buffer.alloc(32, 6),
            runtime: this.runtime,
            blobs: this.blobs,
            pricing: { kind: 'per-item', nano: PRICE },
            journalPath: join(this.world.folder, 'journal'),
            http: { port: this.#port },
            fetch,
            onEvent: (event) => {
                this.events.push(event);
                this.onEvent(event);
            },
        });
        await this.#node.start();
        this.#port = Number(new URL(this.#node.url).port);
    }

    async stop(): Promise<void> {
        await this.#node?.stop();
    }

    count(kind: ProviderEvent['kind']): number {
        return this.events.filter((event) => event.kind === kind).length;
    }
}

describe('A node that is stopped and started again', () => {
    let world: World;
    let node: RestartableNode;
    beforeAll(async () => {
        world = await World.create({ operators: [] });
        node = await RestartableNode.create(world);
    });
    afterAll(() => world.stop());

    it.each(['seen', 'bidding', 'bid', 'won', 'gathered', 'executed', 'committed'] as const)(
        'finishes the job when that happened at the moment of "%s"',
        async (moment) => {
            let stopped: Promise<void> | undefined;
            node.onEvent = ({ kind }) => {
                if (kind === moment) stopped ??= node.stop();
            };
            const job = await world.job([moment.length, moment.charCodeAt(0)]);
            const running = world.run(job, { endpoints: [node.url] });
            await until(() => stopped !== undefined);
            await stopped;
            await node.start();
            const { closing } = await running;
            expect(closing).toMatchObject({ outcome: 'accepted', paid: 2n * PRICE });
            expect(node.count('failed')).toBe(0);
        },
    );

    it('frees its port, however often it is asked to stop', async () => {
        await Promise.all([node.stop(), node.stop()]);
        await expect(fetch(`${node.url}/health`)).rejects.toThrow('fetch failed');
    });
});
