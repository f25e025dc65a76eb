import { beginCell, external } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import { Escrow, storeReveal } from '../../build/Escrow/Escrow_Escrow';
import { accountId } from '../../wrappers';
import { BETWEEN, CheckWorld, CLOSE, FAILED, FAR, NEAR, PRICE, SALT, TRUTH } from './check-world';
import { closingOf, refusal } from './escrow-scenes';
import { transactionOn } from './trace';

describe('The reveal of a verifier', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 2 });
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        await world.seal();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    async function revealing(kind: 'sketch' | 'broken-binding' | 'missing-data' = 'sketch') {
        const sketch = world.verifierSketch(await world.checking(), TRUTH);
        return { jobId: 0, kind, salt: SALT, sketch };
    }

    const key = () => world.claimKey(world.operator(0), 'round 0');

    it.each([
        ['the same', TRUTH],
        ['a tenth of tau away', CLOSE],
        ['over half of tau away', NEAR],
    ])('passes an opening that is %s', async (_what, opened) => {
        await world.open(opened);
        expect(closingOf(await world.reveal(), world.client)).toMatchObject({
            outcome: 'passed',
            paid: PRICE,
        });
    });

    it.each([
        ['three times tau away', BETWEEN],
        ['far away', FAR],
        ['an error', FAILED],
    ])('opens a jury over an opening that is %s, and holds the provider', async (_what, opened) => {
        await world.open(opened);
        const result = await world.reveal();
        const leaf = await world.leaf();
        expect(await world.inJury()).toMatchObject({
            phase: 'seed',
            jury: { stage: 1, cause: 'mismatch', leaf, held: true, disputer: undefined },
        });
        const { heldUntil } = await world.accused.stake.getStanding();
        expect(heldUntil).toBeGreaterThan(BigInt(world.now));
        transactionOn(result, world.client.escrow.address, Escrow.opcodes.HoldAcknowledged);
    });

    it.each([
        ['broken-binding', 'broken-binding'],
        ['missing-data', 'missing-data'],
    ] as const)('of %s opens a jury though the sketches agree', async (kind, cause) => {
        await world.open(TRUTH);
        await world.reveal(TRUTH, { kind });
        expect(await world.inJury()).toMatchObject({ jury: { cause } });
    });

    it('is refused before the opening, at its deadline, and twice', async () => {
        const send = async () => world.client.escrow.sendReveal(await revealing(), key());
        expect(await refusal(send())).toBe(341);
        await world.open();
        await world.endOfPhase();
        expect(await refusal(send())).toBe(343);
        world.world.chain.now = world.now - 1;
        const last = await revealing();
        await world.step(world.client.escrow.sendReveal(last, key()));
        expect(await refusal(world.client.escrow.sendReveal(last, key()))).toBe(340);
    });

    it('is what was sealed, by whose key it was sealed', async () => {
        await world.open();
        const sent = await revealing();
        const send = world.client.escrow.sendReveal.bind(world.client.escrow);
        const stranger = keyPairFromSeed(sha256_sync('stranger'));
        expect(await refusal(send({ ...sent, salt: SALT + 1n }, key()))).toBe(362);
        const other = world.verifierSketch(await world.checking(), NEAR);
        expect(await refusal(send({ ...sent, sketch: other }, key()))).toBe(362);
        expect(await refusal(send(sent, stranger))).toBe(362);
        expect(
            await refusal(
                send(sent, { publicKey: key().publicKey, secretKey: stranger.secretKey }),
            ),
        ).toBe(382);
    });

    it('cannot be turned into a report by who sees it first', async () => {
        await world.open();
        const sent = await revealing();
        // The signature is over the kind 0.
        const probe = world.world.chain.snapshot();
        const result = await world.step(world.client.escrow.sendReveal(sent, key()));
        const body = transactionOn(result, world.client.escrow.address, Escrow.opcodes.Reveal)
            .inMessage?.body;
        await world.world.chain.loadFrom(probe);
        const signature = body?.beginParse().skip(32).loadBuffer(64);
        for (const kind of [1n, 2n, 255n]) {
            const changed = storeReveal({
                $$type: 'Reveal',
                signature: signature ?? Buffer.alloc(64),
                jobId: 0n,
                kind,
                salt: SALT,
                key: beginCell().storeBuffer(key().publicKey, 32).endCell(),
                sketch: sent.sketch,
            });
            const message = external({
                to: world.client.escrow.address,
                body: beginCell().store(changed).endCell(),
            });
            expect(await refusal(world.world.chain.sendMessage(message))).toBe(382);
        }
        await restore();
        void accountId;
    });
});
