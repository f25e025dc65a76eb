import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Cell } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { type Hash, sketchOutput, tensorOf, tensorValues } from '../../protocol';
import {
    createCocoon,
    createMemoryShelf,
    disputeJob,
    encodeTicket,
    fetchResults,
    isConvicted,
    type ItemResult,
    type JobTicket,
    type PreparedJob,
    pushBlob,
    quoteDispute,
    reportConviction,
    resultsPath,
    resumeJob,
    tickJob,
} from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import {
    accountId,
    decodeSealedOpening,
    DEVNET_PARAMETERS,
    drawnLeaf,
    encodeSketch,
    Escrow,
    projectionSeed,
    type SealedWords,
    verifierSeal,
} from '../../wrappers';
import { giveSeal } from './give-seal';
import { RestartableNode } from './restartable-node';
import { type Puppet, PRICE, until, World } from './world';

/** Every job is drawn, since no node has a record yet; windows outlast a slow machine. */
const CHECKED = {
    parameters: {
        ...DEVNET_PARAMETERS,
        acceptWindow: 60,
        verification: {
            ...DEVNET_PARAMETERS.verification,
            claimWindow: 60,
            sealWindow: 120,
            openWindow: 120,
            revealWindow: 120,
        },
    },
};

describe('A job that is drawn where no verifier comes', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create(CHECKED)));
    afterAll(() => world.stop());

    it('is accepted and done for its client, and ends after three rounds: paid', async () => {
        const result = await world.run(await world.job([1, 2]));
        expect(result).toMatchObject({ accepted: true, checked: true, closing: undefined });
        expect(result.items.map(({ status }) => status)).toEqual(['done', 'done']);
        await world.passRounds(result.ticket);
        expect(await world.heard('closed')).toMatchObject({
            outcome: 'void-paid',
            paid: 2n * PRICE,
        });
        const [entry] = world.stage.operators[0]!.provider.status().recent;
        expect(entry).toMatchObject({ outcome: 'paid', reason: 'paid-unchecked' });
        expect(entry?.detail).toContain('no finding');
    });

    it('is refunded where the terms pay for checked results alone', async () => {
        const kinds: string[] = [];
        const running = world.run(await world.job([3]), {
            payUnverified: false,
            settlement: 'final',
            onEvent: (event) => {
                kinds.push(event.kind === 'check' ? `round ${event.round}` : event.kind);
                // Time passes once the results are here.
                if (event.kind === 'check') void world.stage.devnet.advanceTime(64);
            },
        });
        const { closing, accepted, price } = await running;
        expect(closing).toMatchObject({ outcome: 'void', paid: 0n });
        expect(closing?.refund).toBeGreaterThan(price);
        expect(accepted).toBe(true);
        expect(kinds.filter((kind) => kind.startsWith('round'))).toEqual([
            'round 0',
            'round 1',
            'round 2',
        ]);
        const latest = () => world.stage.operators[0]!.provider.status().recent[0];
        await until(() => latest()?.outcome !== 'open');
        expect(latest()).toMatchObject({ outcome: 'unpaid', reason: 'void' });
    });
});

