import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import { sealedWord } from '../../wrappers';
import { CheckWorld, TRUTH } from './check-world';
import { refusal } from './escrow-scenes';

describe('The seal of a verifier', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 3 });
        await world.drawn();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    async function claimed(): Promise<void> {
        await world.claim(world.operator(0));
        await world.endOfPhase();
    }

    it('stands from the end of claims on, and the provider has its window to open', async () => {
        await claimed();
        const { seal, key } = await world.sealing();
        await world.seal();
        expect(await world.checking()).toMatchObject({
            phase: 'open',
            phaseEnd: world.now + world.windows.openWindow,
            verifier: { seal: sealedWord(seal, key.publicKey) },
        });
    });

    it('is refused before the end of claims and after its window', async () => {
        await world.claim(world.operator(0));
        const { key, ...sealed } = await world.sealing();
        await world.endOfPhase(0, 1);
        const send = () => world.client.escrow.sendSeal(sealed, key.secretKey);
        expect(await refusal(send())).toBe(342);
        world.world.wait(1 + world.windows.sealWindow);
        expect(await refusal(send())).toBe(343);
        world.world.chain.now = world.now - 1;
        await world.step(send());
        expect(await refusal(send())).toBe(341);
    });

    it('is that of the best claim, and signed by its key', async () => {
        const [best, second] = await world.byTicket();
        await world.claim(second!);
        const worse = await world.sealing();
        await world.claim(best!);
        await world.endOfPhase();
        const { jobId, ticket, seal, key } = await world.sealing();
        const send = (
            sealed: typeof worse | { jobId: number; ticket: bigint; seal: bigint },
            by = key,
        ) => world.client.escrow.sendSeal(sealed, by.secretKey);
        expect(await refusal(send(worse, worse.key))).toBe(357);
        const stranger = keyPairFromSeed(sha256_sync('stranger'));
        expect(await refusal(send({ jobId, ticket, seal }, stranger))).toBe(382);
        expect(await refusal(send({ jobId, ticket, seal }, worse.key))).toBe(382);
        expect(await refusal(send({ jobId: 9, ticket, seal }))).toBe(340);
    });

    it('needs a claim', async () => {
        await world.endOfPhase();
        const { secretKey } = keyPairFromSeed(sha256_sync('stranger'));
        for (const ticket of [0n, 5n]) {
            const sent = world.client.escrow.sendSeal({ jobId: 0, ticket, seal: 1n }, secretKey);
            expect(await refusal(sent)).toBe(357);
        }
    });

    it('of an earlier round is no seal of a later one, with the same key either', async () => {
        const key = keyPairFromSeed(sha256_sync('always the same'));
        await world.claim(world.operator(0), { key });
        await world.endOfPhase();
        const { jobId, ticket, seal } = await world.sealing(TRUTH);
        await world.step(world.client.escrow.sendSeal({ jobId, ticket, seal }, key.secretKey));
        await world.open();
        await world.endOfPhase();
        await world.tick();
        await world.claim(world.operator(0), { key });
        await world.endOfPhase();
        const again = await world.checking();
        expect(again).toMatchObject({ round: 1, phase: 'seal' });
        expect(again.verifier?.ticket).not.toBe(ticket);
        const replay = world.client.escrow.sendSeal({ jobId, ticket, seal }, key.secretKey);
        expect(await refusal(replay)).toBe(357);
    });
});
