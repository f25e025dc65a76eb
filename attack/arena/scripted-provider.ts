import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Cell, OpenedContract } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { type Bonds, openStake, STAGE_BONDS } from '../../cli/demo/stage';
import {
    asHash,
    comparisonRuleOf,
    concatBytes,
    decodeBatch,
    decodeOutputItem,
    encodeBatch,
    ITEM_ERROR_CODES,
    type ItemErrorName,
    hashToBigInt,
    hashToHex,
    itemHash,
    parseManifest,
    resultRoot,
    type ResultLeaf,
    type Sketch,
    sketchFailure,
    sketchOutput,
    utf8ToBytes,
} from '../../protocol';
import { SealRefusedError } from '../../provider/errors';
import { publicApp } from '../../provider/http';
import { createNodeActions, type NodeActions } from '../../provider/node-actions';
import { createProofShelf } from '../../provider/proofs';
import type { GivenSeal } from '../../provider/seal-desk';
import type { ServedResult } from '../../provider/state';
import { leafContext, ResultLeaves } from '../../sdk';
import {
    type BlobStore,
    createBlobStore,
    listen,
    type Listening,
    type Wallet,
} from '../../sdk/node';
import {
    drawnLeaf,
    encodeSketch,
    jobCommitment,
    type JobKeyPair,
    lockHorizon,
    type NodeAction,
    type JobView,
    projectionSeed,
    requiredLock,
    type SealedOpening,
    sealedWord,
    signSealedOpening,
    Stake,
} from '../../wrappers';
import { honestOutput, NETWORK, type PostedJob, PRICE, type Scene, until } from './scene';

/** What a scripted provider says that an item gives: an encoded output, or an error. */
export type Answer = Uint8Array | ItemErrorName;

/** Answers an item. */
export type AnswerOf = (item: Uint8Array, index: number) => Answer | Promise<Answer>;

/** Roots and counts that a provider commits to. */
export interface Commitment {
    readonly root: bigint;
    readonly faulty: number;
}

interface OfRound {
    /** Of the job. */
    readonly name: string;
    readonly round: number;
    /** Of the claim. */
    readonly key: Uint8Array;
}

export interface ScriptedProviderOptions {
    readonly name?: string;
    /** Files of models that it serves. */
    readonly models: readonly Uint8Array[];
    /** 5 GRAM each unless set. */
    readonly bonds?: Bonds | undefined;
}

/**
 * The provider of a job by hand: it commits to what its script wants, serves what it wants, and
 * opens what it wants, over the HTTP interface of the real node.
 */
export class ScriptedProvider {
    readonly keys: KeyPair = keyPairFromSeed(randomBytes(32));
    readonly #secret = randomBytes(32);
    readonly #served = new Map<string, ServedResult>();
    /** Answers of the jobs that it committed to. */
    readonly #answers = new Map<string, readonly Answer[]>();
    readonly blobs: BlobStore;
    /** Answers nothing about results while it is true. */
    withholds = false;
    /** Answers the first seal of each round off chain, as the real node does. */
    answersSeals = false;
    /** Seals that it was given, in their order. */
    readonly givenSeals: (GivenSeal & OfRound)[] = [];
    readonly #posted = new Map<string, PostedJob>();
    #actions!: NodeActions;
    #server!: Listening;

    private constructor(
        private readonly scene: Scene,
        private readonly models: readonly Uint8Array[],
        readonly wallet: Wallet,
        readonly stake: OpenedContract<Stake>,
        name: string,
    ) {
        this.blobs = createBlobStore({ folder: join(scene.folder, name) });
    }

