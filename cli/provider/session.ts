import type { Address, OpenedContract } from '@ton/core';
import type { Command as Program } from 'commander';
import { Stake, type StakeView } from '../../wrappers';
import { type Config, type ConfigFlags, configFrom } from '../config';
import { askPassphrase, openKeystore, type ProviderKeys } from '../keystore';
import { type Network, openNetwork } from '../network';
import type { CommandContext } from '../terminal';
import { SetupError } from './errors';
import { type Setup, setupFor } from './setup';

/** Which of the two commands of a stake's owner was called. */
export type Command = 'cocoon-provider' | 'cocoon-verifier';

/** A verb of an owner's command: adds itself to the program. */
export type Verb = (program: Program, context: CommandContext, command: Command) => void;

/** What verbs work with after `init`. */
export interface Session {
    readonly context: CommandContext;
    readonly config: Config;
    readonly setup: Setup;
    readonly network: Network;
    readonly stake: OpenedContract<Stake>;
    /** The Stake as it is now. @throws SetupError `STAKE_NOT_OPEN` */
    view(): Promise<StakeView>;
    /** The keys; asks for the passphrase once. */
    keys(): Promise<ProviderKeys>;
}

/**
 * Opens what `init` has set up, and checks endpoint and Market.
 *
 * @param extra - settings that flags of the verb stand for
 */
export async function openSession(
    context: CommandContext,
    flags: ConfigFlags,
    extra: Readonly<Record<string, string | undefined>> = {},
): Promise<Session> {
    const config = configFrom(flags, context.env, extra);
    const setup = await setupFor(config);
    context.terminal.progress(`Asking ${new URL(config.network.endpoint).host} …`);
    const network = await openNetwork(config, context.signal);
    const stake = network.chain.open(Stake.fromAddress(setup.stake), { signal: context.signal });
    let keys: Promise<ProviderKeys> | undefined;
    return {
        context,
        config,
        setup,
        network,
        stake,
        view: async () => {
            const view = await openedStake(network, setup.stake, context.signal);
            if (view !== undefined) return view;
            throw new SetupError(
                'STAKE_NOT_OPEN',
                `The stake ${setup.stake.toString()} is not open.`,
                'Run "cocoon-provider init" to open it; it goes on where it was.',
            );
        },
        keys: () => (keys ??= providerKeys(context, config)),
    };
}

/** Asks for the passphrase and opens the keys. */
export async function providerKeys(
    { terminal, env }: CommandContext,
    { home }: Config,
): Promise<ProviderKeys> {
    const passphrase = await askPassphrase({ terminal, env, purpose: 'open' });
    return openKeystore(home.provider.keystore, 'provider', passphrase);
}

/** A Stake that the Market has opened; undefined before. */
export async function openedStake(
    { chain }: Network,
    address: Address,
    signal?: AbortSignal,
): Promise<StakeView | undefined> {
    const { active } = await chain.account(address, { signal });
    if (!active) return undefined;
    const view = await chain.open(Stake.fromAddress(address), { signal }).getStake();
    // Money alone makes no Stake: the Market gives it its buckets.
    return view.bucket > 0n ? view : undefined;
}

/** The node key of a Stake as hex. */
export function nodeKeyOf({ nodeKey }: StakeView): string {
    return nodeKey.toString(16).padStart(64, '0');
}
