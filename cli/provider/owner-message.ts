import type { Sender, SenderArguments } from '@ton/core';
import { beginCell } from '@ton/core';
import { sleep } from '../../sdk';
import type { Owner } from '../keystore';
import {
    type Network,
    openWallet,
    requireBalance,
    transferLink,
    untilSeen,
    walletText,
} from '../network';
import { type CommandContext, formatGram } from '../terminal';

/** A wallet takes this much for a message of its own, nanoGRAM: more than it ever costs. */
const WALLET_FEES = 10_000_000n;

/** Something that only the owner of the stake may say. */
export interface OwnerMessage<T> {
    /** What it does, to end the sentence "Shall this be sent: …?". */
    readonly says: string;
    /** nanoGRAM that it carries. */
    readonly value: bigint;
    /** Sends it through a wallet. */
    readonly send: (via: Sender) => Promise<void>;
    /** What the chain shows when it has worked. */
    readonly look: () => Promise<T | undefined>;
}

export interface OwnerMessageOptions {
    readonly context: CommandContext;
    readonly network: Network;
    readonly owner: Owner;
    /** For a wallet elsewhere: prints the link and does not wait for its owner. */
    readonly noWait?: boolean | undefined;
}

/**
 * Sends a message as the owner: with the wallet of this machine after a question, or with a link
 * for a wallet elsewhere.
 *
 * @returns what the chain shows; undefined where nobody waited for the wallet elsewhere
 * @throws BalanceTooLowError, DeclinedError, NotSeenError, and what the chain throws
 */
export async function sendAsOwner<T>(
    message: OwnerMessage<T>,
    { context, network, owner, noWait }: OwnerMessageOptions,
): Promise<T | undefined> {
    const { terminal, signal } = context;
    const { chain } = network;
    const { says, value, send, look } = message;
    if (owner.kind === 'wallet') {
        const wallet = await openWallet(chain, network.id, owner.mnemonic);
        await requireBalance(chain, wallet.address, value + WALLET_FEES, `to ${says}`, signal);
        await terminal.confirm(`Send ${formatGram(value)} to ${says}?`);
        terminal.progress(`Sending ${formatGram(value)} …`);
        await send({
            address: wallet.address,
            send: (args) => wallet.send(args, { signal }),
        });
        terminal.progress('Waiting until the chain shows it …');
        return untilSeen(chain, look, { what: `what was sent to ${says}`, signal });
    }
    const { to, body } = await captured(send);
    const link = transferLink({ to, value, body: body ?? beginCell().endCell() }, network.id);
    const text = [
        `Open this link with the wallet ${walletText(owner.address)} to ${says}:`,
        '',
        `  ${link.link}`,
        '',
        'or send by hand:',
        `  to       ${link.to}`,
        `  amount   ${formatGram(value)}`,
        `  payload  ${link.payload} (base64, one bag of cells)`,
    ].join('\n');
    terminal.result({ kind: 'transfer', from: owner.address, ...link }, text);
    if (noWait === true) return undefined;
    terminal.progress('Waiting for the wallet (Ctrl-C leaves; the command can be run again) …');
    const what = `what the wallet shall ${says}`;
    return untilSeen(chain, look, { what, timeoutMs: Infinity, signal });
}

/** What a contract would have sent through a wallet. */
async function captured(send: (via: Sender) => Promise<void>): Promise<SenderArguments> {
    let found: SenderArguments | undefined;
    await send({
        send: (args) => {
            found = args;
            return Promise.resolve();
        },
    });
    if (found === undefined) throw new TypeError('Nothing was sent.');
    return found;
}

/** Waits until an account has enough, and says what it waits for. */
export async function untilFunded(
    { terminal, signal }: CommandContext,
    { chain }: Network,
    wallet: Parameters<Network['chain']['account']>[0],
    needed: bigint,
): Promise<void> {
    for (;;) {
        const { balance } = await chain.account(wallet, { signal });
        if (balance >= needed) return;
        terminal.progress(
            `Waiting for ${formatGram(needed - balance)} on ${walletText(wallet)} (Ctrl-C leaves) …`,
        );
        await sleep(chain.pollMs, signal);
    }
}
