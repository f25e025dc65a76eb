import { type Cell, type Message, toNano } from '@ton/core';
import { keyPairFromSeed, type KeyPair, sha256_sync } from '@ton/crypto';
import type { SendMessageResult } from '@ton/sandbox';
import {
    asHash,
    type ComparisonRule,
    type ItemErrorName,
    type Sketch,
    sketchFailure,
    sketchOutput,
    tensorOf,
} from '../../protocol';
import {
    accountId,
    checkFee,
    DEVNET_PARAMETERS,
    drawnLeaf,
    encodeJurorSketches,
    encodeRule,
    encodeSketch,
    jurorBond,
    jurorSeal,
    type JobTerms,
    type JobView,
    juryBond,
    juryProjectionSeed,
    type MarketParameters,
    type NodeAction,
    projectionSeed,
    type SealedOpening,
    signSeal,
    signSealedOpening,
    ticketOf,
    verifierSeal,
} from '../../wrappers';
import { type Conservation, openBooks } from './conservation';
import { type Closing, closingsOf, expectSound, lighten } from './escrow-scenes';
import { readEscrow } from './escrow-states';
import { fromNowhere, fromWallet } from './interleaving';
import { readStake } from './stake-state';
import { type Client, type Provider, World } from './world';

export type Checking = Extract<JobView, { state: 'checking' }>;
export type InAppeal = Extract<JobView, { state: 'appeal' }>;
export type InJury = Extract<JobView, { state: 'jury' }>;

/** What somebody says that a leaf is: numbers of the output, or why there are none. */
export type Answer = readonly number[] | ItemErrorName;

const TAU = 1e-3;
const VALUES = [0.5, -1.25, 3, 0.125, -0.75, 2.5, 1, -2];

/** Answers by their distance from the true one: a tenth of tau, half of it, three and a hundred times. */
export const TRUTH: Answer = VALUES;
export const CLOSE: Answer = VALUES.map((x) => x * (1 + 0.1 * TAU));
export const NEAR: Answer = VALUES.map((x) => x * (1 + 0.6 * TAU));
export const BETWEEN: Answer = VALUES.map((x) => x * (1 + 3 * TAU));
export const FAR: Answer = VALUES.map((x) => x * (1 + 100 * TAU));
export const FAILED: Answer = 'MODEL_REJECTED_INPUT';

/** The rule of a job of a test, with one output or more. */
export function ruleOf(outputs = 1): ComparisonRule {
    return {
        class: 'tolerance',
        outputs: Array.from({ length: outputs }, (_, index) => ({
            name: `y${index}`,
            scale: 1,
            clamp: 64,
            tau: TAU,
            floor: 0.01,
        })),
    };
}

/** The sketch of an answer, the same numbers in each output. */
export function sketchOf(answer: Answer, seed: Uint8Array, outputs = 1): Sketch {
    const rule = ruleOf(outputs);
    const hash = asHash(seed);
    if (typeof answer === 'string') return sketchFailure(rule, answer, hash);
    const tensor = tensorOf('float32', [answer.length], [...answer]);
    const item = new Map(Array.from({ length: outputs }, (_, i) => [`y${i}`, tensor] as const));
    return sketchOutput(rule, item, hash);
}

/** What a juror executed and was served. */
export interface JurorWork {
    readonly native: Answer;
    readonly wasm?: Answer;
    /** `null`: not served. */
    readonly committed: Answer | null;
    /** Whether the provider opened the committed answer; true unless set. */
    readonly bound?: boolean;
}

/** A juror that finds the committed answer right, wrong and so on. */
export const SAYS = {
    right: { native: TRUTH, committed: CLOSE },
    wrong: { native: TRUTH, committed: FAR },
    unstable: { native: TRUTH, wasm: NEAR, committed: TRUTH },
    missing: { native: TRUTH, committed: null },
    falseError: { native: TRUTH, committed: FAILED },
    unbound: { native: TRUTH, committed: CLOSE, bound: false },
} as const satisfies Record<string, JurorWork>;

