import type { NetworkProvider } from '@ton/blueprint';
import { toNano } from '@ton/core';
import { Market, Stake } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';
import { describeStake } from '../wrappers/describe';

/**
 * Opens the sender's Stake. Arguments: MARKET NODE_PUBLIC_KEY RESERVE COLLATERAL [DAILY_LIMIT]
 * [OPERATING] [ENDPOINT]; amounts in GRAM.
 */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const operator = provider.sender().address;
    if (operator === undefined) throw new Error('The sender has no address; connect a wallet.');
    const given = new ScriptArguments(provider, args);
    const market = provider.open(Market.fromAddress(await given.address('Market')));
    const nodeKey = await given.hash('Public key of the node');
    const reserve = await given.gram('Reserve');
    const collateral = await given.gram('Collateral');
    const dailyLimit = await given.gram('Most that may be locked in a day', '100');
    const operating = await given.gram('Operating balance', '1');
    const endpoint = await given.text('Endpoint of the node', '');
    const stake = provider.open(Stake.fromAddress(await market.getStakeAddress(operator)));
    const before = (await provider.isContractDeployed(stake.address))
        ? (await stake.getStake()).reserve
        : -1n;
    const { openStake } = await market.getCosts();
    await market.sendOpenStake(
        provider.sender(),
        reserve + collateral + operating + openStake + toNano('0.01'),
        { nodeKey, dailyLimit, reserve, collateral, ...(endpoint === '' ? {} : { endpoint }) },
    );
    const opened = await waitUntil('the Stake', async () => {
        if (!(await provider.isContractDeployed(stake.address))) return undefined;
        const view = await stake.getStake();
        return view.bucket > 0n && view.reserve > before ? view : undefined;
    });
    provider.ui().write(describeStake(stake.address, opened).join('\n'));
}
