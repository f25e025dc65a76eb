import type { Address } from '@ton/core';
import type { StakeView } from '../../wrappers';
import { stakeInit } from '../../wrappers';
import { choicesOf, type Config, type ConfigFlags, configFrom, saveSettings } from '../config';
import { nodeKeyPair } from '../keystore';
import { embeddedMarket, type Network, openNetwork } from '../network';
import {
    action,
    addressArgument,
    type CommandContext,
    formatGram,
    gramAmount,
    gramOption,
} from '../terminal';
import { describeStake } from '../../wrappers/describe';
import { openStake } from './open-stake';
import { namedUrl, publicUrl } from './public-url';
import { ownerAddress, type OwnerFlags, takeKeys } from './keys-step';
import { type Command, nodeKeyOf, type Verb } from './session';
import { readSetup, type Setup, writeSetup } from './setup';

interface Flags extends ConfigFlags, OwnerFlags {
    readonly publicUrl?: string;
    readonly port?: string;
    readonly pricePerCoreHour?: string;
    readonly reserve: bigint;
    readonly collateral: bigint;
    readonly operating: bigint;
    readonly dailyLimit?: bigint;
    readonly faucet?: boolean;
    readonly wait: boolean;
}

const NANO = 1_000_000_000n;

export const initVerb: Verb = (program, context, command) => {
    program
        .command('init')
        .summary('set this machine up: keys, configuration, stake')
        .description(
            'Makes keys and a configuration and opens the stake. Run again, it goes on where it was; ' +
                'nothing that is there is overwritten.',
        )
        .option('--owner <address>', 'owner whose wallet is elsewhere', addressArgument)
        .option('--create-wallet', 'owner is a new wallet of this machine')
        .option('--import-wallet [file]', 'owner is the wallet of these words; asks for them')
        .option('--public-url <url>', 'how clients reach this machine')
        .option('--port <number>', 'port that clients connect to')
        .option('--price-per-core-hour <gram>', 'what an hour of one core costs')
        .addOption(gramOption('--reserve <gram>', 'what backs all jobs', 10n * NANO))
        .addOption(gramOption('--collateral <gram>', 'what open jobs lock a part of', 5n * NANO))
        .addOption(gramOption('--operating <gram>', 'what pays for messages of the node', NANO))
        .option('--daily-limit <gram>', 'most that may be locked in a day', gramAmount)
        .option('--faucet', 'take what is missing from the faucet of an embedded chain')
        .option('--no-wait', 'do not wait for money, or for the wallet of the owner')
        .addHelpText(
            'after',
            '\nExamples:\n' +
                `  ${command} init --network testnet --market kQ… --create-wallet \\\n` +
                '      --public-url https://node.example.org\n' +
                `  ${command} init --network devnet --market kQ… --create-wallet --faucet --yes\n` +
                `  ${command} init --owner UQ… --public-url https://node.example.org --no-wait`,
        )
        .action(action<Flags>((flags) => init(context, flags, command)));
};

async function init(context: CommandContext, flags: Flags, command: Command): Promise<void> {
    const { terminal, signal, env } = context;
    const asked = configFrom(flags, env, {
        'provider.http.publicUrl': flags.publicUrl,
        'provider.http.port': flags.port,
        'provider.pricing.gramPerCoreHour': flags.pricePerCoreHour,
    });
    const only = command === 'cocoon-verifier';
    // What is missing, or of a newer program, is said before anything is asked or made.
    await readSetup(asked.home);
    if (!only) namedUrl(asked);
    terminal.progress(`Asking ${new URL(asked.network.endpoint).host} …`);
    const config = await withMarket(asked, signal);
    const network = await openNetwork(config, signal);
    terminal.note(`Network: ${network.name}, Market ${network.market.address.toString()}.`);
    const keys = await takeKeys(context, config, flags);
    const owner = await ownerAddress(keys.owner, network.id);
    const { address: stake } = stakeInit(network.deployment, owner);
    await keepChoices(config, flags);
    const nodeKey = nodeKeyPair(keys).publicKey.toString('hex');
    const named = only ? asked.provider.http.publicUrl : namedUrl(asked);
    const endpoint = named === undefined ? undefined : publicUrl(asked, nodeKey);
    const left = await writeSetup(config.home, {
        network: network.name,
        networkId: network.id,
        market: network.market.address,
        owner,
        ownWallet: keys.owner.kind === 'wallet',
        stake,
        nodeKey,
    });
    if (left !== undefined) tellLeft(context, left);
    const { reserve, collateral, operating, dailyLimit = collateral } = flags;
    const view = await openStake({
        context,
        network,
        keys,
        owner,
        endpoint,
        amounts: { reserve, collateral, operating, dailyLimit },
        faucet: flags.faucet === true,
        noWait: !flags.wait,
    });
    report(context, { network, config, owner, stake, nodeKey, endpoint, view });
}

/** Says what becomes of the stake that this home had before. */
function tellLeft({ terminal }: CommandContext, { network, market, stake }: Setup): void {
    const name = market.toString();
    terminal.note(
        `The stake ${stake.toString()} of the Market ${name} stays as it is. Commands reach it with ` +
            `--network ${network} --market ${name}: "start" until its jobs have ended, then ` +
            '"withdraw --unbond --all".',
    );
}

/** An embedded chain comes with a Market, so that nobody has to name it. */
async function withMarket(config: Config, signal: AbortSignal): Promise<Config> {
    const { network } = config;
    if (network.market !== undefined) return config;
    const market = await embeddedMarket(network, signal);
    return { ...config, network: { ...network, market } };
}

/** Keeps what flags have chosen, so that later commands need no flags. */
async function keepChoices({ home, network }: Config, flags: Flags): Promise<void> {
    const { endpoint, apiKeyFile, publicUrl: url, port, pricePerCoreHour, set = {} } = flags;
    const market = network.market?.toString({ testOnly: network.networkId !== -239 });
    const chosen = {
        network: network.name,
        endpoint,
        apiKeyFile,
        market,
        'provider.http.publicUrl': url,
        'provider.http.port': port,
        'provider.pricing.gramPerCoreHour': pricePerCoreHour,
        ...set,
    };
    await saveSettings(home, choicesOf(chosen, network.name));
}

interface Outcome {
    readonly network: Network;
    readonly config: Config;
    readonly owner: Address;
    readonly stake: Address;
    readonly nodeKey: string;
    readonly endpoint: string | undefined;
    readonly view: StakeView | undefined;
}

function report({ terminal }: CommandContext, outcome: Outcome): void {
    const { view, network, config, ...rest } = outcome;
    const { owner, stake, nodeKey } = rest;
    const json = {
        state: view === undefined ? 'waiting' : 'open',
        home: config.home.folder,
        network: network.name,
        market: network.market.address,
        ...rest,
    };
    if (view === undefined) {
        const text =
            `The stake ${stake.toString()} is not open yet. ` +
            'Run "cocoon-provider init" again when the money is there.';
        return terminal.result({ ...json, owner }, text);
    }
    if (nodeKeyOf(view) !== nodeKey) {
        terminal.warn(
            'The stake names another node key. Run "cocoon-provider publish" to make this machine its node.',
        );
    }
    const lines = [
        ...describeStake(stake, view),
        '',
        `The stake is open, with ${formatGram(view.operating)} for messages.`,
        'Start the node with "cocoon-provider start", or check others with "cocoon-verifier start".',
    ];
    terminal.result(json, lines.join('\n'));
}