export const PRICE = toNano('0.5');

/** A small jury, which is quick; DEVNET_PARAMETERS has the real one. */
export const SMALL: MarketParameters = withVerification({ jurors: 3, appealJurors: 5 });

export function withVerification(
    changes: Partial<MarketParameters['verification']>,
    others: Partial<MarketParameters> = {},
): MarketParameters {
    return {
        ...DEVNET_PARAMETERS,
        ...others,
        verification: { ...DEVNET_PARAMETERS.verification, ...changes },
    };
}

export interface CheckOptions {
    readonly fees?: 'current' | 'sandbox';
    readonly parameters?: MarketParameters;
    /** How many operators beside the accused provider. */
    readonly operators?: number;
    readonly outputs?: number;
}

type Transactions = Pick<SendMessageResult, 'transactions'>;

/**
 * A market in which jobs are checked: a client, a provider whose jobs they are, and operators that
 * verify and judge. After each step it expects that the Escrow can pay all it owes, and that no step
 * was paid from anything but its job.
 */
export class CheckWorld {
    private books: () => Conservation;
    private slack = 0n;
    private readonly keys = new Map<string, KeyPair>();
    private costs: ReturnType<World['market']['getCosts']> | undefined;
    private rent: Promise<bigint> | undefined;

    private constructor(
        readonly world: World,
        readonly client: Client,
        readonly accused: Provider,
        readonly operators: readonly Provider[],
        readonly outputs: number,
        private readonly lump: bigint,
    ) {
        this.books = openBooks(world.chain);
    }

    static async create(options: CheckOptions = {}): Promise<CheckWorld> {
        const parameters = options.parameters ?? SMALL;
        const world = await World.create({ fees: options.fees ?? 'current', parameters });
        lighten(world.chain);
        const client = await world.client();
        const accused = await world.provider('accused', {
            reserve: toNano('1000'),
            collateral: toNano('40'),
            operating: toNano('5'),
        });
        const operators: Provider[] = [];
        for (let index = 0; index < (options.operators ?? 9); index++) {
            operators.push(
                await world.provider(`operator ${index}`, {
                    reserve: toNano('20'),
                    collateral: toNano('10'),
                    operating: toNano('20'),
                }),
            );
        }
        world.wait(1);
        const lump = options.fees === 'sandbox' ? 400_000n : 66_667n;
        return new CheckWorld(world, client, accused, operators, options.outputs ?? 1, lump);
    }

    /** Makes this state the one that `restore` comes back to. */
    async keep(): Promise<() => Promise<void>> {
        const start = this.world.chain.snapshot();
        const slack = await this.slackNow();
        return async () => {
            await this.world.chain.loadFrom(start);
            this.books = openBooks(this.world.chain);
            this.slack = slack;
        };
    }

    /** For `afterEach`: no nanogram was lost or made, and everybody's books are in order. */
    async audit(): Promise<void> {
        expect(this.books()).toMatchObject({ missing: 0n });
        await expectSound(this.world, [this.client], [this.accused, ...this.operators]);
    }

    get now(): number {
        return this.world.now;
    }

    get parameters(): MarketParameters {
        return this.world.parameters;
    }

    get windows() {
        return this.world.parameters.verification;
    }

    operator(index: number): Provider {
        const found = this.operators[index];
        if (found === undefined) throw new Error(`There is no operator ${index}.`);
        return found;
    }

    /** What a check of a job of a test costs. */
    fee(items = 1, price = PRICE): bigint {
        return checkFee(this.parameters, price, items);
    }

    async verifierBond(items = 1, price = PRICE): Promise<bigint> {
        const { jury } = await this.costsOf();
        return juryBond(this.windows.jurors, this.fee(items, price), jury);
    }

    async jurorBond(items = 1, price = PRICE): Promise<bigint> {
        const { juror } = await this.costsOf();
        return jurorBond(this.fee(items, price), juror);
    }

