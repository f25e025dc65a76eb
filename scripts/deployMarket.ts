import type { NetworkProvider } from '@ton/blueprint';
import { toNano } from '@ton/core';
import { DEVNET_PARAMETERS, MAIN_PARAMETERS, Market } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';

const WEEK = 7 * 86_400;

/**
 * Deploys a Market whose owner is the sender.
 *
 * Arguments: `main` (default) or `embedded` for the short windows of the embedded chain.
 */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const owner = provider.sender().address;
    if (owner === undefined) throw new Error('The sender has no address; connect a wallet.');
    const kind = await new ScriptArguments(provider, args).text('Parameters', 'main');
    if (kind !== 'main' && kind !== 'embedded') {
        throw new RangeError(`Parameters are main or embedded, not ${kind}.`);
    }
    const market = provider.open(
        await Market.fromConfig({
            owner,
            network: provider.network() === 'mainnet' ? -239 : -3,
            timelockSeconds: kind === 'main' ? WEEK : 60,
            parameters: kind === 'main' ? MAIN_PARAMETERS : DEVNET_PARAMETERS,
        }),
    );
    if (await provider.isContractDeployed(market.address)) {
        provider.ui().write(`This Market is deployed already: ${market.address.toString()}`);
        return;
    }
    await market.sendDeploy(provider.sender(), toNano('0.5'));
    await provider.waitForDeploy(market.address, 60, 1000);
    provider.ui().write(`Market: ${market.address.toString()}`);
}
