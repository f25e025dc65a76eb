import { beginCell, external, toNano } from '@ton/core';
import { storeOpen } from '../../build/Escrow/Escrow_Escrow';
import { signEscrowWords } from '../../wrappers';
import { CheckWorld, FAR, NEAR, PRICE, TRUTH } from './check-world';
import { closingOf, refusal } from './escrow-scenes';
import { logsOf } from './trace';

describe('The opening of the provider', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 3 });
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        await world.seal();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    async function opening(round?: number) {
        const job = await world.checking();
        return { jobId: 0, round: round ?? job.round, sketch: world.verifierSketch(job, NEAR) };
    }

    it('is stored for all to see, and the verifier has its window to reveal', async () => {
        await world.open(NEAR);
        const job = await world.checking();
        expect(job).toMatchObject({
            phase: 'reveal',
            phaseEnd: world.now + world.windows.revealWindow,
        });
        expect(job.opened?.equals(world.verifierSketch(job, NEAR))).toBe(true);
    });

    it('is refused before the seal, at its deadline, and twice', async () => {
        const key = world.world.jobKey(world.accused, 0);
        const send = async () => world.client.escrow.sendOpen(await opening(), key);
        await world.endOfPhase();
        expect(await refusal(send())).toBe(343);
        world.world.chain.now = world.now - 1;
        await world.step(send());
        expect(await refusal(send())).toBe(341);
        await world.drawn(1);
        const other = { ...(await opening()), jobId: 1 };
        expect(await refusal(world.client.escrow.sendOpen(other, key))).toBe(341);
    });

    it('is signed by the key of the job, which it shows', async () => {
        const key = world.world.jobKey(world.accused, 0);
        const other = world.world.jobKey(world.accused, 1);
        const send = world.client.escrow.sendOpen.bind(world.client.escrow);
        expect(await refusal(send(await opening(), other))).toBe(344);
        expect(await refusal(send(await opening(), { ...key, secretKey: other.secretKey }))).toBe(
            382,
        );
        expect(await refusal(send(await opening(1), key))).toBe(382);
    });

    it('of an earlier round is refused in a later one', async () => {
        const key = world.world.jobKey(world.accused, 0);
        const first = await opening();
        await world.step(world.client.escrow.sendOpen(first, key));
        await world.endOfPhase();
        await world.tick();
        await world.claim(world.operator(1));
        await world.endOfPhase();
        await world.seal();
        expect(await refusal(world.client.escrow.sendOpen(first, key))).toBe(382);
        await world.open();
    });

    it('is a sketch in size, whatever it holds', async () => {
        const key = world.world.jobKey(world.accused, 0);
        const send = (sketch: ReturnType<typeof beginCell>) =>
            world.client.escrow.sendOpen({ jobId: 0, round: 0, sketch: sketch.endCell() }, key);
        const full = beginCell().storeBuffer(Buffer.alloc(127)).endCell();
        const deep = beginCell().storeRef(beginCell().storeRef(full).endCell());
        expect(await refusal(send(deep))).toBe(363);
        const five = beginCell();
        for (let i = 0; i < 4; i++) five.storeRef(beginCell().storeUint(i, 8).endCell());
        expect(await refusal(send(five))).toBe(363);
        const wide = beginCell().storeBuffer(Buffer.alloc(127));
        for (let i = 0; i < 2; i++) {
            wide.storeRef(beginCell().storeUint(i, 8).storeBuffer(Buffer.alloc(126)).endCell());
        }
        expect(await refusal(send(wide))).toBe(363);
        // What is no sketch is taken, and will be a mismatch.
        await world.step(send(beginCell()));
        await world.reveal();
        expect(await world.inJury()).toMatchObject({ jury: { cause: 'mismatch' } });
    });

    it('holds its words and nothing else', async () => {
        const key = world.world.jobKey(world.accused, 0);
        const { sketch } = await opening();
        const words = beginCell().storeUint(0, 32).storeUint(0, 8).storeBuffer(sketch.hash(), 32);
        const signature = signEscrowWords(
            'Open',
            world.client.escrow.address,
            words,
            key.secretKey,
        );
        const { seed } = key;
        const shown = beginCell().storeBuffer(Buffer.from(key.publicKey), 32);
        const genuine = { $$type: 'Open', signature, jobId: 0n, seed, sketch } as const;
        const open = storeOpen({ ...genuine, key: shown.asCell() });
        const fats = [
            storeOpen({ ...genuine, key: beginCell().storeBuilder(shown).storeBit(0).endCell() }),
            storeOpen({
                ...genuine,
                key: beginCell().storeBuilder(shown).storeRef(sketch).endCell(),
            }),
        ];
        const to = world.client.escrow.address;
        for (const padded of [
            beginCell().store(open).storeBit(0).endCell(),
            beginCell().store(open).storeRef(sketch).endCell(),
            ...fats.map((long) => beginCell().store(long).endCell()),
        ]) {
            expect(
                await refusal(world.world.chain.sendMessage(external({ to, body: padded }))),
            ).toBe(355);
        }
        const other = storeOpen({ ...genuine, seed: seed ^ 1n, key: shown.asCell() });
        expect(
            await refusal(
                world.world.chain.sendMessage(
                    external({ to, body: beginCell().store(other).endCell() }),
                ),
            ),
        ).toBe(344);
    });

    it('convicts the provider when it is missing, at once, whoever ticks', async () => {
        await world.endOfPhase(0, 1);
        expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
        world.world.wait(1);
        const operating = await world.operating(world.operator(0));
        const result = await world.tick();

        expect(closingOf(result, world.client)).toMatchObject({ outcome: 'convicted', paid: 0n });
        expect(await world.accused.stake.getStanding()).toMatchObject({ convicted: true });
        const bond = await world.verifierBond();
        const back = (await world.operating(world.operator(0))) - operating;
        expect(back).toBeGreaterThanOrEqual(bond);
        expect(back - bond).toBeLessThan(toNano('0.001'));
        // The fee of the check, and ten of them for the catch.
        const earned = await world.earned(world.operator(0));
        expect(earned).toBeGreaterThan(11n * world.fee() - toNano('0.001'));
        expect(earned).toBeLessThanOrEqual(11n * world.fee());
        expect(logsOf(result, world.accused.stake.address)).toHaveLength(2);
    });
});

void FAR;
void PRICE;
void TRUTH;
