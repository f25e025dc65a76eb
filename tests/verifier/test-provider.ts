import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { OpenedContract } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { identityModel } from '../../bench/identity-model';
import { openStake } from '../../cli/demo/stage';
import {
    asHash,
    comparisonRuleOf,
    concatBytes,
    decodeBatch,
    decodeOutputItem,
    encodeBatch,
    hashToBigInt,
    hashToHex,
    itemHash,
    parseManifest,
    resultRoot,
    type ResultLeaf,
    sketchOutput,
    utf8ToBytes,
} from '../../protocol';
import { publicApp } from '../../provider/http';
import { createNodeActions, type NodeActions } from '../../provider/node-actions';
import { createProofShelf } from '../../provider/proofs';
import type { ServedResult } from '../../provider/state';
import { leafContext, ResultLeaves } from '../../sdk';
import { type BlobStore, createBlobStore, listen, type Listening } from '../../sdk/node';
import {
    drawnLeaf,
    encodeSketch,
    jobCommitment,
    type JobKeyPair,
    lockHorizon,
    projectionSeed,
    requiredLock,
    Stake,
} from '../../wrappers';
import { honestOutput, NETWORK, type PostedJob, PRICE, type ProviderScene, until } from './scene';

/**
 * The provider of a job by hand: it commits to what a test wants, serves what it wants, and opens
 * what it wants, over the HTTP interface of the real node.
 */
export class TestProvider {
    readonly #keys = keyPairFromSeed(Buffer.alloc(32, 77));
    readonly #served = new Map<number, ServedResult>();
    /** Outputs of the jobs that it committed to. */
    readonly #outputs = new Map<number, readonly Uint8Array[]>();
    #actions!: NodeActions;
    #server!: Listening;
    blobs: BlobStore;
    stake!: OpenedContract<Stake>;
    /** Answers nothing about results while it is true. */
    withholds = false;

    private constructor(private readonly world: ProviderScene) {
        this.blobs = createBlobStore({ folder: join(world.folder, 'provider') });
    }