    /** What a disputer sends. */
    async disputeValue(stage: 1 | 2, items = 1, price = PRICE): Promise<bigint> {
        const costs = await this.costsOf();
        const jurors = stage === 1 ? this.windows.jurors : this.windows.appealJurors;
        const gas = stage === 1 ? costs.jury : costs.appealJury;
        return juryBond(jurors, this.fee(items, price), gas) + costs.dispute;
    }

    // ------------------------------------------------------------------ steps

    /** Sends something and expects that it was paid for by the job that it is about. */
    async step<T extends Transactions>(sent: Promise<T>): Promise<T> {
        const result = await sent;
        expectDone(result);
        const state = await readEscrow(this.world, this.client);
        if (state === undefined) return result;
        const slack = state.balance - state.held - state.owed;
        const rent = await this.rentOf();
        const least = this.slack < rent ? this.slack : rent;
        // What an external message costs before it is read comes from what is above the jobs' money.
        expect(slack + this.rentPaid(result) + this.lump).toBeGreaterThanOrEqual(least);
        this.slack = slack;
        return result;
    }

    /** Posts, sells and commits a job of the accused. */
    async committed(
        jobId = 0,
        options: { terms?: Partial<JobTerms>; price?: bigint; faulty?: number } = {},
    ): Promise<void> {
        const { world, client, accused } = this;
        const price = options.price ?? PRICE;
        await this.step(
            world.post(client, {
                jobId,
                ceiling: price,
                terms: {
                    rule: encodeRule(ruleOf(this.outputs)),
                    checkRate: 10_000,
                    ...options.terms,
                },
            }),
        );
        await this.step(world.bid(accused, client, { jobId, price }));
        world.wait(2);
        await this.step(world.commit(accused, client, { jobId, faulty: options.faulty ?? 0 }));
    }

    /** Brings a job to the claims of its check, by the client's word or by its silence. */
    async drawn(
        jobId = 0,
        options: Parameters<CheckWorld['committed']>[1] & { silent?: boolean } = {},
    ): Promise<SendMessageResult> {
        await this.committed(jobId, options);
        if (options.silent) {
            this.world.wait(this.parameters.acceptWindow);
            return this.tick(jobId);
        }
        return this.step(this.world.accept(this.client, { jobId }));
    }

    tick(jobId = 0): Promise<SendMessageResult> {
        return this.step(this.client.escrow.sendTick(jobId));
    }

    /** The key of a claim: a new one for each stage and round. */
    claimKey(operator: Provider, label: string): KeyPair {
        const name = `${operator.stake.address.toRawString()} ${label}`;
        const key = this.keys.get(name) ?? keyPairFromSeed(sha256_sync(name));
        this.keys.set(name, key);
        return key;
    }

    async claim(
        operator: Provider,
        options: {
            jobId?: number;
            bond?: bigint;
            settled?: boolean;
            key?: KeyPair;
        } = {},
    ): Promise<SendMessageResult> {
        const jobId = options.jobId ?? 0;
        const job = await this.jobOf(jobId);
        const label = labelOf(job);
        const { items } = job.terms;
        const price = 'bid' in job && job.bid !== undefined ? job.bid.price : PRICE;
        const bond =
            options.bond ??
            (job.state === 'jury'
                ? await this.jurorBond(items, price)
                : await this.verifierBond(items, price));
        const key = options.key ?? this.claimKey(operator, label);
        return this.step(
            this.act(operator, {
                kind: 'claim',
                jobId,
                bond,
                key: BigInt(`0x${key.publicKey.toString('hex')}`),
                settled: options.settled ?? true,
            }),
        );
    }

    /** What a node says through its Stake. */
    async act(provider: Provider, action: NodeAction): Promise<SendMessageResult> {
        const { seqno } = await readStake(this.world, provider.stake.address);
        return this.world.act(provider, this.client, action, { seqno });
    }

