import { toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import { Escrow } from '../../build/Escrow/Escrow_Escrow';
import { Stake } from '../../build/Stake/Stake_Stake';
import { accountAddress } from '../../wrappers';
import { CheckWorld, FAR, PRICE, SAYS } from './check-world';
import { closingOf } from './escrow-scenes';
import { transactionOn } from './trace';

const BURN = accountAddress(0n);
const { opcodes } = Stake;

describe.each(['current', 'sandbox'] as const)('Who gets what, at the %s prices', (fees) => {
    let world: CheckWorld;
    let start: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ fees, operators: 9 });
        start = await world.keep();
    });
    beforeEach(() => start());
    afterEach(() => world.audit());

    const earned = (index: number) => world.earned(world.operator(index));

    it('of a pass: the provider its price, the verifier bond and fee, the client the rest', async () => {
        await world.drawn(0, { faulty: 0 });
        const { held } = await world.checking();
        const result = await world.check();
        const fee = PRICE / 100n;

        expect(await world.earned(world.accused)).toBe(PRICE - fee);
        expect(await earned(0)).toBe(world.fee());
        const { owed } = await world.client.escrow.getEscrow();
        const market = await world.world.market.getFees();
        expect(owed + market).toBeLessThanOrEqual(fee);
        const closing = closingOf(result, world.client);
        const refund = held - PRICE - world.fee();
        expect(closing.value).toBeLessThan(refund + toNano('0.6'));
        expect(bondBack(result, 0)).toBe(await world.verifierBond());
        // Nobody lost anything by having worked: gas came out of the job.
        expect(await world.operating(world.operator(0))).toBeGreaterThan(toNano('19.9'));
        expect(await world.client.escrow.getEscrow()).toMatchObject({ held: 0n, open: 0n });
    });

    it('of a job with errors: no pay for those', async () => {
        await world.drawn(0, { terms: { items: 4 }, faulty: 3 });
        const closing = closingOf(await world.check(), world.client);
        expect(closing).toMatchObject({ outcome: 'passed', paid: PRICE / 4n });
        expect(await world.earned(world.accused)).toBe(PRICE / 4n - PRICE / 400n);
    });

    it('of a job of errors alone: nothing, and the verifier its fee', async () => {
        await world.drawn(0, { terms: { items: 2 }, faulty: 2 });
        const closing = closingOf(await world.check(), world.client);
        expect(closing).toMatchObject({ outcome: 'passed', paid: 0n });
        expect(await world.earned(world.accused)).toBe(0n);
        expect(await earned(0)).toBe(world.fee(2));
    });

    it('of a job whose money stays: a surplus, no message to the client', async () => {
        await world.drawn(0, { terms: { keep: true } });
        const before = await world.client.wallet.getBalance();
        await world.check();
        expect(await world.client.wallet.getBalance()).toBe(before);
        expect((await world.client.escrow.getEscrow()).surplus).toBeGreaterThan(0n);
        // The next job keeps it too, though it ends without a pay.
        await world.drawn(1, { terms: { keep: true } });
        await world.check({ jobId: 1, opened: FAR });
        await world.jury(SAYS.unstable, { jobId: 1 });
        const { surplus, held } = await world.client.escrow.getEscrow();
        expect(held).toBe(0n);
        expect(surplus).toBeGreaterThan(PRICE);
    });

    it('of a conviction: the client all of its own and its price, the catcher its quarter, the rest nobody', async () => {
        await world.drawn();
        const { held } = await world.checking();
        await world.check({ opened: FAR });
        const burnt = await world.world.balance(BURN);
        await world.jury(SAYS.wrong);
        await world.endOfPhase();
        const client = await world.client.wallet.getBalance();
        const stake = await world.accused.stake.getStake();
        const result = await world.tick();
        const closing = closingOf(result, world.client);

        // Less the steps of the check.
        expect(closing.value).toBeGreaterThan(held - toNano('0.3'));
        const compensation = coins(result, world.client.wallet.address, Escrow.opcodes.JobClosed);
        expect(compensation).toBe(closing.value);
        const penalty = transactionOn(result, world.accused.stake.address, opcodes.Penalize);
        const paid = [...penalty.outMessages.values()].flatMap(({ info }) =>
            info.type === 'internal' ? [info.value.coins + info.forwardFee] : [],
        );
        const forfeited = stake.reserve + stake.locked;
        expect(forfeited).toBe(toNano('1000') + PRICE);
        expect(paid).toHaveLength(3);
        expect((await world.world.balance(BURN)) - burnt).toBeGreaterThan((forfeited * 3n) / 4n);
        expect((await world.client.wallet.getBalance()) - client - closing.value).toBeGreaterThan(
            PRICE - toNano('0.001'),
        );
        expect(await earned(0)).toBeGreaterThan(10n * world.fee());
        for (const index of [1, 2, 3]) expect(await earned(index)).toBe(world.fee());
    });

    it('of a verifier that was wrong: its bond pays the jurors, the rest is burnt, the client pays nothing', async () => {
        await world.drawn();
        await world.check({ verified: FAR, opened: SAYS.right.native });
        const burnt = await world.world.balance(BURN);
        await world.jury(SAYS.right);
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);
        expect(await world.earned(world.accused)).toBe(PRICE - PRICE / 100n);
        expect(await earned(0)).toBe(0n);
        for (const index of [1, 2, 3]) expect(await earned(index)).toBe(world.fee());
        expect(await world.world.balance(BURN)).toBe(burnt);
        // The fee that was prepaid for the check comes back: there was none to be paid.
        expect(closing.value).toBeGreaterThan(world.fee());
    });

    it('of jurors against the finding: their bonds are burnt beyond what the opener is due', async () => {
        await world.drawn();
        await world.check({ opened: FAR });
        await world.jury([SAYS.wrong, SAYS.wrong, SAYS.right]);
        const burnt = await world.world.balance(BURN);
        const operating = await world.operating(world.operator(0));
        await world.endOfPhase();
        await world.tick();
        const back = (await world.operating(world.operator(0))) - operating;
        expect(back).toBeLessThanOrEqual((await world.verifierBond()) + toNano('0.003'));
        expect(await world.world.balance(BURN)).toBeGreaterThan(burnt);
        expect(await earned(3)).toBe(0n);
    });

    /** The bond that came back to an operator in a result. */
    function bondBack(result: SendMessageResult, index: number): bigint {
        const tx = transactionOn(result, world.operator(index).stake.address, opcodes.Reward);
        return tx.inMessage?.body.beginParse().skip(64).loadUintBig(64) ?? 0n;
    }

    function coins(result: SendMessageResult, to: typeof BURN, opcode: number): bigint {
        const { inMessage } = transactionOn(result, to, opcode);
        return inMessage?.info.type === 'internal' ? inMessage.info.value.coins : 0n;
    }
});