    /** Opens a stake, and serves. */
    static async create(
        scene: Scene,
        { name = 'provider', models, bonds = STAGE_BONDS }: ScriptedProviderOptions,
    ): Promise<ScriptedProvider> {
        const wallet = await scene.fund('20');
        const stake = scene.chain.open(Stake.ofOperator(scene.deployment, wallet.address));
        const provider = new ScriptedProvider(scene, models, wallet, stake, name);
        const logger = pino({ level: 'silent' });
        const find: (
            escrow: { toRawString(): string },
            jobId: number,
        ) => ServedResult | undefined = (escrow, jobId) =>
            provider.withholds
                ? undefined
                : provider.#served.get(`${escrow.toRawString()} ${jobId}`);
        const { blobs } = provider;
        const app = publicApp({
            blobs,
            view: {
                result: (escrow, jobId) => find(escrow, jobId),
                health: () => ({ ok: true, stake: '', jobs: 0 }),
                unready: () => [],
            },
            proofs: createProofShelf({ blobs, find }),
            seals: {
                openFor: (escrow, jobId, given) =>
                    provider.#openFor(`${escrow.toRawString()} ${jobId}`, given),
            },
            logger,
        });
        provider.#server = await listen(app);
        const { publicKey } = provider.keys;
        await openStake(scene.market, wallet, publicKey, provider.#server.url, bonds);
        await until(async () => (await scene.chain.account(stake.address)).active);
        provider.#actions = createNodeActions({
            chain: scene.chain,
            stake: stake.address,
            network: NETWORK,
            secretKey: provider.keys.secretKey,
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

    /** Bids at the ceiling, which wins at once, and commits to answers; the honest ones unless set. */
    async deliver(posted: PostedJob, answerOf: AnswerOf = honestOutput): Promise<void> {
        await this.bid(posted);
        await this.commit(posted, await this.prepare(posted, answerOf));
        await this.scene.reached(posted, 'committed');
    }

    /** Bids, and waits until the Escrow has it, at the take price as the winner. */
    async bid(posted: PostedJob, price = PRICE): Promise<void> {
        const { escrow, jobId } = posted;
        const { chain } = this.scene;
        const job = await escrow.getOpenJob(jobId, await chain.now());
        if (job?.state !== 'bidding') throw new Error('The job takes no bids.');
        const { parameters, biddingEnd, terms } = job;
        await this.say(posted, {
            kind: 'bid',
            jobId,
            price,
            lock: requiredLock(parameters, price, job.ceiling),
            lockUntil: biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
            commitment: jobCommitment(this.key(posted)),
        });
        await until(async () => {
            const now = await escrow.getOpenJob(jobId, await chain.now());
            return now !== undefined && 'bid' in now && now.bid !== undefined;
        });
    }

    /** Has its Stake pass something on. */
    async say({ client, escrow }: PostedJob, action: NodeAction): Promise<void> {
        const target = { client: client.address, index: 0, escrow: escrow.address };
        await this.#actions.send(target, action);
    }

    /** Makes the tree of its answers and serves them. */
    async prepare(posted: PostedJob, answerOf: AnswerOf = honestOutput): Promise<Commitment> {
        const { escrow, jobId, job } = posted;
        for (const blob of [...job.blobs, job.specBytes, ...this.models]) {
            await this.blobs.write(blob);
        }
        const items = itemsOf(posted);
        const answers: Answer[] = [];
        for (const [index, item] of items.entries()) answers.push(await answerOf(item, index));
        const leaves = answers.map((answer, index): ResultLeaf => {
            const inputHash = itemHash(items[index] ?? new Uint8Array());
            const outcome =
                typeof answer === 'string'
                    ? ({ kind: 'error', code: ITEM_ERROR_CODES[answer] } as const)
                    : ({ kind: 'result', resultHash: itemHash(answer) } as const);
            return { index, inputHash, outcome };
        });
        const root = resultRoot(leafContext(escrow.address, jobId), leaves);
        this.#answers.set(nameOf(posted), answers);
        this.#posted.set(nameOf(posted), posted);
        this.#served.set(nameOf(posted), await this.#publish(posted, answers, hashToHex(root)));
        const faulty = answers.filter((answer) => typeof answer === 'string').length;
        return { root: hashToBigInt(root), faulty };
    }

    /** Commits to a root. */
    async commit(
        posted: PostedJob,
        { root, faulty }: Commitment,
        key = this.key(posted),
    ): Promise<void> {
        const { escrow, jobId } = posted;
        await escrow.sendCommit({ jobId, root, faulty }, key);
    }

    /**
     * Opens the sketch of the drawn leaf.
     *
     * @param answerOf - what it sketches; the committed answer unless set
     */
    async open(posted: PostedJob, answerOf?: (item: Uint8Array) => Answer): Promise<void> {
        const { escrow, jobId } = posted;
        const view = await this.scene.reached(posted, 'checking/open');
        if (view?.state !== 'checking') throw new Error('The job is not being checked.');
        const given = this.#givenIn(nameOf(posted), view.round);
        if (given !== undefined && view.verifier?.seal !== sealedWord(given.seal, given.key)) {
            // The verifier has sealed something else than it gave.
            const shown = { jobId, seal: given.seal };
            return escrow.sendEquivocated(shown, given.signature, given.key);
        }
        const sketch = this.#sketchOf(posted, view, answerOf);
        await escrow.sendOpen({ jobId, round: view.round, sketch }, this.key(posted));
    }

    #givenIn(name: string, round: number) {
        return this.givenSeals.find((one) => one.name === name && one.round === round);
    }

    async #openFor(name: string, { seal, signature }: GivenSeal): Promise<SealedOpening> {
        const posted = this.#posted.get(name);
        const view = posted && (await this.scene.look(posted));
        const verifier = view?.state === 'checking' ? view.verifier : undefined;
        if (
            !this.answersSeals ||
            posted === undefined ||
            view?.state !== 'checking' ||
            view.phase !== 'seal' ||
            verifier === undefined
        ) {
            throw new SealRefusedError('unknown', 'Nothing is opened off chain.');
        }
        const { round } = view;
        const first = this.#givenIn(name, round);
        const key = Buffer.from(verifier.seal.toString(16).padStart(64, '0'), 'hex');
        this.givenSeals.push({ name, round, key, seal, signature });
        if (first !== undefined && first.seal !== seal) {
            throw new SealRefusedError('other-seal', 'Another one was answered.');
        }
        const { escrow, jobId } = posted;
        const sketch = this.#sketchOf(posted, view);
        const words = { jobId, round, sketch, seal };
        return signSealedOpening(escrow.address, words, this.key(posted));
    }

