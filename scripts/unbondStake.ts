import type { NetworkProvider } from '@ton/blueprint';
import { toNano } from '@ton/core';
import { Stake } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';
import { describeStake } from '../wrappers/describe';

/** Begins to unbond. Arguments: STAKE RESERVE COLLATERAL; amounts in GRAM. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args);
    const stake = provider.open(Stake.fromAddress(await given.address('Stake')));
    const reserve = await given.gram('Reserve to unbond');
    const collateral = await given.gram('Collateral to unbond');
    const before = await stake.getStake();
    await stake.sendUnbond(provider.sender(), toNano('0.05'), { reserve, collateral });
    const after = await waitUntil('the unbonding', async () => {
        const view = await stake.getStake();
        return view.unbonding > before.unbonding ? view : undefined;
    });
    provider.ui().write(describeStake(stake.address, after).join('\n'));
}
