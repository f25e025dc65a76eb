import { toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { keepBooks, takeStock } from '../../cli/demo/ledger';
import {
    depositSurplus,
    estimateJob,
    type JobTicket,
    resumeJob,
    runJob,
    type RunJobRequest,
    withdrawSurplus,
} from '../../sdk';
import { Escrow } from '../../wrappers';
import { World } from '../provider/world';

const { secretKey: postingKey } = keyPairFromSeed(Buffer.alloc(32, 21));
const { secretKey: otherKey } = keyPairFromSeed(Buffer.alloc(32, 22));

describe('A deposit in the Escrow', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create()));
    afterAll(() => world.stop());

    const owner = () => {
        const { chain, deployment, client } = world.stage;
        return { chain, deployment, sender: client };
    };
    const balance = async () =>
        (await world.stage.chain.account(world.stage.client.address)).balance;
    const escrow = () => {
        const { chain, deployment, client } = world.stage;
        return chain.open(Escrow.ofClient(deployment, client.address));
    };

    /** A job without any wallet. */
    async function request(
        value: number,
        options: Partial<RunJobRequest> = {},
    ): Promise<RunJobRequest> {
        const job = await world.job([value]);
        return { ...world.request(job), sender: undefined, postingKey, keep: true, ...options };
    }

    it('needs the Escrow, which the first job brings', async () => {
        const deposit = depositSurplus({ ...owner(), amount: toNano('1'), postingKey });
        await expect(deposit).rejects.toMatchObject({ code: 'SURPLUS', reason: 'not-open' });
        await world.run(await world.job([1]));
    });

    it('is not for keys that the client has not authorised', async () => {
        const running = runJob(await request(2));
        await expect(running).rejects.toMatchObject({ code: 'SURPLUS', reason: 'not-authorised' });
    });

    it('pays for jobs that no wallet signs, and keeps what is left of them', async () => {
        const { surplus: there } = await depositSurplus({
            ...owner(),
            amount: toNano('0.5'),
            postingKey,
        });
        expect(there).toBeGreaterThanOrEqual(toNano('0.5'));
        const { chain, operators } = world.stage;
        const accounts = [{ name: 'escrow', address: escrow().address }];
        const income = async () => (await operators[0]!.stake.getStake()).withdrawable;
        const [wallet, before, earlier] = [
            await balance(),
            await escrow().getEscrow(),
            await income(),
        ];
        const opening = await takeStock(chain, accounts);
        const { closing, price } = await runJob(await request(3));
        expect(closing).toMatchObject({ outcome: 'accepted', paid: price });
        expect(await balance()).toBe(wallet);
        const after = await escrow().getEscrow();
        const share = price / 100n;
        expect((await income()) - earlier).toBe(price - share);
        // The Market's share stays here until it is worth a message.
        expect(after.owed - before.owed).toBe(share);
        const closed = await takeStock(chain, accounts);
        const [row] = await keepBooks(chain, accounts, opening, closed);
        const { sent, received, gas, carriage, storage, unexplained } = row!;
        expect(unexplained).toBe(0n);
        // All that the Escrow sent, owes and paid for, less what others sent it: the price, and what
        // its messages cost beyond the gas for telling an outbid Stake, which the winner's bid left.
        const left = sent + gas + carriage + storage - received;
        expect(before.surplus - after.surplus).toBe(left + share);
    });

    it('is spent by no other key, and on no job that it does not cover', async () => {
        const stranger = runJob(await request(4, { postingKey: otherKey }));
        await expect(stranger).rejects.toMatchObject({ reason: 'not-authorised' });
        const dear = runJob(await request(5, { ceiling: toNano('2') }));
        await expect(dear).rejects.toMatchObject({ reason: 'too-little' });
    });

    it('pays once for a job whose client ended before it knew that it was posted', async () => {
        const posting = await request(6);
        let ticket: JobTicket | undefined;
        const ending = new AbortController();
        const interrupted = runJob({
            ...posting,
            signal: ending.signal,
            onTicket: (kept) => {
                ticket = kept;
                ending.abort(new Error('enough'));
            },
        });
        await expect(interrupted).rejects.toThrow('enough');
        if (ticket === undefined) throw new Error('There is no ticket.');
        const { chain } = world.stage;
        const { job } = posting;
        await expect(resumeJob({ chain, ticket, job })).resolves.toMatchObject({
            posted: false,
            reason: 'unseen',
        });
        const result = await runJob({ ...posting, ticket });
        expect(result.ticket.jobId).toBe(ticket.jobId);
        const again = await resumeJob({ chain, ticket, job });
        expect(again).toMatchObject({ posted: true, closing: { outcome: 'accepted' } });
    });

    it('goes back to the wallet when the client wants it', async () => {
        const before = await balance();
        await withdrawSurplus(owner());
        expect((await balance()) - before).toBeGreaterThan(toNano('0.4'));
        const { client } = world.stage;
        const place = { ...owner(), client: client.address, ceiling: 1n, items: 1 };
        const estimate = await estimateJob(place);
        expect(estimate.surplus.available).toBe(0n);
    });
});