    /** The verifier of a job, which must be there. */
    async verifier(jobId = 0): Promise<Provider> {
        const job = await this.jobOf(jobId);
        const stake = 'verifier' in job ? job.verifier?.stake : undefined;
        const found = this.operators.find((operator) => stake?.equals(operator.stake.address));
        if (found === undefined) throw new Error('Nobody verifies this job.');
        return found;
    }

    verifierSketch(job: Checking, answer: Answer): Cell {
        const seed = projectionSeed(job.draw, job.round);
        return encodeSketch(sketchOf(answer, seed, this.outputs));
    }

    /** What the verifier of a job seals, and with which key. */
    async sealing(answer: Answer = TRUTH, jobId = 0) {
        const job = await this.checking(jobId);
        const verifier = await this.verifier(jobId);
        const key = this.claimKey(verifier, labelOf(job));
        const sketch = this.verifierSketch(job, answer);
        const seal = verifierSeal(
            sketch,
            SALT,
            accountId(verifier.stake.address),
            BigInt(`0x${key.publicKey.toString('hex')}`),
        );
        return { jobId, ticket: job.verifier?.ticket ?? 0n, seal, key };
    }

    async seal(answer: Answer = TRUTH, options: { jobId?: number } = {}) {
        const { key, ...sealed } = await this.sealing(answer, options.jobId);
        return this.step(this.client.escrow.sendSeal(sealed, key.secretKey));
    }

    /** The provider opens; `keyOf` names the job whose key it uses. */
    async open(answer: Answer = NEAR, options: { jobId?: number; keyOf?: number } = {}) {
        const jobId = options.jobId ?? 0;
        const job = await this.checking(jobId);
        return this.step(
            this.client.escrow.sendOpen(
                { jobId, round: job.round, sketch: this.verifierSketch(job, answer) },
                this.world.jobKey(this.accused, options.keyOf ?? jobId),
            ),
        );
    }

    async reveal(
        answer: Answer = TRUTH,
        options: { jobId?: number; kind?: 'sketch' | 'broken-binding' | 'missing-data' } = {},
    ) {
        const jobId = options.jobId ?? 0;
        const job = await this.checking(jobId);
        const verifier = await this.verifier(jobId);
        return this.step(
            this.client.escrow.sendReveal(
                {
                    jobId,
                    kind: options.kind ?? 'sketch',
                    salt: SALT,
                    sketch: this.verifierSketch(job, answer),
                },
                this.claimKey(verifier, labelOf(job)),
            ),
        );
    }

    /** What the provider gives for a seal off chain; `keyOf` names the job whose key it uses. */
    async openingFor(
        answer: Answer = NEAR,
        options: { jobId?: number; keyOf?: number; seal?: bigint; round?: number } = {},
    ): Promise<SealedOpening> {
        const jobId = options.jobId ?? 0;
        const job = await this.checking(jobId);
        const seal = options.seal ?? (await this.sealing(TRUTH, jobId)).seal;
        const round = options.round ?? job.round;
        return signSealedOpening(
            this.client.escrow.address,
            { jobId, round, sketch: this.verifierSketch(job, answer), seal },
            this.world.jobKey(this.accused, options.keyOf ?? jobId),
        );
    }

    /** Seal, opening and reveal at once, as verifier and provider have exchanged them. */
    async revealJointly(
        verified: Answer = TRUTH,
        opened: Answer = NEAR,
        options: { jobId?: number; keyOf?: number } = {},
    ) {
        const jobId = options.jobId ?? 0;
        const { key, ...sealed } = await this.sealing(verified, jobId);
        const sketch = this.verifierSketch(await this.checking(jobId), verified);
        const opening = await this.openingFor(opened, { ...options, seal: sealed.seal });
        const reveal = { ...sealed, salt: SALT, sketch };
        return this.step(this.client.escrow.sendJointReveal(reveal, opening, key.secretKey));
    }

