import { type Hash, sketchOutput, tensorOf, tensorValues } from '../../protocol';
import { type JobResult, type PreparedJob, resultsPath } from '../../sdk';
import {
    accountId,
    DEVNET_PARAMETERS,
    drawnLeaf,
    encodeSketch,
    Escrow,
    projectionSeed,
    verifierSeal,
} from '../../wrappers';
import { RestartableNode } from './restartable-node';
import { type Puppet, PRICE, until, World } from './world';

/** Every job is drawn: no node has a record yet. */
const CHECKED = { parameters: DEVNET_PARAMETERS };

describe('A job that is drawn where no verifier comes', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create(CHECKED)));
    afterAll(() => world.stop());

    it('is accepted and done for its client, and ends after three rounds: paid', async () => {
        const result = await world.run(await world.job([1, 2]));
        expect(result).toMatchObject({ accepted: true, checked: true, closing: undefined });
        expect(result.items.map(({ status }) => status)).toEqual(['done', 'done']);
        await world.passRounds(result.ticket);
        const { jobId } = result.ticket;
        const closed = world.events.find(
            ({ event }) => event.kind === 'closed' && event.jobId === jobId,
        );
        expect(closed?.event).toMatchObject({ outcome: 'void-paid', paid: 2n * PRICE });
        const [entry] = world.stage.operators[0]!.provider.status().recent;
        expect(entry).toMatchObject({ outcome: 'paid', reason: 'void-paid' });
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
                if (event.kind === 'check') void world.stage.devnet.advanceTime(6);
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
        const [entry] = world.stage.operators[0]!.provider.status().recent;
        expect(entry).toMatchObject({ outcome: 'unpaid', reason: 'void' });
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

    const escrowOf = ({ ticket }: JobResult) =>
        world.stage.chain.open(Escrow.fromAddress(ticket.escrow));

    async function checking({ ticket }: JobResult) {
        const job = await world.openJob(ticket);
        if (job?.state !== 'checking') throw new Error(`The job is ${job?.state ?? 'not open'}.`);
        return job;
    }

    /** Claims, executes (with an error of that factor) and seals. */
    async function seal(job: PreparedJob, result: JobResult, factor = 1) {
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
        const own = tensorOf('float32', [1, 4], values.map((value) => value * factor));
        const seed = projectionSeed(claimed.draw, claimed.round) as Hash;
        const sketch = encodeSketch(sketchOutput(job.comparison, new Map([['y', own]]), seed));
        const salt = 5n;
        const stake = accountId(verifier.stake.address);
        const key = BigInt(`0x${verifier.claimKey.publicKey.toString('hex')}`);
        const { ticket = 0n } = claimed.verifier ?? {};
        await escrowOf(result).sendSeal(
            { jobId, ticket, seal: verifierSeal(sketch, salt, stake, key) },
            verifier.claimKey.secretKey,
        );
        return { jobId, kind: 'sketch', salt, sketch } as const;
    }

    const mine = (result: JobResult, kind: string) =>
        node.events.filter((e) => e.kind === kind && e.jobId === result.ticket.jobId);

    const run = async (job: PreparedJob) => {
        const result = await world.run(job, { endpoints: [node.url] });
        expect(result).toMatchObject({ accepted: true, checked: true });
        return result;
    };

    it('is paid when the verifier got the same within the tolerance, and counts', async () => {
        const job = await world.floatJob([1, 2, 3]);
        const result = await run(job);
        const reveal = await seal(job, result, 1 + 1e-6);
        await until(async () => (await checking(result)).phase === 'reveal');
        expect(mine(result, 'opened')).toHaveLength(1);
        await escrowOf(result).sendReveal(reveal, verifier.claimKey);
        await until(() => mine(result, 'closed').length > 0);
        expect(mine(result, 'closed')[0]).toMatchObject({ outcome: 'passed', paid: 3n * PRICE });
        await until(() => (node.status.stake.view?.record ?? 0) > 0);
        expect(node.status.stake.view?.checkRate).toBeLessThan(10_000);
        expect(node.status.recent[0]?.detail).toContain('passed it');
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
});
