import { toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import type { SandboxContract } from '@ton/sandbox';
import { type Hash, type Sketch } from '../protocol';
import {
    accountId,
    checkFee,
    DEVNET_PARAMETERS,
    encodeJurorSketches,
    encodeRule,
    encodeSketch,
    type Escrow,
    juryBond,
    jurorBond,
    jurorSeal,
    type MarketParameters,
    signSeal,
    signSealedOpening,
    verifierSeal,
} from '../wrappers';
import { hash16, jobKey, type Operator, type Stage, type Wallet } from './stage';

/** Windows of the embedded chain, where the jobs of a new operator are all drawn. */
export const DRAWN_PARAMETERS: MarketParameters = DEVNET_PARAMETERS;

const PRICE = toNano('0.05');
const CEILING = toNano('0.1');
const RULE = encodeRule({
    class: 'tolerance',
    outputs: [{ name: 'y', scale: 1, clamp: 10, tau: 1e-4, floor: 1e-3 }],
});
const RIGHT = sketch(1_000_000_000n);
const WRONG = sketch(2_000_000_000n);
const POSTING_KEY = keyPairFromSeed(sha256_sync('posting key'));
const SALT = 5n;

/** A client with a deposit and a posting key, a provider, and others that verify. */
export interface CheckedCast {
    readonly client: Wallet;
    readonly escrow: SandboxContract<Escrow>;
    readonly provider: Operator;
    readonly others: readonly Operator[];
}

/** Opens the client's Escrow with a job of the same provider, and leaves a deposit there. */
export async function castOf(stage: Stage, others: number): Promise<CheckedCast> {
    const client = await stage.wallet('client');
    const provider = await stage.operator('first');
    const escrow = await stage.escrow(client);
    const cast = { client, escrow, provider, others: [] as Operator[] };
    for (let index = 0; index < others; index++) {
        cast.others.push(await stage.operator(`other ${index}`));
    }
    await stage.post(client, escrow);
    stage.wait(60);
    await stage.record(escrow.sendTick(0));
    await deposit(stage, cast);
    return cast;
}

export async function deposit(stage: Stage, { client, escrow }: CheckedCast): Promise<void> {
    await escrow.sendAuthorize(stage.sender(client), toNano('3'), POSTING_KEY.publicKey);
}

/** Posts a job from the deposit, and has it bid for and committed. */
export async function commitFromDeposit(stage: Stage, cast: CheckedCast): Promise<number> {
    const { client, escrow, provider } = cast;
    const jobId = await postFromDeposit(stage, cast);
    await stage.bid(provider, client, escrow, jobId, PRICE);
    await stage.commit(provider, escrow, jobId);
    return jobId;
}

export async function postFromDeposit(stage: Stage, { escrow }: CheckedCast): Promise<number> {
    const jobId = Number((await escrow.getEscrow()).nextJob);
    const terms = {
        ...{ spec: 1n, model: 2n, seedHash: hash16(BigInt(jobId)), items: 1, takePrice: CEILING },
        ...{ bidWindowSeconds: 2, commitWindowSeconds: 60, payUnverified: false, keep: true },
        checkRate: stage.parameters.minCheckRate === 0 ? 0 : 10_000,
        rule: RULE,
    };
    const assurance = checkFee(stage.parameters, CEILING, 1);
    const posting = { jobId, validUntil: stage.now + 60, ceiling: CEILING, assurance, terms };
    await stage.record(escrow.sendPostSigned(posting, POSTING_KEY.secretKey));
    return jobId;
}

export function accept(stage: Stage, { escrow }: CheckedCast, jobId: number): Promise<void> {
    return stage.record(escrow.sendAccept({ jobId, seed: BigInt(jobId) }));
}

export function tick(stage: Stage, { escrow }: CheckedCast, jobId: number): Promise<void> {
    return stage.record(escrow.sendTick(jobId));
}

/** A round of a check on chain: claim, seal, opening, reveal; the provider's sketch may be wrong. */
export async function check(
    stage: Stage,
    cast: CheckedCast,
    jobId: number,
    provider: 'right' | 'wrong',
): Promise<void> {
    const { escrow } = cast;
    const { key, round, sealed } = await claimed(stage, cast, jobId);
    await stage.record(escrow.sendSeal(sealed, key.secretKey));
    const opening = { jobId, round, sketch: provider === 'right' ? RIGHT : WRONG };
    await stage.record(escrow.sendOpen(opening, jobKey(cast.provider, jobId)));
    const reveal = { jobId, kind: 'sketch', salt: SALT, sketch: RIGHT } as const;
    await stage.record(escrow.sendReveal(reveal, key));
}

/** The same where verifier and provider have exchanged seal and opening off chain. */
export async function checkJointly(stage: Stage, cast: CheckedCast, jobId: number): Promise<void> {
    const { escrow } = cast;
    const { key, round, sealed } = await claimed(stage, cast, jobId);
    const opening = signSealedOpening(
        escrow.address,
        { jobId, round, sketch: RIGHT, seal: sealed.seal },
        jobKey(cast.provider, jobId),
    );
    const reveal = { ...sealed, salt: SALT, sketch: RIGHT };
    await stage.record(escrow.sendJointReveal(reveal, opening, key.secretKey));
}

/** A verifier that seals one sketch to the provider and another on chain. */
export async function equivocate(stage: Stage, cast: CheckedCast, jobId: number): Promise<void> {
    const { escrow } = cast;
    const { key, sealed } = await claimed(stage, cast, jobId);
    const signature = signSeal(escrow.address, sealed, key.secretKey);
    await stage.record(escrow.sendSeal({ ...sealed, seal: 1n }, key.secretKey));
    await stage.record(escrow.sendEquivocated(sealed, signature, key.publicKey));
}

/** The claim on a check, to the end of its window, and what its verifier seals. */
async function claimed(stage: Stage, { client, escrow, others }: CheckedCast, jobId: number) {
    const [verifier] = others;
    if (verifier === undefined) throw new Error('Nobody verifies.');
    const costs = await stage.market.getCosts();
    const key = claimKey(verifier);
    const bond = juryBond(
        stage.parameters.verification.jurors,
        checkFee(stage.parameters, PRICE, 1),
        costs.jury,
    );
    const claim = { kind: 'claim', jobId, bond, key: key.number, settled: true } as const;
    await stage.act(verifier, client, claim);
    stage.wait(2);
    const job = await escrow.getOpenJob(jobId, stage.now);
    if (job?.state !== 'checking' || job.verifier === undefined) throw new Error('No verifier.');
    const seal = verifierSeal(RIGHT, SALT, accountId(verifier.stake.address), key.number);
    return { key, round: job.round, sealed: { jobId, ticket: job.verifier.ticket, seal } };
}

/** Five jurors are seated, and find the provider wrong. */
export async function convict(stage: Stage, cast: CheckedCast, jobId: number): Promise<void> {
    const { client, escrow, others } = cast;
    await seedJury(stage, cast, jobId);
    const costs = await stage.market.getCosts();
    const bond = jurorBond(checkFee(stage.parameters, PRICE, 1), costs.juror);
    for (const juror of others.slice(1, 6)) {
        const key = claimKey(juror).number;
        await stage.act(juror, client, { kind: 'claim', jobId, bond, key, settled: true });
    }
    stage.wait(3);
    const job = await escrow.getOpenJob(jobId, stage.now);
    if (job?.state !== 'jury') throw new Error('No jury.');
    const sketches = encodeJurorSketches({
        native: sketchOf(1_000_000_000n),
        wasm: sketchOf(1_000_000_000n),
        committed: sketchOf(2_000_000_000n),
        bound: true,
    });
    const seats = job.jury.jurors.map(({ ticket, stake }) => {
        const juror = others.find((one) => one.stake.address.equals(stake));
        if (juror === undefined) throw new Error('A juror is unknown.');
        return { ticket, juror };
    });
    for (const { ticket, juror } of seats) {
        const seal = jurorSeal(sketches, SALT, accountId(juror.stake.address));
        const { secretKey } = claimKey(juror);
        await stage.record(escrow.sendSeal({ jobId, ticket, seal }, secretKey));
    }
    for (const { ticket } of seats) {
        await stage.record(escrow.sendJurorReveal({ jobId, ticket, salt: SALT, sketches }));
    }
    await tick(stage, cast, jobId);
    stage.wait(stage.parameters.verification.appealWindow);
    await tick(stage, cast, jobId);
}

/** Gives a jury its seed, in a later second than the one that opened it. */
export async function seedJury(stage: Stage, cast: CheckedCast, jobId: number): Promise<void> {
    stage.wait(1);
    await tick(stage, cast, jobId);
}

/** Doubts what was found of the first leaf. */
export async function dispute(stage: Stage, cast: CheckedCast, jobId: number): Promise<void> {
    const costs = await stage.market.getCosts();
    const fee = checkFee(stage.parameters, PRICE, 1);
    const bond = juryBond(stage.parameters.verification.jurors, fee, costs.jury);
    const sender = stage.sender(cast.client);
    await cast.escrow.sendDispute(sender, bond + costs.dispute, { jobId, leaf: 0 });
}

function claimKey({ stake }: Operator) {
    const pair = keyPairFromSeed(sha256_sync(`claims of ${stake.address.toString()}`));
    return { ...pair, number: BigInt(`0x${pair.publicKey.toString('hex')}`) };
}

function sketch(size: bigint) {
    return encodeSketch(sketchOf(size));
}

function sketchOf(size: bigint): Sketch {
    const projections = Array.from({ length: 8 }, (_, index) => size + BigInt(index));
    return { failed: false, exact: new Uint8Array(32) as Hash, projections: [projections] };
}