    static async create(world: ProviderScene): Promise<TestProvider> {
        const provider = new TestProvider(world);
        const logger = pino({ level: 'silent' });
        const find = (_escrow: unknown, jobId: number) =>
            provider.withholds ? undefined : provider.#served.get(jobId);
        const { blobs } = provider;
        const app = publicApp({
            blobs,
            view: {
                result: (escrow, jobId) => find(escrow, jobId),
                health: () => ({ ok: true, stake: '', jobs: 0 }),
                unready: () => [],
            },
            proofs: createProofShelf({ blobs, find }),
            logger,
        });
        provider.#server = await listen(app);
        const operator = await world.fund('20');
        const contract = Stake.ofOperator(world.deployment, operator.address);
        provider.stake = world.chain.open(contract);
        const { publicKey, secretKey } = provider.#keys;
        await openStake(world.market, operator, publicKey, provider.#server.url);
        await until(async () => (await world.chain.account(contract.address)).active);
        provider.#actions = createNodeActions({
            chain: world.chain,
            stake: contract.address,
            network: NETWORK,
            secretKey,
            logger,
        });
        return provider;
    }

    get url(): string {
        return this.#server.url;
    }

    stop(): Promise<void> {
        return this.#server.close();
    }

    /**
     * Bids at the ceiling, which wins at once, and commits to outputs.
     *
     * @param outputOf - of an item; the honest one unless set
     */
    async deliver(
        posted: PostedJob,
        outputOf: (item: Uint8Array, index: number) => Uint8Array = honestOutput,
    ): Promise<void> {
        const { escrow, jobId, job } = posted;
        await this.#bid(posted);
        for (const blob of [...job.blobs, job.specBytes, identityModel()]) {
            await this.blobs.write(blob);
        }
        const items = this.#items(posted);
        const outputs = items.map(outputOf);
        const leaves = outputs.map((output, index): ResultLeaf => {
            const inputHash = itemHash(items[index] ?? new Uint8Array());
            return { index, inputHash, outcome: { kind: 'result', resultHash: itemHash(output) } };
        });
        const root = resultRoot(leafContext(escrow.address, jobId), leaves);
        this.#outputs.set(jobId, outputs);
        this.#served.set(jobId, await this.#publish(posted, outputs, hashToHex(root)));
        await escrow.sendCommit({ jobId, root: hashToBigInt(root), faulty: 0 }, this.#key(jobId));
        await this.world.reached(posted, 'committed');
    }

    /**
     * Opens the sketch of the drawn leaf.
     *
     * @param outputOf - what it sketches; the committed output unless set
     */
    async open(posted: PostedJob, outputOf?: (item: Uint8Array) => Uint8Array): Promise<void> {
        const { escrow, jobId, job } = posted;
        const view = await this.world.reached(posted, 'checking/open');
        if (view?.state !== 'checking') throw new Error('not checking');
        const [manifestBytes] = job.blobs;
        const manifest = parseManifest(manifestBytes ?? new Uint8Array());
        const rule = comparisonRuleOf(job.spec, manifest);
        const index = drawnLeaf(view.draw, view.terms.items);
        const item = this.#items(posted)[index] ?? new Uint8Array();
        const output = outputOf?.(item) ?? this.#outputs.get(jobId)?.[index] ?? new Uint8Array();
        const seed = asHash(projectionSeed(view.draw, view.round));
        const sketch = encodeSketch(sketchOutput(rule, decodeOutputItem(output), seed));
        await escrow.sendOpen({ jobId, round: view.round, sketch }, this.#key(jobId));
    }

    async #bid({ escrow, jobId }: PostedJob): Promise<void> {
        const { chain, client } = this.world;
        const job = await escrow.getOpenJob(jobId, await chain.now());
        if (job?.state !== 'bidding') throw new Error('The job takes no bids.');
        const { parameters, biddingEnd, terms } = job;
        await this.#actions.send(
            { client: client.address, index: 0, escrow: escrow.address },
            {
                kind: 'bid',
                jobId,
                price: PRICE,
                lock: requiredLock(parameters, PRICE, job.ceiling),
                lockUntil: biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
                commitment: jobCommitment(this.#key(jobId)),
            },
        );
        await until(async () => {
            const now = await chain.now();
            return (await escrow.getOpenJob(jobId, now))?.state === 'assigned';
        });
    }

    #items({ job }: PostedJob): Uint8Array[] {
        const [, ...batches] = job.blobs;
        return batches.flatMap((batch) => [...decodeBatch(batch)]);
    }

    #key(jobId: number): JobKeyPair {
        const seed = createHash('sha256').update(`job ${jobId}`).digest();
        const { publicKey, secretKey } = keyPairFromSeed(seed);
        return { seed: BigInt(jobId) + 7n, publicKey, secretKey };
    }

    async #publish(
        { escrow, jobId, job }: PostedJob,
        outputs: readonly Uint8Array[],
        root: ServedResult['root'],
    ): Promise<ServedResult> {
        const leaves = ResultLeaves.empty(outputs.length);
        outputs.forEach((output, index) =>
            leaves.setResult(index, itemHash(output), { kind: 'batch', batch: 0 }),
        );
        const distinct = new Map(outputs.map((output) => [hashToHex(itemHash(output)), output]));
        const bytes = encodeBatch([...distinct.values()]);
        const document = {
            format: 'cocoon.results/1',
            count: outputs.length,
            leaves: {
                sha256: await this.blobs.write(leaves.bytes),
                bytes: leaves.bytes.length,
            },
            batches: [
                {
                    sha256: await this.blobs.write(bytes),
                    bytes: bytes.length,
                    items: distinct.size,
                },
            ],
        };
        return {
            escrow: escrow.address,
            jobId,
            root,
            items: outputs.length,
            document: await this.blobs.write(utf8ToBytes(JSON.stringify(document))),
            inputHashes: await this.blobs.write(concatBytes(job.inputHashes)),
            materials: [],
        };
    }
}