describe('A drawn job and a verifier', () => {
    let world: World;
    let node: RestartableNode;
    let verifier: Puppet;
    beforeAll(async () => {
        world = await World.create({ ...CHECKED, operators: [] });
        node = await RestartableNode.create(world);
        verifier = await world.puppet();
    });
    afterAll(() => world.stop());

    /** A job with its results. */
    interface Delivered {
        readonly ticket: JobTicket;
        readonly items: readonly ItemResult[];
    }

    const escrowOf = ({ ticket }: Pick<Delivered, 'ticket'>) =>
        world.stage.chain.open(Escrow.fromAddress(ticket.escrow));

    async function checking({ ticket }: Pick<Delivered, 'ticket'>) {
        const job = await world.openJob(ticket);
        if (job?.state !== 'checking') throw new Error(`The job is ${job?.state ?? 'not open'}.`);
        return job;
    }

    /** A client as pages have it, on whose shelf a job stands. */
    async function clientWith(job: PreparedJob, ticket: JobTicket) {
        const { devnet, market, client: sender } = world.stage;
        const shelf = createMemoryShelf();
        const id = `${ticket.escrow.toRawString()}/${ticket.jobId}`;
        await shelf.put({
            ...{ id, ticket: encodeTicket(ticket), label: 'float', blobs: [], state: 'kept' },
            client: sender.address.toRawString(),
            specBytes: job.specBytes,
            inputHashes: new Uint8Array(0),
            terms: { ceiling: '0', takePrice: '0', bidWindowSeconds: 1, commitWindowSeconds: 1 },
            submittedAt: 0,
        });
        const { endpoint } = devnet;
        const cocoon = createCocoon({
            endpoint,
            market: market.address,
            sender,
            shelf,
            pollMs: 10,
        });
        return { cocoon, id };
    }

    /** Claims, executes (with an error of that factor) and seals. */
    async function seal(job: PreparedJob, result: Delivered, factor = 1) {
        const { reveal, sealed } = await executed(job, result, factor);
        await escrowOf(result).sendSeal(sealed, verifier.claimKey.secretKey);
        return reveal;
    }

    /** Claims, and executes when claims have ended: what is to be sealed and revealed. */
    async function executed(job: PreparedJob, result: Delivered, factor = 1) {
        await verifier.claim(result.ticket);
        const { jobId } = result.ticket;
        await until(async () => (await checking(result)).verifier !== undefined);
        const claimed = await checking(result);
        const { claimWindow } = claimed.parameters.verification;
        await world.stage.devnet.advanceTime(claimWindow);
        const leaf = drawnLeaf(claimed.draw, claimed.terms.items);
        const item = result.items[leaf];
        if (item?.status !== 'done') throw new Error('The item failed.');
        const values = tensorValues(item.output.get('y')!) as number[];
        const own = tensorOf(
            'float32',
            [1, 4],
            values.map((value) => value * factor),
        );
        const seed = projectionSeed(claimed.draw, claimed.round) as Hash;
        const sketch = encodeSketch(sketchOutput(job.comparison, new Map([['y', own]]), seed));
        const salt = 5n;
        const stake = accountId(verifier.stake.address);
        const key = BigInt(`0x${verifier.claimKey.publicKey.toString('hex')}`);
        const { ticket = 0n } = claimed.verifier ?? {};
        const sealed = { jobId, ticket, seal: verifierSeal(sketch, salt, stake, key) };
        return { sealed, reveal: { jobId, kind: 'sketch', salt, sketch } as const };
    }

    /** Gives the node a seal off chain. */
    const give = (
        { ticket }: Pick<Delivered, 'ticket'>,
        sealed: SealedWords,
        by = verifier.claimKey,
    ) => giveSeal(node, ticket, sealed, by);

    /** The same as soon as the node answers so early after the claims. */
    async function given(result: Delivered, sealed: SealedWords) {
        let answer = await give(result, sealed);
        await until(async () => {
            if (answer.status === 425) await world.stage.devnet.advanceTime(1);
            answer = await give(result, sealed);
            return answer.status !== 425;
        });
        return answer;
    }

    const mine = ({ ticket }: Pick<Delivered, 'ticket'>, kind: string) =>
        node.events.filter((e) => e.kind === kind && e.jobId === ticket.jobId);

    const run = async (job: PreparedJob) => {
        const result = await world.run(job, { endpoints: [node.url], checkRate: 10_000 });
        expect(result).toMatchObject({ accepted: true, checked: true });
        return result;
    };

    it('is paid when the verifier got the same within the tolerance, and counts', async () => {
        const job = await world.floatJob([1, 2, 3]);
        const result = await run(job);
        const reveal = await seal(job, result, 1 + 1e-6);
        await until(async () => (await checking(result)).phase === 'reveal');
        await until(() => mine(result, 'opened').length === 1);
        await escrowOf(result).sendReveal(reveal, verifier.claimKey);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'closed')[0]).toMatchObject({ outcome: 'passed', paid: 3n * PRICE });
        await until(() => (node.status.stake.view?.record ?? 0) > 0);
        expect(node.status.stake.view?.checkRate).toBeLessThan(10_000);
        expect(node.status.recent[0]?.detail).toContain('passed it');
    });

    it('is opened to a verifier that gives its seal off chain, and needs one message then', async () => {
        const job = await world.floatJob([1, 2]);
        const result = await run(job);
        const { sealed, reveal } = await executed(job, result, 1 + 1e-6);
        const answer = await given(result, sealed);
        expect(answer.status).toBe(200);
        const [cell] = Cell.fromBoc(Buffer.from(await answer.arrayBuffer()));
        const opening = decodeSealedOpening(cell ?? Cell.EMPTY);
        const { secretKey } = verifier.claimKey;
        await escrowOf(result).sendJointReveal({ ...sealed, ...reveal }, opening, secretKey);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'closed')[0]).toMatchObject({ outcome: 'passed', paid: 2n * PRICE });
        expect(mine(result, 'opened-to-verifier')).toHaveLength(1);
        expect(mine(result, 'opened')).toEqual([]);
        // There is nothing to open any more.
        await until(async () => (await give(result, sealed)).status === 404);
    });

    it('is opened for the first seal of the claim alone, after a restart too', async () => {
        const job = await world.floatJob([3]);
        const result = await run(job);
        await verifier.claim(result.ticket);
        await until(async () => (await checking(result)).verifier !== undefined);
        const { ticket = 0n, seal: key } = (await checking(result)).verifier ?? {};
        const { jobId } = result.ticket;
        const first = { jobId, ticket, seal: 1n << 200n };
        // A better claim may still come.
        expect((await give(result, first)).status).toBe(425);
        const { claimWindow } = (await checking(result)).parameters.verification;
        // And some seconds longer, since shards are not of one time.
        await world.stage.devnet.advanceTime(claimWindow);
        expect((await give(result, first)).status).toBe(425);
        await world.stage.devnet.advanceTime(6);
        const stranger = keyPairFromSeed(Buffer.alloc(32, 9));
        await until(async () => (await give(result, first, stranger)).status === 403);
        expect((await give(result, { ...first, ticket: 5n })).status).toBe(403);
        const answer = await given(result, first);
        expect(answer.status).toBe(200);
        const second = { ...first, seal: 2n << 200n };
        expect((await give(result, second)).status).toBe(409);
        await node.stop();
        await node.start();
        await until(async () => (await give(result, second)).status === 409);
        const again = await give(result, first);
        expect(Buffer.from(await again.arrayBuffer())).toEqual(
            Buffer.from(await answer.arrayBuffer()),
        );
        expect(mine(result, 'opened-to-verifier')).toHaveLength(1);
        expect((await checking(result)).verifier?.seal).toBe(key);
        await world.passRounds(result.ticket);
        await until(() => mine(result, 'closed').length > 0);
    });

    it('costs a verifier that seals something else on chain its bond', async () => {
        const job = await world.floatJob([4]);
        const result = await run(job);
        const { sealed } = await executed(job, result);
        expect((await given(result, { ...sealed, seal: 7n << 190n })).status).toBe(200);
        await node.stop();
        await escrowOf(result).sendSeal(sealed, verifier.claimKey.secretKey);
        await until(async () => (await checking(result)).phase === 'open');
        await node.start();
        await until(() => mine(result, 'contradicted').length > 0);
        expect(await checking(result)).toMatchObject({ round: 1, verifier: undefined });
        expect(mine(result, 'opened')).toEqual([]);
        await world.passRounds(result.ticket);
        await until(() => mine(result, 'closed').length > 0);
    });

    it('is opened on chain where the verifier seals what it gave', async () => {
        const job = await world.floatJob([5]);
        const result = await run(job);
        const { sealed, reveal } = await executed(job, result);
        expect((await given(result, sealed)).status).toBe(200);
        await escrowOf(result).sendSeal(sealed, verifier.claimKey.secretKey);
        await until(async () => (await checking(result)).phase === 'reveal');
        await until(async () => (await give(result, sealed)).status === 410);
        await escrowOf(result).sendReveal(reveal, verifier.claimKey);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'contradicted')).toEqual([]);
    });

    it('is opened also by a node that comes back in the middle, from what it has on disk', async () => {
        const job = await world.floatJob([4]);
        const result = await run(job);
        await until(() => mine(result, 'drawn').length > 0);
        await node.stop();
        const reveal = await seal(job, result);
        expect((await checking(result)).phase).toBe('open');
        await node.start();
        await until(async () => (await checking(result)).phase === 'reveal');
        // Results, proofs and inputs stay until the end.
        const path = resultsPath(result.ticket.escrow, result.ticket.jobId);
        expect((await fetch(`${node.url}${path}/proof/0`)).status).toBe(200);
        const [batch] = job.spec.inputs.batches;
        expect((await fetch(`${node.url}/blobs/${batch?.sha256}`)).status).toBe(200);
        await escrowOf(result).sendReveal(reveal, verifier.claimKey);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'closed')[0]).toMatchObject({ outcome: 'passed' });
    });

    it('is not given up by a node that has lost all it knew of the job', async () => {
        const job = await world.floatJob([9]);
        const result = await run(job);
        await until(() => mine(result, 'drawn').length > 0);
        await node.stop();
        const reveal = await seal(job, result);
        rmSync(join(world.folder, 'state', 'uploads'), { recursive: true });
        const blobs = createBlobStore({ folder: join(world.folder, 'lost') });
        await node.start({ blobs, specSources: [] });
        await until(() => mine(result, 'trouble').length > 0);
        await pushBlob(job.specBytes, `${node.url}/blobs`);
        await until(async () => (await checking(result)).phase === 'reveal');
        expect(mine(result, 'passed')).toEqual([]);
        await escrowOf(result).sendReveal(reveal, verifier.claimKey);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'closed')[0]).toMatchObject({ outcome: 'passed' });
        await node.stop();
        await node.start();
    });

    it('goes to a jury when the verifier got something else', async () => {
        const job = await world.floatJob([5]);
        const result = await run(job);
        const reveal = await seal(job, result, 1.01);
        await until(async () => (await checking(result)).phase === 'reveal');
        await escrowOf(result).sendReveal(reveal, verifier.claimKey);
        await until(() => mine(result, 'jury').length > 0);
        expect(mine(result, 'jury')[0]).toMatchObject({ stage: 1, cause: 'mismatch' });
        await until(() => node.status.reasons.some(({ code }) => code === 'stake-held'));
        // No jurors come: nobody is blamed, and the terms pay.
        await world.passRounds(result.ticket);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'closed')[0]).toMatchObject({ outcome: 'void-paid' });
    });

    it('may be disputed by anybody with a bond where the client has not accepted', async () => {
        const { chain, deployment, client, devnet } = world.stage;
        const job = await world.floatJob([6]);
        const ticket = await world.post(job, { endpoints: [node.url] });
        await until(() => mine({ ticket }, 'committed').length > 0);
        const committed = await world.openJob(ticket);
        if (committed?.state !== 'committed') throw new Error('The job is not committed.');
        const place = { endpoint: node.url, ...ticket, ...job, commit: committed.commit };
        const { items } = await fetchResults(place);
        await devnet.advanceTime(committed.parameters.acceptWindow);
        await until(() => mine({ ticket }, 'drawn').length > 0);
        expect(mine({ ticket }, 'drawn')[0]).toMatchObject({ accepted: false });
        const disputing = { chain, deployment, sender: client, job: ticket, leaf: 0 };
        await expect(disputeJob(disputing)).rejects.toMatchObject({ code: 'NOT_DISPUTABLE' });
        const { cocoon, id } = await clientWith(job, ticket);
        const reveal = await seal(job, { ticket, items });
        await until(async () => (await checking({ ticket })).phase === 'reveal');
        await escrowOf({ ticket }).sendReveal(reveal, verifier.claimKey);
        await until(async () => (await world.openJob(ticket))?.state === 'appeal');
        const { bond, jurors, items: count } = await quoteDispute(disputing);
        expect([jurors, count]).toEqual([5, 1]);
        expect(bond).toBeGreaterThan(0n);
        await expect(disputeJob({ ...disputing, leaf: 1 })).rejects.toThrow('none 1');
        // As a page does it.
        expect(await cocoon.quoteDispute(id)).toMatchObject({ bond, jurors });
        await expect(cocoon.dispute(id, 1)).rejects.toThrow('none 1');
        expect(await cocoon.dispute(id, 0)).toMatchObject({ bond });
        await until(() => mine({ ticket }, 'jury').length > 0);
        expect(mine({ ticket }, 'jury')[0]).toMatchObject({ stage: 1, cause: 'dispute' });
        // No jurors come: what was found before stands.
        await world.passRounds(ticket);
        await until(() => mine({ ticket }, 'closed').length > 0);
        expect(mine({ ticket }, 'closed')[0]).toMatchObject({ outcome: 'passed-silent' });
    });

    it('convicts a node that does not open, and frees what else it has not finished', async () => {
        const { chain, deployment, client, devnet } = world.stage;
        const [first, second] = [await world.floatJob([7]), await world.floatJob([8])];
        const [result, other] = [await run(first), await run(second)];
        await until(() => mine(other, 'drawn').length > 0);
        await node.stop();
        await seal(first, result);
        const { bid, parameters } = await checking(result);
        const reporting = { chain, deployment, sender: client, job: other.ticket };
        await expect(reportConviction(reporting)).rejects.toMatchObject({ code: 'NOT_CONVICTED' });
        await devnet.advanceTime(parameters.verification.openWindow);
        await tickJob({ chain, ticket: result.ticket });
        await until(() => isConvicted(chain, bid.stake));
        const gone = ({ ticket }: typeof other) =>
            until(async () => (await world.openJob(ticket)) === undefined);
        const ended = { chain, settlement: 'final' } as const;
        await gone(result);
        await expect(
            resumeJob({ ...ended, ticket: result.ticket, job: first }),
        ).rejects.toMatchObject({ code: 'JOB_ENDED', outcome: 'convicted' });
        const before = (await chain.account(client.address)).balance;
        await reportConviction(reporting);
        await gone(other);
        await expect(
            resumeJob({ ...ended, ticket: other.ticket, job: second }),
        ).rejects.toMatchObject({ code: 'JOB_ENDED', outcome: 'provider-convicted' });
        expect((await chain.account(client.address)).balance - before).toBeGreaterThan(PRICE);
        await node.start();
        await until(() => mine(result, 'closed').length > 0);
        await until(() => node.status.reasons.some(({ code }) => code === 'stake-convicted'));
        expect(node.status.stake.view?.convicted).toBe(true);
        const entry = node.status.recent.find(({ jobId }) => jobId === result.ticket.jobId);
        expect(entry).toMatchObject({ outcome: 'convicted', reason: 'convicted' });
    });
});