    /** Shows the seal of an answer, which the verifier has signed. */
    async showSeal(answer: Answer, options: { jobId?: number } = {}) {
        const { key, ...sealed } = await this.sealing(answer, options.jobId);
        const { escrow } = this.client;
        const signature = signSeal(escrow.address, sealed, key.secretKey);
        return this.step(escrow.sendEquivocated(sealed, signature, key.publicKey));
    }

    /** A check from the claims to the reveal, in which verifier and provider do as they should. */
    async check(
        options: {
            jobId?: number;
            verifier?: Provider;
            verified?: Answer;
            opened?: Answer;
            kind?: 'sketch' | 'broken-binding' | 'missing-data';
        } = {},
    ): Promise<SendMessageResult> {
        const jobId = options.jobId ?? 0;
        const job = await this.checking(jobId);
        if (job.verifier === undefined) {
            await this.claim(options.verifier ?? this.operator(0), { jobId });
        }
        if ((await this.checking(jobId)).phase === 'claim') await this.endOfPhase(jobId);
        await this.seal(options.verified ?? TRUTH, { jobId });
        await this.open(options.opened ?? NEAR, { jobId });
        const kind = options.kind ?? 'sketch';
        return this.reveal(options.verified ?? TRUTH, { jobId, kind });
    }

    async dispute(
        via: Client['wallet'],
        options: { jobId?: number; leaf?: number; value?: bigint } = {},
    ) {
        const jobId = options.jobId ?? 0;
        const job = await this.jobOf(jobId);
        const stage = job.state === 'appeal' && job.jury !== undefined ? 2 : 1;
        const value = options.value ?? (await this.disputeValue(stage, job.terms.items));
        return this.step(
            this.client.escrow.sendDispute(via.getSender(), value, {
                jobId,
                leaf: options.leaf ?? 0,
            }),
        );
    }

    /** Gives a jury its seed. */
    async seed(jobId = 0): Promise<SendMessageResult> {
        this.world.wait(1);
        return this.tick(jobId);
    }

    /** Seats jurors: the operators named, or as many as there are seats, from the second on. */
    async seat(jurors?: readonly Provider[], jobId = 0): Promise<void> {
        const job = await this.inJury(jobId);
        const seats = job.jury.stage === 1 ? this.windows.jurors : this.windows.appealJurors;
        const from = job.jury.stage === 1 ? 1 : 1 + this.windows.jurors;
        for (const juror of jurors ?? this.operators.slice(from, from + seats)) {
            await this.claim(juror, { jobId });
        }
    }

    jurorCell(job: InJury, work: JurorWork): Cell {
        const seed = juryProjectionSeed(job.jury.seed);
        const sketch = (answer: Answer) => sketchOf(answer, seed, this.outputs);
        return encodeJurorSketches({
            native: sketch(work.native),
            wasm: sketch(work.wasm ?? work.native),
            committed: work.committed === null ? undefined : sketch(work.committed),
            bound: work.bound ?? true,
        });
    }

    /** Jurors in the order of the operators, with their tickets. */
    async jurors(jobId = 0): Promise<{ juror: Provider; ticket: bigint }[]> {
        const { jury } = await this.inJury(jobId);
        return this.operators.flatMap((juror) => {
            const seat = jury.jurors.find(({ stake }) => stake.equals(juror.stake.address));
            return seat === undefined ? [] : [{ juror, ticket: seat.ticket }];
        });
    }

    async sealSeat(seat: { juror: Provider; ticket: bigint }, work: JurorWork, jobId = 0) {
        const job = await this.inJury(jobId);
        const cell = this.jurorCell(job, work);
        const key = this.claimKey(seat.juror, labelOf(job));
        const seal = jurorSeal(cell, SALT, accountId(seat.juror.stake.address));
        return this.step(
            this.client.escrow.sendSeal({ jobId, ticket: seat.ticket, seal }, key.secretKey),
        );
    }

