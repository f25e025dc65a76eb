import type { NetworkProvider } from '@ton/blueprint';
import { Stake } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { describeStake } from '../wrappers/describe';

/** Shows a Stake in words. Arguments: STAKE. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const address = await new ScriptArguments(provider, args).address('Stake');
    const stake = provider.open(Stake.fromAddress(address));
    const endpoint = await stake.getEndpointUrl();
    const lines = describeStake(address, await stake.getStake());
    provider.ui().write([...lines, `  endpoint          ${endpoint ?? 'none'}`].join('\n'));
}
