import { beginCell, type Cell, external } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import { type JointReveal, storeJointReveal } from '../../build/Escrow/Escrow_Escrow';
import {
    accountId,
    type SealedOpening,
    sealedWord,
    signEscrowWords,
    signSeal,
    verifierSeal,
} from '../../wrappers';
import { BETWEEN, CheckWorld, CLOSE, FAR, NEAR, PRICE, SALT, SAYS, TRUTH } from './check-world';
import { closingOf, refusal } from './escrow-scenes';
import type { Provider } from './world';

const STRANGER = keyPairFromSeed(sha256_sync('stranger'));

describe('A joint reveal', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    /** What the verifier says, with what goes into it. */
    async function revealing(opened = NEAR) {
        const { key, ...sealed } = await world.sealing();
        const sketch = world.verifierSketch(await world.checking(), TRUTH);
        const opening = await world.openingFor(opened, { seal: sealed.seal });
        return { reveal: { ...sealed, salt: SALT, sketch }, opening, key };
    }

    type Said = Awaited<ReturnType<typeof revealing>>;
    const send = ({ reveal, opening, key }: Said) =>
        world.client.escrow.sendJointReveal(reveal, opening, key.secretKey);

    it.each([
        ['the same', TRUTH],
        ['a tenth of tau away', CLOSE],
        ['over half of tau away', NEAR],
    ])('passes an opening that is %s, in one message', async (_what, opened) => {
        expect(closingOf(await world.revealJointly(TRUTH, opened), world.client)).toMatchObject({
            outcome: 'passed',
            paid: PRICE,
        });
        expect(await world.earned(world.accused)).toBe(PRICE - PRICE / 100n);
        expect(await world.earned(world.operator(0))).toBe(world.fee());
        expect((await world.accused.stake.getStake()).record).toBe(1000n);
    });

    it("lets a silent client's job be disputed, as any pass", async () => {
        await world.drawn(1, { silent: true });
        await world.claim(world.operator(1), { jobId: 1 });
        await world.endOfPhase(1);
        await world.revealJointly(TRUTH, NEAR, { jobId: 1 });
        expect(await world.inAppeal(1)).toMatchObject({ finding: 'passed', accepted: false });
        await world.endOfPhase(1);
        expect(closingOf(await world.tick(1), world.client)).toMatchObject({
            outcome: 'passed-silent',
        });
    });

    it.each([
        ['three times tau away', BETWEEN],
        ['far away', FAR],
    ])('opens a jury over an opening that is %s, which judges it', async (_what, opened) => {
        await world.revealJointly(TRUTH, opened);
        const leaf = await world.leaf();
        const { jury, opened: judged } = await world.inJury();
        expect(jury).toMatchObject({ stage: 1, cause: 'mismatch', leaf, held: true });
        expect(judged?.hash()).toBeDefined();
        await world.jury(SAYS.unbound);
        await world.endOfPhase();
        expect(closingOf(await world.tick(), world.client)).toMatchObject({ outcome: 'convicted' });
    });

    it('is refused before the end of claims, after the window of seals, and twice', async () => {
        const said = await revealing();
        world.world.chain.now = world.now - 1;
        expect(await refusal(send(said))).toBe(342);
        world.world.wait(1 + world.windows.sealWindow);
        expect(await refusal(send(said))).toBe(343);
        world.world.chain.now = world.now - 1;
        await world.step(send(said));
        expect(await refusal(send(said))).toBe(340);
    });

    it('is refused once something was sealed on chain, and after a round', async () => {
        const said = await revealing();
        await world.seal();
        expect(await refusal(send(said))).toBe(341);
        await world.open();
        expect(await refusal(send(said))).toBe(341);
        await world.endOfPhase();
        await world.tick();
        expect(await refusal(send(said))).toBe(342);
        await world.endOfPhase();
        expect(await refusal(send(said))).toBe(357);
        await restore();
        expect(await refusal(send({ ...said, reveal: { ...said.reveal, jobId: 9 } }))).toBe(340);
    });

    it('of an earlier round counts for no later one, with the same key either', async () => {
        const key = keyPairFromSeed(sha256_sync('always the same'));
        await world.endOfPhase();
        await world.tick();
        const round1 = async () => {
            await world.claim(world.operator(0), { key });
            await world.endOfPhase();
            const job = await world.checking();
            const { ticket = 0n } = job.verifier ?? {};
            const sketch = world.verifierSketch(job, TRUTH);
            const id = accountId(world.operator(0).stake.address);
            const seal = verifierSeal(sketch, SALT, id, asNumber(key.publicKey));
            const opening = await world.openingFor(NEAR, { seal });
            return { reveal: { jobId: 0, ticket, seal, salt: SALT, sketch }, opening, key };
        };
        const first = await round1();
        await world.endOfPhase();
        await world.tick();
        const second = await round1();
        expect(await refusal(send(first))).toBe(382);
        // What the provider has opened for the first seal is nothing for the second.
        const mixed = { ...second, opening: { ...second.opening, ...sigOf(first.opening) } };
        expect(await refusal(send(mixed))).toBe(382);
        const old = { ...second, reveal: { ...first.reveal, ticket: second.reveal.ticket } };
        expect(await refusal(send({ ...old, opening: first.opening }))).toBe(382);
        await world.step(send(second));
    });

    it("is signed by the claim's key over this seal and ticket", async () => {
        const said = await revealing();
        expect(await refusal(send({ ...said, key: STRANGER }))).toBe(382);
        const { reveal } = said;
        expect(await refusal(send({ ...said, reveal: { ...reveal, ticket: 5n } }))).toBe(382);
        expect(await refusal(send({ ...said, reveal: { ...reveal, salt: SALT + 1n } }))).toBe(382);
        const other = world.verifierSketch(await world.checking(), NEAR);
        expect(await refusal(send({ ...said, reveal: { ...reveal, sketch: other } }))).toBe(382);
        expect(await refusal(send({ ...said, reveal: { ...reveal, seal: 1n } }))).toBe(382);
    });

    it('holds what the provider gave for this seal, and no other opening', async () => {
        const said = await revealing();
        const { opening, reveal } = said;
        const having = (changes: Partial<SealedOpening>) =>
            refusal(send({ ...said, opening: { ...opening, ...changes } }));
        expect(await having({ seed: opening.seed ^ 1n })).toBe(344);
        expect(await having({ publicKey: STRANGER.publicKey })).toBe(344);
        // Another sketch, another seal, another round.
        const far = world.verifierSketch(await world.checking(), FAR);
        expect(await having({ sketch: far })).toBe(382);
        expect(await having({ sketch: reveal.sketch })).toBe(382);
        expect(await having(await world.openingFor(NEAR, { seal: 1n }))).toBe(382);
        expect(await having(await world.openingFor(NEAR, { round: 1 }))).toBe(382);
        // What opens on chain opens nothing here, nor the other way round.
        const { escrow } = world.client;
        const key = world.world.jobKey(world.accused, 0);
        const words = beginCell()
            .storeUint(0, 32)
            .storeUint(0, 8)
            .storeBuffer(opening.sketch.hash());
        expect(
            await having({
                signature: signEscrowWords('Open', escrow.address, words, key.secretKey),
            }),
        ).toBe(382);
    });

    it("of another job's key, or of another Escrow, is none", async () => {
        await world.drawn(1);
        const said = await revealing();
        const foreign = await world.openingFor(NEAR, { keyOf: 1, seal: said.reveal.seal });
        expect(await refusal(send({ ...said, opening: foreign }))).toBe(344);
        const elsewhere = world.accused.stake.address;
        const words = beginCell()
            .storeUint(0, 32)
            .storeUint(said.reveal.ticket, 96)
            .storeUint(said.reveal.seal, 256);
        const signature = signEscrowWords('JointReveal', elsewhere, words, said.key.secretKey);
        expect(await refusal(raw(said, { signature }))).toBe(382);
    });

    it('cannot be made by one side, or by who overhears it', async () => {
        const said = await revealing();
        const { escrow } = world.client;
        const id = accountId(world.operator(0).stake.address);
        const job = await world.checking();
        const claimed = job.verifier?.seal ?? 0n;
        // The provider seals its own sketch in the verifier's name.
        const forged = verifierSeal(said.opening.sketch, SALT, id, claimed);
        const opening = await world.openingFor(NEAR, { seal: forged });
        const reveal = { ...said.reveal, seal: forged, sketch: opening.sketch };
        const { secretKey } = world.world.jobKey(world.accused, 0);
        expect(await refusal(escrow.sendJointReveal(reveal, opening, secretKey))).toBe(382);
        // Nor does the verifier's signature over a Seal, which the provider has, make one.
        const signature = signSeal(escrow.address, said.reveal, said.key.secretKey);
        expect(await refusal(raw(said, { signature }))).toBe(382);
        // The verifier opens what it likes in the provider's name.
        const own = { ...said.opening, signature: sign(said, said.key.secretKey) };
        expect(await refusal(send({ ...said, opening: own }))).toBe(382);
        // Who overhears it can neither seal nor reveal with its signatures.
        const { jobId, ticket, seal } = said.reveal;
        expect(await refusal(escrow.sendSeal({ jobId, ticket, seal }, STRANGER.secretKey))).toBe(
            382,
        );
    });

    it('needs a claim', async () => {
        const said = await revealing();
        await world.endOfPhase();
        await world.tick();
        await world.endOfPhase();
        expect(await refusal(send(said))).toBe(357);
    });

    it('holds its words and nothing else, and sketches in size', async () => {
        const said = await revealing();
        const cell = beginCell().endCell();
        const body = (changes: Partial<JointReveal>) =>
            beginCell().store(storeJointReveal({ ...partsOf(said), ...changes }));
        const open = partsOf(said).opening.asBuilder();
        for (const padded of [
            body({}).storeBit(0),
            body({}).storeRef(cell),
            body({ opening: beginCell().storeBuilder(open).storeBit(0).endCell() }),
            body({ opening: beginCell().storeBuilder(open).storeRef(cell).endCell() }),
        ]) {
            expect(await refusal(deliver(padded.endCell()))).toBe(355);
        }
        const deep = beginCell().storeRef(beginCell().storeRef(cell)).endCell();
        expect(await refusal(deliver(body({ sketch: deep }).endCell()))).toBe(363);
        const opening = await world.openingFor(NEAR, { seal: said.reveal.seal });
        expect(await refusal(send({ ...said, opening: { ...opening, sketch: deep } }))).toBe(363);
    });

    const deliver = (body: Cell) =>
        world.world.chain.sendMessage(external({ to: world.client.escrow.address, body }));

    /** The message with other words than the wrapper gives it. */
    function raw(said: Said, changes: Partial<JointReveal>) {
        return deliver(
            beginCell()
                .store(storeJointReveal({ ...partsOf(said), ...changes }))
                .endCell(),
        );
    }

    function sign({ reveal }: Said, secretKey: Uint8Array): Buffer {
        const words = beginCell()
            .storeUint(reveal.jobId, 32)
            .storeUint(reveal.ticket, 96)
            .storeUint(reveal.seal, 256);
        return signEscrowWords('JointReveal', world.client.escrow.address, words, secretKey);
    }

    function partsOf(said: Said): JointReveal {
        const { reveal, opening } = said;
        return {
            $$type: 'JointReveal',
            signature: sign(said, said.key.secretKey),
            jobId: BigInt(reveal.jobId),
            salt: reveal.salt,
            sketch: reveal.sketch,
            opening: beginCell()
                .storeBuffer(Buffer.from(opening.signature))
                .storeUint(opening.seed, 128)
                .storeBuffer(Buffer.from(opening.publicKey))
                .storeRef(opening.sketch)
                .endCell(),
        };
    }
});

