import { Command } from 'commander';
import { type ConfigFlags, configFrom } from '../config';
import { openChain } from '../network';
import { type CommandContext, formatGram } from '../terminal';
import { clientAddress } from './client-wallet';

/** `cocoon wallet`: where to send money, and what is there. */
export function walletCommand(context: CommandContext): Command {
    const command = new Command('wallet')
        .description('show the address and the balance of the wallet; keys are never shown')
        .addHelpText(
            'after',
            `
Examples:
  $ cocoon wallet
  $ cocoon --network testnet wallet --json`,
        );
    return command.action(async () => {
        const { terminal, env, signal } = context;
        const config = configFrom(command.optsWithGlobals<ConfigFlags>(), env);
        const { network } = config;
        const wallet = await clientAddress(config, context);
        const account = await openChain(network).account(wallet, { signal });
        const address = wallet.toString({
            testOnly: network.networkId !== -239,
            bounceable: false,
        });
        terminal.result(
            {
                address,
                raw: wallet.toRawString(),
                network: network.name,
                balance: account.balance,
            },
            `${address}\n${formatGram(account.balance)} on ${network.name}`,
        );
    });
}
