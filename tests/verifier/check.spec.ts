import { checkFee } from '../../wrappers';
import { number, PRICE, World } from './world';

describe('A verifier', () => {
    let world: World;
    beforeEach(async () => {
        world = await World.create();
    });
    afterEach(() => world.stop());

    it('claims, seals, waits for the opening, reveals and is paid', async () => {
        const verifier = await world.verifier('one');
        const posted = await world.post(world.job([1, 2, 3]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await verifier.heard('sealing');
        await world.provider.open(posted);
        await verifier.heard('closed');
        const fee = checkFee(await world.market.getMarketParameters(), PRICE, 3);
        expect(await verifier.heard('rewarded')).toMatchObject({ reason: 'check', earned: fee });
        expect(verifier.kinds()).toEqual(
            expect.arrayContaining(['seen', 'claiming', 'claimed', 'sealed', 'revealed']),
        );
        expect((await verifier.stake.getStake()).withdrawable).toBe(fee);
        const [check] = verifier.status.recent;
        expect(check).toMatchObject({ outcome: 'passed', earned: fee });
        expect(number(1)).toBeDefined();
    });
});