    #sketchOf(
        posted: PostedJob,
        view: Extract<JobView, { readonly state: 'checking' }>,
        answerOf?: (item: Uint8Array) => Answer,
    ): Cell {
        const { job } = posted;
        const rule = comparisonRuleOf(job.spec, parseManifest(job.blobs[0] ?? new Uint8Array()));
        const index = drawnLeaf(view.draw, view.terms.items);
        const item = itemsOf(posted)[index] ?? new Uint8Array();
        const answer =
            answerOf?.(item) ?? this.#answers.get(nameOf(posted))?.[index] ?? new Uint8Array();
        const seed = asHash(projectionSeed(view.draw, view.round));
        const sketch: Sketch =
            typeof answer === 'string'
                ? sketchFailure(rule, answer, seed)
                : sketchOutput(rule, decodeOutputItem(answer), seed);
        return encodeSketch(sketch);
    }

    /** The key of its bid for a job. */
    key({ escrow, jobId }: PostedJob): JobKeyPair {
        const digest = createHash('sha256')
            .update(this.#secret)
            .update(`${escrow.address.toRawString()} ${jobId}`)
            .digest();
        const { publicKey, secretKey } = keyPairFromSeed(digest);
        return { seed: hashToBigInt(asHash(digest)) >> 128n, publicKey, secretKey };
    }

    async #publish(
        { escrow, jobId, job }: PostedJob,
        answers: readonly Answer[],
        root: ServedResult['root'],
    ): Promise<ServedResult> {
        const leaves = ResultLeaves.empty(answers.length);
        const outputs = answers.filter((answer) => typeof answer !== 'string');
        answers.forEach((answer, index) => {
            if (typeof answer === 'string') leaves.setError(index, ITEM_ERROR_CODES[answer]);
            else leaves.setResult(index, itemHash(answer), { kind: 'batch', batch: 0 });
        });
        const distinct = new Map(outputs.map((output) => [hashToHex(itemHash(output)), output]));
        const bytes = encodeBatch([...distinct.values()]);
        const batch = {
            sha256: await this.blobs.write(bytes),
            bytes: bytes.length,
            items: distinct.size,
        };
        const document = {
            format: 'cocoon.results/1',
            count: answers.length,
            leaves: {
                sha256: await this.blobs.write(leaves.bytes),
                bytes: leaves.bytes.length,
            },
            batches: distinct.size === 0 ? [] : [batch],
        };
        return {
            escrow: escrow.address,
            jobId,
            root,
            items: answers.length,
            document: await this.blobs.write(utf8ToBytes(JSON.stringify(document))),
            inputHashes: await this.blobs.write(concatBytes(job.inputHashes)),
            materials: [],
        };
    }
}

function nameOf({ escrow, jobId }: PostedJob): string {
    return `${escrow.address.toRawString()} ${jobId}`;
}

function itemsOf({ job }: PostedJob): Uint8Array[] {
    const [, ...batches] = job.blobs;
    return batches.flatMap((batch) => [...decodeBatch(batch)]);
}
