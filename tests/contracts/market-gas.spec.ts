import '@ton/test-utils';
import { toNano } from '@ton/core';
import {
    GasMarketDeploy,
    GasMarketFees,
    GasMarketOpen,
    GasMarketPost,
    Market as GeneratedMarket,
} from '../../build/Market/Market_Market';
import { DEVNET_PARAMETERS } from '../../wrappers';
import { gasOn } from './trace';
import { GENEROUS, World } from './world';

const op = GeneratedMarket.opcodes;

/** A bound must cover the real gas, and be at most a few per cent over it. */
function expectTight(gas: number, bound: bigint): void {
    expect(gas).toBeLessThanOrEqual(Number(bound));
    expect(gas).toBeGreaterThan(Number(bound) * 0.93);
}

describe('the gas of the Market', () => {
    it('stays under GasMarketPost, and with a new Escrow under GasMarketDeploy more', async () => {
        const world = await World.create({ timelockSeconds: 0 });
        const client = await world.client();
        const first = await world.post(client);
        const same = await world.post(client, { jobId: 1 });
        const next = { ...DEVNET_PARAMETERS, version: 2 };
        await world.market.sendProposeParameters(world.owner.getSender(), GENEROUS, next);
        await world.market.sendApplyParameters(world.owner.getSender(), GENEROUS);
        const changed = await world.post(client, { jobId: 2 });
        const second = await world.client('client', 65_535);
        const last = await world.post(second, { index: 65_535, ceiling: toNano('100000') });
        const gas = (trace: typeof first) => gasOn(trace, world.market.address, op.Post);
        const normal = Math.max(gas(same), gas(changed));
        expectTight(normal, GasMarketPost);
        expectTight(Math.max(gas(first), gas(last)), GasMarketPost + GasMarketDeploy);
        expectTight(Math.max(gas(first), gas(last)) - normal, GasMarketDeploy);
    });

    it('stays under GasMarketFees', async () => {
        const world = await World.create();
        const brought = await world.market.send(
            world.owner.getSender(),
            { value: GENEROUS },
            { $$type: 'Fees' },
        );
        expectTight(gasOn(brought, world.market.address, op.Fees), GasMarketFees);
    });

    it('stays under GasMarketOpen', async () => {
        const world = await World.create();
        const operator = await world.chain.treasury('operator');
        const { openStake } = await world.market.getCosts();
        const opened = await world.market.sendOpenStake(operator.getSender(), openStake + 4n, {
            nodeKey: Buffer.alloc(32, 1),
            dailyLimit: 1n,
            reserve: 2n,
            collateral: 2n,
            endpoint: `http://${'a'.repeat(113)}`,
        });
        expectTight(gasOn(opened, world.market.address, op.OpenStake), GasMarketOpen);
    });
});
