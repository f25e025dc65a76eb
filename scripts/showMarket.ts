import type { NetworkProvider } from '@ton/blueprint';
import { Market } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { describeMarket } from '../wrappers/describe';

/** Shows a Market in words. Arguments: MARKET. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const address = await new ScriptArguments(provider, args).address('Market');
    const market = provider.open(Market.fromAddress(address));
    const lines = describeMarket({
        address,
        owner: await market.getOwner(),
        network: Number(await market.getNetwork()),
        timelockSeconds: Number(await market.getTimelock()),
        fees: await market.getFees(),
        parameters: await market.getMarketParameters(),
    });
    provider.ui().write(lines.join('\n'));
}
