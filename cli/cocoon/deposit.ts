import { Command } from 'commander';
import { depositSurplus, withdrawSurplus } from '../../sdk';
import type { ConfigFlags } from '../config';
import { BalanceTooLowError } from '../network';
import { type CommandContext, formatGram, gramAmount, UsageError } from '../terminal';
import { type Client, openClient } from './client';
import { takeLock } from './jobs/lock';

interface Flags extends ConfigFlags {
    readonly withdraw?: true;
}

/** What the wallet keeps for its own fees and the gas of the message, nanoGRAM. */
const WALLET_FEE = 50_000_000n;
const LOCK_WAIT_MS = 180_000;

/** `cocoon deposit`: money in the Escrow, from which jobs are posted without the wallet. */
export function depositCommand(context: CommandContext): Command {
    const command = new Command('deposit')
        .description('put money aside for jobs that are posted without a signature of the wallet')
        .argument('[amount]', 'GRAM to move from the wallet into your Escrow', gramAmount)
        .option('--withdraw', 'take back to the wallet what no job needs')
        .addHelpText(
            'after',
            `
A job that "cocoon submit --from-deposit" posts costs the gas of one message less, and what is left of
it stays in the deposit. The key that may post follows from the words of your wallet, and can spend
the deposit on jobs, never take it away. Your Escrow comes with the first job, which the wallet posts.

Examples:
  $ cocoon deposit 2
  $ cocoon submit silero-vad --items frames.jsonl --from-deposit
  $ cocoon deposit --withdraw`,
        );
    return command.action(async (amount: bigint | undefined) => {
        const flags = command.optsWithGlobals<Flags>();
        if ((amount === undefined) === (flags.withdraw === undefined)) {
            throw new UsageError('Say how much to deposit, or --withdraw.', 'cocoon deposit 2');
        }
        const client = await openClient(flags, context);
        if (amount === undefined) await withdraw(client);
        else await deposit(amount, client);
    });
}

async function deposit(amount: bigint, client: Client): Promise<void> {
    const { network, context, address } = client;
    const { terminal, signal } = context;
    const { chain, deployment } = network;
    const { balance } = await chain.account(address, { signal });
    if (balance < amount + WALLET_FEE) {
        throw new BalanceTooLowError(address, balance, amount + WALLET_FEE, 'for the deposit');
    }
    await terminal.confirm(`Move ${formatGram(amount)} from the wallet into your Escrow?`);
    const sender = await client.wallet();
    const postingKey = await client.postingKey();
    const { surplus } = await locked(client, () =>
        depositSurplus({ chain, deployment, sender, amount, postingKey, signal }),
    );
    terminal.result(
        { deposited: amount, available: surplus },
        `${formatGram(surplus)} are there for jobs with --from-deposit.`,
    );
}

async function withdraw(client: Client): Promise<void> {
    const { network, context } = client;
    const { terminal, signal } = context;
    const { chain, deployment } = network;
    await terminal.confirm('Take the deposit back to the wallet?');
    const sender = await client.wallet();
    const { surplus } = await locked(client, () =>
        withdrawSurplus({ chain, deployment, sender, signal }),
    );
    terminal.result(
        { available: surplus },
        `The deposit is back in the wallet; ${formatGram(surplus)} are left in your Escrow.`,
    );
}

/** One command at a time sends from the wallet. */
async function locked<T>(client: Client, work: () => Promise<T>): Promise<T> {
    const { signal } = client.context;
    const what = 'posts from the same wallet';
    const lock = await takeLock(client.postingLock, { what, waitMs: LOCK_WAIT_MS, signal });
    try {
        return await work();
    } finally {
        await lock.release();
    }
}
