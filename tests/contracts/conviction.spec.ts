import { beginCell, toNano } from '@ton/core';
import { Escrow } from '../../build/Escrow/Escrow_Escrow';
import { storePenalize } from '../../build/Stake/Stake_Stake';
import { accountAddress, accountId } from '../../wrappers';
import { CheckWorld, FAR, PRICE, SAYS } from './check-world';
import { closingOf, closingsOf, exitOf, refusal, speakFor } from './escrow-scenes';
import { logsOf } from './trace';
import { GENEROUS } from './world';

const BURN = accountAddress(0n);
const CONVICTION = 3n;

describe('A conviction', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        // Job 0 is judged; 1 is checked with a verifier, 2 committed, 3 assigned; 4 has a bid.
        await world.drawn(0);
        await world.claim(world.operator(0));
        await world.drawn(1);
        await world.claim(world.operator(4), { jobId: 1 });
        await world.committed(2);
        await world.world.post(world.client, { jobId: 3, ceiling: PRICE });
        await world.world.bid(world.accused, world.client, { jobId: 3, price: PRICE });
        await world.check({ opened: FAR });
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    const stake = () => world.accused.stake;
    const operator = () => world.accused.operator.getSender();
    const owner = () => ({ client: accountId(world.client.wallet.address), index: 0n });

    async function convict() {
        await world.jury(SAYS.wrong);
        await world.endOfPhase();
        return world.tick();
    }

    it('takes the reserve, all locks that stand and what unbonds, and leaves the rest', async () => {
        await stake().sendUnbond(operator(), GENEROUS, {
            reserve: toNano('100'),
            collateral: toNano('10'),
        });
        const before = await stake().getStake();
        expect(before).toMatchObject({ locked: 4n * PRICE, unbonding: toNano('110') });
        const result = await convict();
        const after = await stake().getStake();

        expect(after).toMatchObject({
            reserve: 0n,
            locked: 0n,
            unbonding: 0n,
            collateral: before.collateral - 4n * PRICE,
            record: 0n,
        });
        expect(await stake().getStanding()).toMatchObject({ convicted: true, old: 0n, young: 0n });
        const forfeited = before.reserve + before.unbonding + 4n * PRICE;
        const [conviction, burnt] = logsOf(result, stake().address).map((log) => log.beginParse());
        expect(conviction?.skip(64 + 256).loadUintBig(64)).toBe(forfeited);
        // The client its price, who caught it ten fees and its costs.
        const rest = forfeited - (burnt?.skip(64).loadUintBig(64) ?? 0n);
        expect(rest).toBeGreaterThan(PRICE + 10n * world.fee());
        expect(rest).toBeLessThanOrEqual(PRICE + 10n * world.fee() + (await world.verifierBond()));
    });

    it('pays together no more than a quarter, the client first', async () => {
        // A Stake that has little left.
        const before = await stake().getStake();
        await penalize({ kind: 2n, fine: before.reserve - toNano('0.4') });
        const client = await world.client.wallet.getBalance();
        const burnt = await world.world.balance(BURN);
        const closing = closingOf(await convict(), world.client);
        const forfeited = toNano('0.4') + 4n * PRICE;
        const paid = (await world.client.wallet.getBalance()) - client - closing.value;
        expect(paid).toBeLessThanOrEqual(PRICE);
        expect((await world.world.balance(BURN)) - burnt).toBeGreaterThanOrEqual(
            (forfeited * 3n) / 4n,
        );
        await restore();
    });

    it('is for good: no bid, no claim, no deposit', async () => {
        await convict();
        const { heldUntil } = await stake().getStanding();
        world.world.chain.now = Math.max(world.now, Number(heldUntil));
        await world.world.post(world.client, { jobId: 4, terms: { bidWindowSeconds: 60 } });
        const balance = await world.operating(world.accused);
        const bid = await world.world.bid(world.accused, world.client, {
            jobId: 4,
            price: PRICE,
            lock: toNano('1'),
        });
        // Its reserve is nothing.
        expect(exitOf(bid, world.client.escrow.address)).toBe(348);
        expect(balance - (await world.operating(world.accused))).toBeLessThan(toNano('0.01'));
        const claim = world.act(world.accused, {
            kind: 'claim',
            jobId: 1,
            bond: 1n,
            key: 1n,
            settled: true,
        });
        expect(await refusal(claim)).toBe(390);
        const deposit = await stake().sendDeposit(operator(), toNano('2'), {
            reserve: toNano('1'),
            collateral: 0n,
        });
        expect(exitOf(deposit, stake().address)).toBe(390);
        const costs = await world.world.market.getCosts();
        const again = await world.world.market.sendOpenStake(
            operator(),
            costs.openStake + toNano('2'),
            {
                nodeKey: world.accused.key.publicKey,
                dailyLimit: 1n,
                reserve: toNano('1'),
                collateral: 0n,
            },
        );
        expect(exitOf(again, stake().address)).toBe(390);
        expect(await stake().getStake()).toMatchObject({ reserve: 0n });
    });

    it('lets out what it leaves', async () => {
        await convict();
        const left = await stake().getStake();
        await stake().sendUnbond(operator(), GENEROUS, {
            reserve: 0n,
            collateral: left.collateral,
        });
        world.world.wait(world.windows.unbonding);
        const before = await world.accused.operator.getBalance();
        const { withdrawable } = await stake().getStake();
        expect(withdrawable).toBeGreaterThanOrEqual(left.collateral);
        const result = await stake().sendWithdraw(operator(), GENEROUS, {
            amount: withdrawable,
            operating: 0n,
        });
        expect(exitOf(result, world.accused.operator.address)).toBe(0);
        expect(await world.accused.operator.getBalance()).toBeGreaterThan(
            before + left.collateral - toNano('0.1'),
        );
    });

    it('refunds unfinished jobs when anybody reports it: checked, committed, assigned', async () => {
        await convict();
        const bond = await world.verifierBond();
        const operating = await world.operating(world.operator(4));
        const outcomes = [];
        for (const jobId of [1, 2, 3]) {
            const { held } = await world.jobOf(jobId);
            const result = await report(jobId);
            const closing = closingOf(result, world.client);
            outcomes.push(closing);
            const due = held - (jobId === 1 ? bond : 0n);
            expect(closing.value).toBeGreaterThan(due - toNano('0.01'));
            expect(closing).toMatchObject({ jobId, outcome: 'provider-convicted', paid: 0n });
        }
        const back = (await world.operating(world.operator(4))) - operating;
        expect(back).toBeGreaterThan(bond - toNano('0.0001'));
        expect(await world.client.escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
        const again = await report(1);
        expect(exitOf(again, world.client.escrow.address)).toBe(340);
    });

    it("is not reported where there is none, nor of another's job, nor of one before a jury", async () => {
        const early = await report(1);
        expect(exitOf(early, stake().address)).toBe(392);
        const to = world.client.escrow.address;
        expect(exitOf(await told(world.operator(1).stake.address, 2), to)).toBe(350);
        expect(exitOf(await told(world.operator(1).stake.address, 1), to)).toBe(350);
        expect(exitOf(await told(world.client.wallet.address, 3), to)).toBe(350);
        expect(exitOf(await told(stake().address, 0), to)).toBe(341);
        await restore();
    });

    it('needs value for both steps, and keeps none of it', async () => {
        await convict();
        const result = await report(2, toNano('0.0005'));
        expect(closingsOf(result, world.client)).toHaveLength(0);
        expect(await world.jobOf(2)).toMatchObject({ state: 'committed' });
        expect(closingsOf(await report(2), world.client)).toHaveLength(1);
    });

    it('can come twice and takes nothing the second time', async () => {
        await convict();
        const before = await stake().getStake();
        await penalize({ kind: CONVICTION, fine: 0n });
        expect(await stake().getStake()).toMatchObject({
            reserve: 0n,
            collateral: before.collateral,
            withdrawable: before.withdrawable,
        });
        // Nor is a lock there that another fault could take.
        await penalize({ kind: 1n, fine: 0n });
        expect(await stake().getStake()).toMatchObject({ collateral: before.collateral });
        await restore();
    });

    it('ends other disputes of the same Stake as they end, and pays what is due', async () => {
        await convict();
        // Job 1 goes on by itself: the provider opens nothing, the verifier has its fee.
        await world.endOfPhase(1);
        expect(await world.release()).toHaveLength(3);
    });

    async function report(jobId: number, value = toNano('0.2')) {
        return world.step(
            stake().sendReportConviction(world.client.wallet.getSender(), value, {
                jobId,
                client: world.client.wallet.address,
                index: 0,
            }),
        );
    }

    function told(source: typeof BURN, jobId: number) {
        const body = beginCell().storeUint(Escrow.opcodes.Convicted, 32).storeUint(jobId, 32);
        return speakFor(world.world, source, world.client.escrow.address, body.endCell());
    }

    /** A penalty as the Escrow would send it. */
    async function penalize({ kind, fine }: { kind: bigint; fine: bigint }) {
        const body = beginCell()
            .store(
                storePenalize({
                    $$type: 'Penalize',
                    jobId: 99n,
                    ...owner(),
                    lock: 0n,
                    lockUntil: 0n,
                    kind,
                    fine,
                    compensation: 0n,
                    catcher: 0n,
                    reward: 0n,
                }),
            )
            .endCell();
        const result = await speakFor(
            world.world,
            world.client.escrow.address,
            stake().address,
            body,
            { value: toNano('0.1') },
        );
        expect(exitOf(result, stake().address)).toBe(0);
    }
});
