import type { Address } from '@ton/core';
import { formatGram } from '../terminal';
import type { StakeView } from '../../wrappers';
import { stakeInit } from '../../wrappers';
import { nodeKeyPair, type ProviderKeys } from '../keystore';
import { askFaucet, type Network, openWallet, walletText } from '../network';
import type { CommandContext } from '../terminal';
import { SetupError } from './errors';
import { sendAsOwner, untilFunded } from './owner-message';
import { openedStake } from './session';

/** What a stake is opened with; nanoGRAM. */
export interface StakeAmounts {
    readonly reserve: bigint;
    readonly collateral: bigint;
    readonly operating: bigint;
    readonly dailyLimit: bigint;
}

export interface OpenStakeRequest {
    readonly context: CommandContext;
    readonly network: Network;
    readonly keys: ProviderKeys;
    readonly owner: Address;
    readonly amounts: StakeAmounts;
    /** Where clients reach the node; undefined for one that only verifies. */
    readonly endpoint: string | undefined;
    /** Asks the faucet of an embedded chain for what is missing. */
    readonly faucet: boolean;
    /** Leaves where somebody would have to be waited for. */
    readonly noWait: boolean;
}

/** Rounding of prices between the question and the message, nanoGRAM; it stays with the stake. */
const MARGIN = 10_000_000n;
/** The most that a wallet owes for its storage when GRAM arrive, nanoGRAM; part of `LATER`. */
const STORAGE = 10_000_000n;
/** What stays in the owner's wallet to pause, withdraw or unbond with, nanoGRAM. */
const LATER = 100_000_000n;

/**
 * Opens the stake of an owner through the Market, unless it is open.
 *
 * @returns undefined where money or the owner's wallet is waited for and `noWait` is set
 * @throws SetupError `STAKE_TOO_SMALL`, BalanceTooLowError, FaucetError, DeclinedError
 */
export async function openStake(request: OpenStakeRequest): Promise<StakeView | undefined> {
    const { context, network, keys, owner, amounts, endpoint, faucet, noWait } = request;
    const { terminal, signal } = context;
    const { address } = stakeInit(network.deployment, owner);
    const look = () => openedStake(network, address, signal);
    const before = await look();
    if (before !== undefined) return before;
    await assertUseful(network, amounts);

    const { reserve, collateral, operating, dailyLimit } = amounts;
    const { openStake: opening } = await network.market.getCosts();
    const value = reserve + collateral + operating + opening + MARGIN;
    terminal.note(
        `The stake takes ${formatGram(value)}: ${formatGram(reserve)} of reserve and ` +
            `${formatGram(collateral)} of collateral, which come back after unbonding, ` +
            `${formatGram(operating)} for messages, and ${formatGram(opening + MARGIN)} for opening it.`,
    );
    if (keys.owner.kind === 'wallet') {
        const needed = value + LATER;
        const { address: wallet } = await openWallet(
            network.chain,
            network.id,
            keys.owner.mnemonic,
        );
        const { balance } = await network.chain.account(wallet, { signal });
        if (balance < needed) {
            terminal.note(
                `The owner's wallet ${walletText(wallet)} needs ${formatGram(needed)}, ` +
                    `of which ${formatGram(LATER)} stay there for later messages.`,
            );
            if (faucet) {
                terminal.progress('Asking the faucet …');
                await askFaucet(network.config, wallet, needed - balance, signal);
            } else if (noWait) return undefined;
            // What arrives pays a little storage first, which shall keep nobody waiting.
            await untilFunded(context, network, wallet, needed - STORAGE);
        }
    }
    const { publicKey } = nodeKeyPair(keys);
    return sendAsOwner(
        {
            says: 'open the stake',
            value,
            send: (via) =>
                network.market.sendOpenStake(via, value, {
                    nodeKey: publicKey,
                    dailyLimit,
                    reserve,
                    collateral,
                    ...(endpoint !== undefined && { endpoint }),
                }),
            look,
        },
        { context, network, owner: keys.owner, noWait },
    );
}

/** Nobody shall lock money up that backs no bid. */
async function assertUseful(
    { market }: Network,
    { reserve, collateral, dailyLimit }: StakeAmounts,
): Promise<void> {
    const { factor, minLock } = await market.getMarketParameters();
    const least = { reserve: BigInt(factor) * minLock, collateral: minLock, dailyLimit: minLock };
    const given = { reserve, collateral, dailyLimit };
    for (const name of ['reserve', 'collateral', 'dailyLimit'] as const) {
        if (given[name] >= least[name]) continue;
        throw new SetupError(
            'STAKE_TOO_SMALL',
            `A ${name === 'dailyLimit' ? 'daily limit' : name} of ${formatGram(given[name])} backs no bid.`,
            `Give at least ${formatGram(least[name])}.`,
        );
    }
}
