import { join } from 'node:path';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import { openStake } from '../../cli/demo/stage';
import {
    createProvider,
    type Provider,
    type ProviderEvent,
    type ProviderOptions,
} from '../../provider';
import { createRuntime, type Runtime } from '../../runtime';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { Stake } from '../../wrappers';
import { bundleWorker } from '../runtime/worker-bundle';
import { PRICE, type World } from './world';

/** A node that can be stopped and started again over the same files. */
export class RestartableNode {
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

    async start(options: Partial<ProviderOptions> = {}): Promise<void> {
        this.#node = this.create(options);
        await this.#node.start();
        this.#port = Number(new URL(this.#node.url).port);
    }

    /** A node over the same files, which is not started. */
    create(options: Partial<ProviderOptions> = {}): Provider {
        const { chain, market } = this.world.stage;
        return createProvider({
            chain,
            market: market.address,
            stake: this.#stake.address,
            network: -3,
            nodeKey: this.#keys.secretKey,
            secret: Buffer.alloc(32, 6),
            runtime: this.runtime,
            blobs: this.blobs,
            pricing: { kind: 'per-item', nano: PRICE },
            stateFolder: join(this.world.folder, 'state'),
            http: { port: this.#port },
            // The specs of jobs that are posted while the node is away.
            specSources: [`${this.world.stage.blobServer.url}/blobs`],
            fetch,
            // Jobs of these tests are compared more strictly, all on the same machine.
            limits: { minTau: 1e-6 },
            onEvent: (event) => {
                this.events.push(event);
                this.onEvent(event);
            },
            ...options,
        });
    }

    get status() {
        if (this.#node === undefined) throw new Error('The node has not started.');
        return this.#node.status();
    }

    async stop(): Promise<void> {
        await this.#node?.stop();
    }

    count(kind: ProviderEvent['kind']): number {
        return this.events.filter((event) => event.kind === kind).length;
    }
}