    async revealSeat(seat: { ticket: bigint }, work: JurorWork, jobId = 0) {
        const job = await this.inJury(jobId);
        return this.step(
            this.client.escrow.sendJurorReveal({
                jobId,
                ticket: seat.ticket,
                salt: SALT,
                sketches: this.jurorCell(job, work),
            }),
        );
    }

    /**
     * A jury from its seed to its verdict: jurors say what is given in turn, the last for all others;
     * `null` seals and does not reveal.
     */
    async jury(
        works: JurorWork | readonly (JurorWork | null)[],
        options: { jobId?: number; jurors?: readonly Provider[] } = {},
    ): Promise<SendMessageResult> {
        const jobId = options.jobId ?? 0;
        await this.seed(jobId);
        await this.seat(options.jurors, jobId);
        await this.endOfPhase(jobId);
        const jurors = await this.jurors(jobId);
        const said = Array.isArray(works)
            ? (works as readonly (JurorWork | null)[])
            : [works as JurorWork];
        const workOf = (index: number) => said[Math.min(index, said.length - 1)];
        for (const [index, seat] of jurors.entries()) {
            await this.sealSeat(seat, workOf(index) ?? SAYS.right, jobId);
        }
        for (const [index, seat] of jurors.entries()) {
            const work = workOf(index);
            if (work) await this.revealSeat(seat, work, jobId);
        }
        if (said.includes(null)) await this.endOfPhase(jobId);
        return this.tick(jobId);
    }

    /** The first message to a contract of what is done, which is undone again. */
    async messageOf(act: () => Promise<Transactions>): Promise<Message> {
        const start = this.world.chain.snapshot();
        const slack = this.slack;
        const { transactions } = await act();
        await this.world.chain.loadFrom(start);
        this.slack = slack;
        const contracts = [
            this.client.escrow,
            this.accused.stake,
            ...this.operators.map((one) => one.stake),
        ];
        for (const { inMessage } of transactions) {
            const { info, body } = inMessage ?? {};
            if (info === undefined || body === undefined || info.type === 'external-out') continue;
            if (!contracts.some(({ address }) => address.equals(info.dest))) continue;
            return info.type === 'external-in'
                ? fromNowhere(info.dest, body)
                : fromWallet(info.src, info.dest, info.value.coins, body);
        }
        throw new Error('Nothing was sent to a contract.');
    }

    /** Forgets what was nobody's: a client has taken it. */
    async forget(): Promise<void> {
        this.slack = await this.slackNow();
    }

    /** Lets the phase of a job run out, to the second. */
    async endOfPhase(jobId = 0, early = 0): Promise<void> {
        const job = await this.jobOf(jobId);
        this.world.wait(Math.max(0, deadlineOf(job) - early - this.now));
    }

    /** Nobody acts but a stranger who ticks, until every job has ended. */
    async release(): Promise<Closing[]> {
        const closings: Closing[] = [];
        for (let guard = 0; guard < 500; guard++) {
            const jobs = [...((await readEscrow(this.world, this.client))?.jobs.values() ?? [])];
            const next = jobs.sort((a, b) => deadlineOf(a) - deadlineOf(b))[0];
            if (next === undefined) return closings;
            this.world.wait(Math.max(0, deadlineOf(next) - this.now));
            // A phase may have begun by that.
            const job = await this.jobOf(next.id);
            if (deadlineOf(job) > this.now) continue;
            closings.push(...closingsOf(await this.tick(job.id), this.client));
        }
        throw new Error('Ticks do not end these jobs.');
    }

    // ------------------------------------------------------------------ what is

    async jobOf(jobId = 0): Promise<JobView> {
        const job = (await readEscrow(this.world, this.client))?.jobs.get(jobId);
        if (job === undefined) throw new Error(`Job ${jobId} is not open.`);
        return job;
    }

