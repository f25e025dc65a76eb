import type { NetworkProvider } from '@ton/blueprint';
import { toNano } from '@ton/core';
import { Stake } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';
import { describeStake, formatGram } from '../wrappers/describe';

/**
 * Withdraws earnings and matured bonds. Arguments: STAKE AMOUNT [OPERATING]; amounts in GRAM, and
 * `all` for all that can be withdrawn.
 */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args[1] === 'all' ? args.slice(0, 1) : args);
    const stake = provider.open(Stake.fromAddress(await given.address('Stake')));
    const before = await stake.getStake();
    const amount = args[1] === 'all' ? before.withdrawable : await given.gram('Amount');
    const operating = args[1] === 'all' ? 0n : await given.gram('From the operating balance', '0');
    if (amount > before.withdrawable) {
        throw new RangeError(`Only ${formatGram(before.withdrawable)} can be withdrawn.`);
    }
    if (amount === 0n && operating === 0n) throw new RangeError('There is nothing to withdraw.');
    await stake.sendWithdraw(provider.sender(), toNano('0.05'), { amount, operating });
    const after = await waitUntil('the withdrawal', async () => {
        const view = await stake.getStake();
        return view.withdrawable < before.withdrawable || view.operating < before.operating
            ? view
            : undefined;
    });
    provider.ui().write(describeStake(stake.address, after).join('\n'));
}
