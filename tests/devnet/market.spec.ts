import { cleanUp, clientOf, start, statePath } from './world';
import { DEVNET_PARAMETERS, Market } from '../../wrappers';

afterEach(cleanUp);

describe('The market of an embedded chain', () => {
    it('is there when the chain has started, with short windows', async () => {
        const devnet = await start({ market: true });
        if (devnet.market === undefined) throw new Error('there is no market');
        const market = clientOf(devnet).open(Market.fromAddress(devnet.market));
        expect(await market.getMarketParameters()).toEqual(DEVNET_PARAMETERS);
        expect(devnet.status().market).toBe(devnet.market.toRawString());
    });

    it('has one address on all chains of a global id', async () => {
        const [one, two] = [await start({ market: true }), await start({ market: true })];
        const other = await start({ market: true, globalId: 7 });
        expect(two.market).toEqualAddress(one.market!);
        expect(other.market).not.toEqualAddress(one.market!);
    });

    it('stays when the chain is resumed', async () => {
        const path = statePath();
        const first = await start({ market: true, statePath: path });
        const seqno = first.status().seqno;
        await first.stop();
        const resumed = await start({ market: true, statePath: path });
        expect(resumed.market).toEqualAddress(first.market!);
        expect(resumed.status().seqno).toBe(seqno);
    });

    it('is not there unless it was asked for', async () => {
        const devnet = await start();
        expect(devnet.market).toBeUndefined();
    });
});