    async checking(jobId = 0): Promise<Checking> {
        const job = await this.jobOf(jobId);
        if (job.state !== 'checking') throw new Error(`Job ${jobId} is ${job.state}.`);
        return job;
    }

    async inAppeal(jobId = 0): Promise<InAppeal> {
        const job = await this.jobOf(jobId);
        if (job.state !== 'appeal') throw new Error(`Job ${jobId} is ${job.state}.`);
        return job;
    }

    async inJury(jobId = 0): Promise<InJury> {
        const job = await this.jobOf(jobId);
        if (job.state !== 'jury') throw new Error(`Job ${jobId} is ${job.state}.`);
        return job;
    }

    async leaf(jobId = 0): Promise<number> {
        const job = await this.jobOf(jobId);
        if (!('draw' in job)) throw new Error('Nothing is drawn.');
        return drawnLeaf(job.draw, job.terms.items);
    }

    /** What a Stake has in all: bonds, earnings and operating balance. */
    async worth(provider: Provider): Promise<bigint> {
        return this.world.balance(provider.stake.address);
    }

    async earned(provider: Provider): Promise<bigint> {
        return (await provider.stake.getStake()).withdrawable;
    }

    async operating(provider: Provider): Promise<bigint> {
        return (await provider.stake.getStake()).operating;
    }

    /** Operators by their tickets for the check, the lowest first. */
    async byTicket(jobId = 0): Promise<Provider[]> {
        const job = await this.jobOf(jobId);
        if (!('draw' in job)) throw new Error('Nothing is drawn.');
        const [seed, round] =
            job.state === 'jury' ? [job.jury.seed, job.jury.stage] : [job.draw, job.round];
        const tickets = new Map<Provider, bigint>();
        for (const operator of this.operators) {
            const { old } = await operator.stake.getStanding();
            tickets.set(operator, ticketOf(seed, round, operator.stake.address, old));
        }
        return [...tickets].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([operator]) => operator);
    }

    /** Costs do not change with the state. */
    private costsOf() {
        this.costs ??= this.world.market.getCosts();
        return this.costs;
    }

    private rentOf(): Promise<bigint> {
        this.rent ??= this.client.escrow.getEscrow().then(({ rent }) => rent);
        return this.rent;
    }

    private async slackNow(): Promise<bigint> {
        const state = await readEscrow(this.world, this.client);
        return state === undefined ? 0n : state.balance - state.held - state.owed;
    }

    private rentPaid(result: Transactions): bigint {
        let paid = 0n;
        for (const { inMessage, description } of result.transactions) {
            if (!inMessage?.info.dest?.toString().includes(this.client.escrow.address.toString()))
                continue;
            if (description.type !== 'generic') continue;
            paid += description.storagePhase?.storageFeesCollected ?? 0n;
        }
        return paid;
    }
}

export const SALT = 0x5a17n;

/** Expects that no external message was accepted and then failed: it would be paid for again and again. */
function expectDone(result: Transactions): void {
    for (const { inMessage, description } of result.transactions) {
        if (inMessage?.info.type !== 'external-in' || description.type !== 'generic') continue;
        const { computePhase, actionPhase } = description;
        expect(computePhase).toMatchObject({ exitCode: 0 });
        expect(actionPhase).toMatchObject({ success: true, resultCode: 0 });
    }
}

function labelOf(job: JobView): string {
    if (job.state === 'jury') return `jury ${job.jury.stage}`;
    return 'round' in job ? `round ${job.round}` : 'early';
}

/** When time decides on what a job waits for. */
export function deadlineOf(job: JobView): number {
    switch (job.state) {
        case 'bidding':
            return job.biddingEnd + (job.bid === undefined ? 0 : job.terms.commitWindowSeconds);
        case 'unsold':
            return job.biddingEnd;
        case 'assigned':
        case 'overdue':
            return job.commitDeadline;
        case 'committed':
            return job.acceptDeadline;
        case 'checking':
        case 'appeal':
        case 'jury':
            return job.phaseEnd;
    }
}
