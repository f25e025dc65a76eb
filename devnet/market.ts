import { type Address, internal, toNano } from '@ton/core';
import { DEVNET_PARAMETERS, Market } from '../wrappers';
import type { Chain } from './chain';
import { FaucetEmptyError } from './errors';
import { GIVER } from './genesis';
import { sendFromGiver } from './giver';

/** Rent of the Market for many years of any devnet, nanoGRAM. */
const MARKET_BALANCE = toNano('1');

/**
 * Deploys a Market with the short windows of embedded chains, unless the chain has it already. Its
 * owner is the giver, so that its address follows from the contracts alone.
 */
export async function deployMarket(chain: Chain, globalId: number): Promise<Address> {
    const { address, init } = await Market.fromConfig({
        owner: GIVER.address,
        network: globalId,
        timelockSeconds: 3600,
        parameters: DEVNET_PARAMETERS,
    });
    if (chain.account(address).status === 'active') return address;
    const message = internal({
        to: address,
        value: MARKET_BALANCE,
        bounce: false,
        ...(init !== undefined && { init }),
    });
    const deployed = await sendFromGiver(chain, message);
    if (deployed === undefined) throw new FaucetEmptyError(MARKET_BALANCE);
    return address;
}