describe('A seal that contradicts another', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    const lost = async (verifier: Provider, before: bigint) =>
        before - (await world.worth(verifier));

    it('costs a verifier that copies what the provider told it its bond, and the round', async () => {
        const verifier = world.operator(0);
        const before = await world.worth(verifier);
        // Junk was sealed off chain; the copy is sealed on chain.
        await world.seal(NEAR);
        await world.showSeal(FAR);
        expect(await world.checking()).toMatchObject({
            phase: 'claim',
            round: 1,
            verifier: undefined,
        });
        expect(await lost(verifier, before)).toBe(0n);
        expect(closingOf(await world.check(), world.client)).toMatchObject({ outcome: 'passed' });
        expect(await lost(verifier, before)).toBeLessThan(0n);
        expect(await world.earned(verifier)).toBe(world.fee());
    });

    it('burns the bond but for what the next round costs', async () => {
        const bond = await world.verifierBond();
        await world.seal(NEAR);
        const { held } = await world.checking();
        await world.showSeal(FAR);
        const after = await world.checking();
        expect(after.held).toBeLessThan(held - bond + world.fee());
        expect(after.held).toBeGreaterThanOrEqual(held - bond);
    });

    it('counts while the provider may open and the verifier reveal, and not later', async () => {
        const shown = async () => refusal(world.showSeal(FAR));
        expect(await shown()).toBe(341);
        await world.seal(NEAR);
        await world.endOfPhase();
        expect(await shown()).toBe(343);
        world.world.chain.now = world.now - 1;
        await world.open(NEAR);
        await world.endOfPhase();
        expect(await shown()).toBe(343);
        world.world.chain.now = world.now - 1;
        await world.showSeal(FAR);
        expect(await world.checking()).toMatchObject({ phase: 'claim', round: 1 });
        expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
    });

    it('is another seal, of the same claim, signed by its key', async () => {
        const { escrow } = world.client;
        const { key, ...sealed } = await world.sealing(FAR);
        await world.seal(NEAR);
        const signature = signSeal(escrow.address, sealed, key.secretKey);
        const show = (signed = signature, by: Uint8Array = key.publicKey, seal = sealed.seal) =>
            escrow.sendEquivocated({ jobId: 0, seal }, signed, by);
        const same = await world.sealing(NEAR);
        const again = signSeal(escrow.address, same, key.secretKey);
        expect(await refusal(show(again, key.publicKey, same.seal))).toBe(362);
        // Anybody can sign for a key of its own.
        const forged = signSeal(escrow.address, sealed, STRANGER.secretKey);
        expect(await refusal(show(forged, STRANGER.publicKey))).toBe(357);
        expect(await refusal(show(forged))).toBe(382);
        expect(await refusal(show(signature, key.publicKey, 7n))).toBe(382);
        const elsewhere = signSeal(world.accused.stake.address, sealed, key.secretKey);
        expect(await refusal(show(elsewhere))).toBe(382);
        for (const other of [{ ticket: sealed.ticket + 1n }, { jobId: 1 }]) {
            const signed = signSeal(escrow.address, { ...sealed, ...other }, key.secretKey);
            expect(await refusal(show(signed))).toBe(382);
        }
        expect(
            await refusal(escrow.sendEquivocated({ jobId: 9, seal: 1n }, signature, key.publicKey)),
        ).toBe(340);
        await world.step(show());
    });

    it('is none in another round, with the same key either', async () => {
        const key = keyPairFromSeed(sha256_sync('always the same'));
        const { escrow } = world.client;
        await world.endOfPhase();
        await world.tick();
        await world.claim(world.operator(0), { key });
        await world.endOfPhase();
        const { ticket = 0n } = (await world.checking()).verifier ?? {};
        const signature = signSeal(escrow.address, { jobId: 0, ticket, seal: 1n }, key.secretKey);
        await world.endOfPhase();
        await world.tick();
        await world.claim(world.operator(0), { key });
        await world.endOfPhase();
        const again = (await world.checking()).verifier?.ticket ?? 0n;
        await world.step(
            escrow.sendSeal({ jobId: 0, ticket: again, seal: 1n << 200n }, key.secretKey),
        );
        expect(
            await refusal(escrow.sendEquivocated({ jobId: 0, seal: 1n }, signature, key.publicKey)),
        ).toBe(382);
    });

    it('brings a jury after the last round, paid by the bond', async () => {
        for (const round of [0, 1, 2]) {
            if (round > 0) {
                await world.claim(world.operator(0));
                await world.endOfPhase();
            }
            await world.seal(NEAR);
            await world.open(NEAR);
            await world.showSeal(FAR);
        }
        expect(await world.inJury()).toMatchObject({ jury: { cause: 'stalled' } });
        await world.jury(SAYS.right);
        await world.endOfPhase();
        expect(closingOf(await world.tick(), world.client)).toMatchObject({
            outcome: 'passed',
            paid: PRICE,
        });
        expect(await world.earned(world.operator(0))).toBe(0n);
    });

    it('is held against half of the seal and half of the key', async () => {
        const { seal, key } = await world.sealing(NEAR);
        await world.seal(NEAR);
        const word = (await world.checking()).verifier?.seal ?? 0n;
        expect(word).toBe(sealedWord(seal, key.publicKey));
        expect(word >> 128n).toBe(seal >> 128n);
        expect(BigInt.asUintN(128, word)).toBe(BigInt.asUintN(128, asNumber(key.publicKey)));
    });
});

function asNumber(bytes: Uint8Array): bigint {
    return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function sigOf({ signature }: SealedOpening): Pick<SealedOpening, 'signature'> {
    return { signature };
}
