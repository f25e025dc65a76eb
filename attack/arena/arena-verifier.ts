import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type OpenedContract, toNano } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import { openStake } from '../../cli/demo/stage';
import type { Runtime } from '../../runtime';
import { createBlobStore, type Wallet } from '../../sdk/node';
import {
    createVerifier,
    type ExecuteItem,
    type Verifier,
    type VerifierEvent,
    type VerifierOptions,
} from '../../verifier';
import { Stake } from '../../wrappers';
import { NETWORK, type Scene, until } from './scene';

/** What the nodes of an arena that verify share. */
export interface VerifierScene extends Scene {
    readonly runtime: Runtime;
    /** One runtime for all of them. */
    readonly execute: ExecuteItem;
    /** The job that was posted last. */
    readonly latestJob: number;
    /** Puts money on an account. */
    grant(account: Stake, gram: string): Promise<void>;
}

/** The real node of a verifier, that can be stopped and started again over the same files. */
export class ArenaVerifier {
    readonly events: VerifierEvent[] = [];
    readonly keys: KeyPair = keyPairFromSeed(randomBytes(32));
    readonly secret = randomBytes(32);
    /** Whether time stands still while it owes a seal or a reveal; see `Arena.runTo`. */
    keepsRules = true;
    onEvent: (event: VerifierEvent) => void = () => undefined;
    #node: Verifier | undefined;

    private constructor(
        private readonly scene: VerifierScene,
        readonly name: string,
        readonly wallet: Wallet,
        readonly stake: OpenedContract<Stake>,
    ) {}

    /** Opens a stake of 10 GRAM, with 3 GRAM more for bonds; the node has not started. */
    static async create(scene: VerifierScene, name: string): Promise<ArenaVerifier> {
        const wallet = await scene.fund('20');
        const contract = Stake.ofOperator(scene.deployment, wallet.address);
        const stake = scene.chain.open(contract);
        const verifier = new ArenaVerifier(scene, name, wallet, stake);
        await openStake(scene.market, wallet, verifier.keys.publicKey, 'http://127.0.0.1:1');
        await until(async () => (await scene.chain.account(contract.address)).active);
        await scene.grant(contract, '3');
        return verifier;
    }

    async start(options: Partial<VerifierOptions> = {}): Promise<void> {
        const { scene } = this;
        this.#node = createVerifier({
            chain: scene.chain,
            market: scene.market.address,
            stake: this.stake.address,
            network: NETWORK,
            nodeKey: this.keys.secretKey,
            secret: this.secret,
            runtime: scene.runtime,
            blobs: createBlobStore({ folder: join(scene.folder, this.name, 'blobs') }),
            stateFolder: join(scene.folder, this.name, 'state'),
            pricing: { kind: 'per-core-hour', nano: toNano('0.05') },
            execute: scene.execute,
            fetch,
            random: () => 0,
            claimSpread: 0,
            onEvent: (event) => {
                this.events.push(event);
                if (event.jobId === scene.latestJob) this.onEvent(event);
            },
            ...options,
        });
        await this.#node.start();
    }

    async stop(): Promise<void> {
        await this.#node?.stop();
    }

    get status() {
        if (this.#node === undefined) throw new Error('The verifier has not started.');
        return this.#node.status();
    }

    /** Events of the job that was posted last: earlier ones may have left some behind. */
    get current(): VerifierEvent[] {
        return this.events.filter(({ jobId }) => jobId === this.scene.latestJob);
    }

    kinds(): string[] {
        return this.current.map(({ kind }) => kind);
    }

    count(kind: VerifierEvent['kind']): number {
        return this.current.filter((event) => event.kind === kind).length;
    }

    /** Resolves with the first event of this kind, also one from before. */
    async heard<K extends VerifierEvent['kind']>(
        kind: K,
    ): Promise<Extract<VerifierEvent, { readonly kind: K }>> {
        let found: VerifierEvent | undefined;
        await until(() => {
            found = this.current.find((event) => event.kind === kind);
            return found !== undefined;
        });
        return found as Extract<VerifierEvent, { readonly kind: K }>;
    }
}
