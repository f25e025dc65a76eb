import { type Address, beginCell, type Cell, external, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import type { BlockchainTransaction, SendMessageResult } from '@ton/sandbox';
import { Escrow as EscrowAbi } from '../../build/Escrow/Escrow_Escrow';
import {
    storeHold,
    storeHoldEnded,
    storePenalize,
    storeReward,
    storeSettleChecked,
} from '../../build/Stake/Stake_Stake';
import { networkConfig } from '../../devnet';
import { accountId, Escrow, jurorSeal, Stake } from '../../wrappers';
import {
    BETWEEN,
    CheckWorld,
    FAILED,
    FAR,
    type JurorWork,
    NEAR,
    SAYS,
    TRUTH,
    withVerification,
} from './check-world';
import { closingOf, exitOf, refusal, speakFor } from './escrow-scenes';
import { GENEROUS } from './world';

const { opcodes } = EscrowAbi;

const NEAR_TAU: JurorWork = { native: TRUTH, committed: NEAR };

describe('Robbing a check', () => {
    let world: CheckWorld;
    let start: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        start = await world.keep();
    });
    beforeEach(() => start());

    const to = () => world.client.escrow.address;
    const owner = () => ({ client: accountId(world.client.wallet.address), index: 0n });
    const cell = (store: Parameters<ReturnType<typeof beginCell>['store']>[0]) =>
        beginCell().store(store).endCell();

    it('by opening the sketch of another result than the committed one: its verifier does not pay for that', async () => {
        await world.drawn();
        const before = await world.worth(world.operator(0));
        await world.check({ opened: FAR, kind: 'broken-binding' });
        await world.jury(SAYS.unbound);
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);
        expect(closing).toMatchObject({ outcome: 'convicted', paid: 0n });
        expect(await world.worth(world.operator(0))).toBeGreaterThan(before);
        await world.audit();
    });

    it.each([
        ['one whose classes differ, since the model amplifies rounding', SAYS.unstable],
        ['a distance near tau, which one projection sees and another does not', NEAR_TAU],
    ])(
        'with what no jury can judge, %s: nobody gains, and who doubted it loses little',
        async (_, work) => {
            const verifier = await world.worth(world.operator(0));
            const { wallet, escrow } = world.client;
            const money = async () =>
                (await wallet.getBalance()) + (await world.world.balance(escrow.address));
            const before = await money();
            await world.drawn();
            await world.check({ opened: BETWEEN });
            const closing = closingOf(await world.jury(work), world.client);
            expect(closing).toMatchObject({ outcome: 'void', paid: 0n });
            // The gas of the jury, and of the job, is the client's: it does not earn what is not used up.
            expect(await money()).toBeLessThan(before);
            const { jury } = await world.world.market.getCosts();
            const lost = verifier - (await world.worth(world.operator(0)));
            expect(lost).toBeGreaterThan(0n);
            expect(lost).toBeLessThan(jury / 8n + toNano('0.006'));
            await world.audit();
        },
    );

    it('with errors that are none: who finds them out does not pay the jury, the liar does', async () => {
        const verifier = await world.worth(world.operator(0));
        await world.drawn(0, { faulty: 0 });
        const before = await world.accused.stake.getStake();
        await world.check({ opened: FAILED });
        await world.jury(SAYS.falseError);
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);
        expect(closing).toMatchObject({ outcome: 'false-error', paid: 0n });
        const lost = verifier - (await world.worth(world.operator(0)));
        expect(lost).toBeLessThan(toNano('0.006'));
        const after = await world.accused.stake.getStake();
        const costs = before.reserve - after.reserve;
        expect(costs).toBeGreaterThan(0n);
        expect(costs).toBeLessThanOrEqual(await world.verifierBond());
        expect((await world.accused.stake.getStanding()).convicted).toBe(false);
        await world.audit();
    });

    it('by a rise of all prices while the job runs: no step is accepted and then fails', async () => {
        // A world of its own, which asks for bonds at the new prices.
        const rising = await CheckWorld.create({ operators: 9 });
        await rising.committed(0, { price: 1n });
        // Six times higher, and the Escrow has a deposit beside what the job holds.
        rising.world.chain.setConfig(networkConfig('sandbox'));
        const { wallet, escrow } = rising.client;
        await wallet.send({ to: escrow.address, value: GENEROUS });
        await rising.step(rising.world.accept(rising.client));
        await rising.check({ opened: FAR });
        await rising.jury(SAYS.wrong);
        await rising.endOfPhase();
        const closing = closingOf(await rising.tick(), rising.client);
        expect(closing).toMatchObject({ outcome: 'convicted' });
    });

    it('by such a rise where nobody verifies, and the rounds cost more than the job has', async () => {
        const parameters = withVerification({}, { checkGas: 1n });
        const rising = await CheckWorld.create({ operators: 1, parameters });
        await rising.committed(0, { price: 1n });
        rising.world.chain.setConfig(networkConfig('sandbox'));
        const { wallet, escrow } = rising.client;
        await wallet.send({ to: escrow.address, value: GENEROUS });
        await rising.step(rising.world.accept(rising.client));
        const { rounds } = parameters.verification;
        for (let round = 0; round < rounds; round++) {
            expect(await rising.checking()).toMatchObject({ round });
            await rising.endOfPhase();
            const result = await rising.tick();
            if (round + 1 < rounds) continue;
            expect(closingOf(result, rising.client)).toMatchObject({ outcome: 'void' });
        }
        expect(await escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
    });

    it('by saying so of a check that has passed: then it is nothing that counts', async () => {
        await world.drawn(0, { silent: true });
        await world.check();
        await world.dispute(world.client.wallet);
        expect(await world.inJury()).toMatchObject({ opened: undefined });
        await world.jury(SAYS.unbound);
        expect(await world.inAppeal()).toMatchObject({ finding: 'right' });
        await world.audit();
    });

    it('by delivering what was taken once more: no external message counts twice', async () => {
        const taken: Cell[] = [];
        const remember = async (sent: Promise<SendMessageResult>) => {
            const result = await sent;
            for (const tx of result.transactions) if (isExternal(tx)) taken.push(bodyOf(tx));
            return result;
        };
        await world.committed();
        await remember(world.step(world.world.accept(world.client)));
        await world.claim(world.operator(0));
        await world.endOfPhase();
        await remember(world.seal());
        await replayed(taken);
        await remember(world.open(FAR));
        await replayed(taken);
        await remember(world.reveal());
        await replayed(taken);
        await remember(world.seed());
        await world.seat();
        await world.endOfPhase();
        const seats = await world.jurors();
        for (const seat of seats) await remember(world.sealSeat(seat, SAYS.wrong));
        await replayed(taken);
        for (const seat of seats) await remember(world.revealSeat(seat, SAYS.wrong));
        await replayed(taken.filter((body) => !isTick(body)));
        await world.tick();
        await replayed(taken);
        await world.audit();
    });

    async function replayed(bodies: readonly Cell[]): Promise<void> {
        for (const body of bodies) {
            await refusal(world.world.chain.sendMessage(external({ to: to(), body })));
        }
    }

    it('by padding what somebody else signed', async () => {
        const bodies: Cell[] = [];
        const padded = async (act: () => Promise<SendMessageResult>) => {
            const before = world.world.chain.snapshot();
            const result = await act();
            const body = bodyOf(result.transactions.find(isExternal));
            await world.world.chain.loadFrom(before);
            const bit = beginCell().storeSlice(body.beginParse()).storeBit(1).endCell();
            const ref = beginCell().storeSlice(body.beginParse()).storeRef(body).endCell();
            for (const fat of [bit, ref]) {
                expect(
                    await refusal(world.world.chain.sendMessage(external({ to: to(), body: fat }))),
                ).toBe(355);
            }
            bodies.push(body);
            return act();
        };
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        await padded(() => world.seal());
        await padded(() => world.open(FAR));
        await padded(() => world.reveal());
        world.world.wait(1);
        await padded(() => world.tick());
        await world.seat();
        await world.endOfPhase();
        const seats = await world.jurors();
        for (const seat of seats) await padded(() => world.sealSeat(seat, SAYS.wrong));
        await padded(() => world.revealSeat(seats[0]!, SAYS.wrong));
        expect(bodies).toHaveLength(8);
    });

    it('with seals, openings and reveals of another job', async () => {
        await world.drawn(0);
        await world.claim(world.operator(0));
        await world.drawn(1);
        await world.claim(world.operator(0), { jobId: 1 });
        await world.endOfPhase(1);
        const one = await world.sealing();
        const { escrow } = world.client;
        const swapped = {
            jobId: 1,
            ticket: (await world.sealing(undefined, 1)).ticket,
            seal: one.seal,
        };
        // The same key for two claims, even: the signature is for one job and one ticket.
        const signed = await capture(() =>
            escrow.sendSeal({ jobId: 0, ticket: one.ticket, seal: one.seal }, one.key.secretKey),
        );
        const forged = patch(
            signed,
            32 + 512,
            beginCell().storeUint(1, 32).storeUint(swapped.ticket, 96),
        );
        expect(
            await refusal(world.world.chain.sendMessage(external({ to: to(), body: forged }))),
        ).toBe(382);
        await world.seal(undefined, { jobId: 0 });
        await world.seal(undefined, { jobId: 1 });
        const opened = await capture(() => world.open());
        const other = patch(opened, 32 + 512, beginCell().storeUint(1, 32));
        expect(
            await refusal(world.world.chain.sendMessage(external({ to: to(), body: other }))),
        ).toBe(344);
        await world.open();
        await world.open(undefined, { jobId: 1 });
        const revealed = await capture(() => world.reveal());
        const wrong = patch(revealed, 32 + 512, beginCell().storeUint(1, 32));
        expect(
            await refusal(world.world.chain.sendMessage(external({ to: to(), body: wrong }))),
        ).toBe(362);
        await world.audit();
    });

    it('by signing for a verifier or a juror', async () => {
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        const thief = keyPairFromSeed(sha256_sync('thief'));
        const { jobId, ticket, seal } = await world.sealing();
        expect(
            await refusal(world.client.escrow.sendSeal({ jobId, ticket, seal }, thief.secretKey)),
        ).toBe(382);
        const action = { kind: 'claim', jobId: 0, bond: 1n, key: 1n, settled: true } as const;
        const claim = world.world.act(world.operator(1), world.client, action, { key: thief });
        expect(await refusal(claim)).toBe(382);
        const concede = { kind: 'concede', jobId: 0 } as const;
        expect(
            await refusal(world.world.act(world.accused, world.client, concede, { key: thief })),
        ).toBe(382);
    });

    it('with words of a Stake from who is none', async () => {
        await world.drawn();
        await world.check({ opened: FAR });
        const strangers: Address[] = [
            world.client.wallet.address,
            world.operator(3).stake.address,
            await fakeStake(),
        ];
        const words = (opcode: number) =>
            beginCell().storeUint(opcode, 32).storeUint(0, 32).endCell();
        for (const source of strangers) {
            for (const opcode of [opcodes.Concede, opcodes.HoldAcknowledged, opcodes.Convicted]) {
                const result = await speakFor(world.world, source, to(), words(opcode));
                expect([341, 350]).toContain(exitOf(result, to()));
            }
        }
        expect(await world.inJury()).toMatchObject({ jury: { stage: 1 } });
        await world.seed();
        const claim = beginCell()
            .storeUint(opcodes.Claim, 32)
            .storeUint(0, 32)
            .storeUint(await world.jurorBond(), 64)
            .storeUint(1, 256)
            .storeBit(true)
            .storeUint(accountId(world.operator(3).operator.address), 256)
            .storeUint(toNano('1000000'), 64)
            .storeUint(0, 32)
            .endCell();
        for (const source of [
            world.client.wallet.address,
            world.operator(4).stake.address,
            await fakeStake(),
        ]) {
            const result = await speakFor(world.world, source, to(), claim, { value: toNano('9') });
            expect(exitOf(result, to())).toBe(303);
        }
    });

    it('with words of an Escrow from who is none', async () => {
        const stake = world.accused.stake.address;
        const settled = {
            $$type: 'SettleChecked',
            jobId: 0n,
            outcome: 7n,
            paid: 0n,
            ...owner(),
            credit: 1000n,
        } as const;
        const penalty = {
            $$type: 'Penalize',
            jobId: 0n,
            ...owner(),
            lock: toNano('1'),
            lockUntil: BigInt(world.now + 1000),
            kind: 3n,
            fine: toNano('1'),
            compensation: toNano('1'),
            catcher: accountId(world.client.wallet.address),
            reward: toNano('1'),
        } as const;
        const words = [
            cell(storeSettleChecked(settled)),
            cell(storePenalize(penalty)),
            cell(storeHold({ $$type: 'Hold', jobId: 0n, ...owner(), heldUntil: 4_000_000_000n })),
            cell(storeHoldEnded({ $$type: 'HoldEnded', jobId: 0n, ...owner() })),
        ];
        const before = await world.accused.stake.getStake();
        const fakes: Address[] = [
            world.client.wallet.address,
            world.operator(0).stake.address,
            world.world.market.address,
            await fakeEscrow(),
        ];
        for (const source of fakes) {
            for (const body of words) {
                const result = await speakFor(world.world, source, stake, body);
                expect(exitOf(result, stake)).toBe(304);
            }
        }
        const after = await world.accused.stake.getStake();
        expect(after).toMatchObject({
            reserve: before.reserve,
            collateral: before.collateral,
            record: before.record,
            heldUntil: before.heldUntil,
        });
        expect((await world.accused.stake.getStanding()).convicted).toBe(false);
    });

    it('with a reward that takes: it only gives', async () => {
        const { stake } = world.accused;
        const reward = cell(
            storeReward({ $$type: 'Reward', jobId: 0n, bond: 2n ** 64n - 1n, reason: 1n }),
        );
        const before = await stake.getStake();
        const stranger = await world.world.chain.treasury('stranger');
        await speakFor(world.world, stranger.address, stake.address, reward);
        const after = await stake.getStake();
        expect(after.withdrawable).toBe(before.withdrawable);
        expect(after.operating).toBeGreaterThan(before.operating);
    });

    it('by taking the gas of a jury as surplus: it stays with the job', async () => {
        await world.drawn(0);
        await world.claim(world.operator(0));
        await world.drawn(1);
        await world.check({ opened: FAR });
        await world.seed();
        const { escrow, wallet } = world.client;
        await escrow.sendWithdrawSurplus(wallet.getSender(), GENEROUS);
        // The end of another job sends all that is nobody's.
        await world.endOfPhase(1);
        await world.tick(1);
        await world.seat();
        await world.endOfPhase();
        await escrow.sendWithdrawSurplus(wallet.getSender(), GENEROUS);
        const { rent } = await escrow.getEscrow();
        const seats = await world.jurors();
        for (const seat of seats) await world.sealSeat(seat, SAYS.wrong);
        for (const seat of seats) await world.revealSeat(seat, SAYS.wrong);
        await world.tick();
        const account = await world.world.balance(to());
        const { held, owed } = await escrow.getEscrow();
        expect(account - held - owed).toBeGreaterThan((rent * 9n) / 10n);
        await world.endOfPhase();
        await world.tick();
        await world.audit();
    });

    it('by a juror with sketches too large: its job pays, and no other', async () => {
        await world.drawn();
        await world.check({ opened: FAR });
        await world.seed();
        await world.seat();
        await world.endOfPhase();
        const [seat] = await world.jurors();
        const leaf = (n: number) =>
            beginCell().storeUint(n, 8).storeBuffer(Buffer.alloc(126)).endCell();
        const branch = (n: number) => {
            const b = beginCell().storeUint(n, 8).storeBuffer(Buffer.alloc(126));
            for (let i = 0; i < 4; i++) b.storeRef(leaf(16 * n + i));
            return b.endCell();
        };
        const huge = beginCell().storeBuffer(Buffer.alloc(127));
        for (let i = 1; i <= 4; i++) huge.storeRef(branch(i));
        const sketches = huge.endCell();
        const salt = 1n;
        const seal = jurorSeal(sketches, salt, accountId(seat!.juror.stake.address));
        const key = world.claimKey(seat!.juror, 'jury 1');
        await world.step(
            world.client.escrow.sendSeal({ jobId: 0, ticket: seat!.ticket, seal }, key.secretKey),
        );
        await world.endOfPhase();
        const reveal = { jobId: 0, ticket: seat!.ticket, salt, sketches };
        await world.step(world.client.escrow.sendJurorReveal(reveal));
        const deep = beginCell().storeRef(sketches).endCell();
        expect(
            await refusal(world.client.escrow.sendJurorReveal({ ...reveal, sketches: deep })),
        ).toBeGreaterThan(0);
        await world.audit();
    });

    /** The address of a Stake of another Market. */
    async function fakeStake(): Promise<Address> {
        const deployment = { ...world.world.deployment, market: world.client.wallet.address };
        return Promise.resolve(
            Stake.ofOperator(deployment, world.operator(3).operator.address).address,
        );
    }

    async function fakeEscrow(): Promise<Address> {
        const deployment = { ...world.world.deployment, market: world.client.wallet.address };
        return Promise.resolve(Escrow.ofClient(deployment, world.client.wallet.address).address);
    }

    /** The body of an external message, whose effect is undone. */
    async function capture(send: () => Promise<SendMessageResult>): Promise<Cell> {
        const before = world.world.chain.snapshot();
        const body = bodyOf((await send()).transactions.find(isExternal));
        await world.world.chain.loadFrom(before);
        return body;
    }
});

/** The same cell with other bits from an offset on. */
function patch(body: Cell, offset: number, words: ReturnType<typeof beginCell>): Cell {
    const slice = body.beginParse();
    const builder = beginCell().storeBits(slice.loadBits(offset)).storeBuilder(words);
    return builder.storeSlice(slice.skip(words.bits)).endCell();
}

function isExternal({ inMessage }: BlockchainTransaction): boolean {
    return inMessage?.info.type === 'external-in';
}

function bodyOf(tx: BlockchainTransaction | undefined): Cell {
    const body = tx?.inMessage?.body;
    if (body === undefined) throw new Error('There was no such message.');
    return body;
}

function isTick(body: Cell): boolean {
    return body.beginParse().preloadUint(32) === opcodes.Tick;
}
