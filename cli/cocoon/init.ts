import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Address } from '@ton/core';
import { Command } from 'commander';
import { z } from 'zod';
import { type CocoonError, isCocoonError } from '../../protocol';
import { choicesOf, type Config, type ConfigFlags, configFrom, saveSettings } from '../config';
import {
    askPassphrase,
    createKeystore,
    hasKeystore,
    type Mnemonic,
    newMnemonic,
    parseMnemonic,
} from '../keystore';
import { askFaucet, openChain, openNetwork } from '../network';
import { type CommandContext, formatGram, gramAmount } from '../terminal';
import { clientAddress, savePublicKey } from './client-wallet';
import { InputFileError, systemProblem } from './errors';

interface Flags extends ConfigFlags {
    readonly import?: true;
    readonly mnemonicFile?: string;
    readonly faucet?: bigint | true;
}

/** What the faucet brings the wallet to, where no amount is named, nanoGRAM. */
const FAUCET_NANO = 10_000_000_000n;
const STATUS_TIMEOUT_MS = 5_000;

/** `cocoon init`: a wallet, a network and a configuration; again, it adds what is missing. */
export function initCommand(context: CommandContext): Command {
    const command = new Command('init')
        .description('make a wallet and a configuration; running it again adds what is missing')
        .option('--import', 'take the words of a wallet that there is, instead of new ones')
        .option('--mnemonic-file <file>', 'read those words from a file')
        .option(
            '--faucet [gram]',
            'on an embedded chain, fill the wallet up to that much; 10 GRAM unless set',
            gramAmount,
        )
        .addHelpText(
            'after',
            `
The keys are encrypted with a passphrase, which is asked for, or read from the file that
COCOON_PASSPHRASE_FILE names. --network, --endpoint, --market and --set are written into the
configuration.

Examples:
  $ cocoon init --network devnet --faucet
  $ cocoon init --network testnet --market kQ… --import
  $ COCOON_PASSPHRASE_FILE=~/.pass cocoon init --network devnet --faucet 50 --json`,
        );
    return command.action(() => init(command.optsWithGlobals<Flags>(), context));
}

async function init(flags: Flags, context: CommandContext): Promise<void> {
    const { terminal, env, signal } = context;
    const before = configFrom(flags, env);
    const configured = await writeConfig(before, flags);
    const created = await makeWallet(before, flags, context);
    let config = before;
    if (config.network.market === undefined) {
        const market = await marketOfEmbeddedChain(config, signal);
        if (market !== undefined) {
            await saveSettings(config.home, { [`networks.${config.network.name}.market`]: market });
            config = configFrom(flags, env);
        }
    }
    const wallet = await clientAddress(config, context);
    if (flags.faucet !== undefined) {
        const wanted = flags.faucet === true ? FAUCET_NANO : flags.faucet;
        await fillUp(config, wallet, wanted, context);
    }
    const problem = await problemOf(config, signal);
    const silent = problem?.code.startsWith('ENDPOINT_') ?? false;
    const balance = silent
        ? undefined
        : (await openChain(config.network).account(wallet, { signal })).balance;
    if (problem !== undefined) terminal.warn(`${problem.message} ${problem.hint}`);
    const { home, network } = config;
    const address = wallet.toString({ testOnly: network.networkId !== -239, bounceable: false });
    terminal.result(
        {
            home: home.folder,
            network: network.name,
            endpoint: network.endpoint,
            endpoints: network.endpoints,
            market: network.market,
            address,
            balance,
            created: { configuration: configured, wallet: created },
            ready: problem === undefined,
        },
        [
            `Home     ${home.folder}`,
            `Network  ${network.name}, ${network.endpoints.join(', ')}`,
            ...(network.market === undefined ? [] : [`Market   ${network.market.toString()}`]),
            `Wallet   ${address}${created ? ' (new)' : ''}`,
            ...(balance === undefined ? [] : [`Balance  ${formatGram(balance)}`]),
        ].join('\n'),
    );
    if (created) {
        terminal.note(
            `Back up ${home.client.keystore}: with its passphrase it is the wallet, and without it ` +
                'the money there is lost. "age --decrypt" opens it anywhere.',
        );
    }
}

/** Writes what flags choose; whether the configuration is new. */
async function writeConfig({ home, network }: Config, flags: Flags): Promise<boolean> {
    const isNew = !existsSync(home.config);
    const place = `networks.${network.name}`;
    const chosen: Record<string, string | readonly string[]> = {
        ...(isNew || flags.network !== undefined ? { network: network.name } : {}),
        ...choicesOf({ endpoint: flags.endpoint }, network.name),
        ...(flags.market !== undefined && { [`${place}.market`]: flags.market }),
        ...(flags.apiKeyFile !== undefined && { [`${place}.apiKeyFile`]: flags.apiKeyFile }),
        ...flags.set,
    };
    if (Object.keys(chosen).length > 0) await saveSettings(home, chosen);
    return isNew;
}

/** Makes the wallet where there is none; whether it did. */
async function makeWallet(
    { home }: Config,
    flags: Flags,
    context: CommandContext,
): Promise<boolean> {
    const { terminal, env } = context;
    const path = home.client.keystore;
    if (hasKeystore(path)) {
        if (flags.import || flags.mnemonicFile !== undefined) {
            terminal.warn(`There is a wallet already in ${path}; it is kept, nothing is imported.`);
        }
        return false;
    }
    const mnemonic = await chosenMnemonic(flags, context);
    const what = 'the wallet';
    const passphrase = await askPassphrase({ terminal, env, purpose: 'create', what });
    terminal.progress('Encrypting the keys…');
    await createKeystore(path, { kind: 'client', mnemonic }, passphrase);
    await savePublicKey(home, mnemonic);
    terminal.settle();
    return true;
}

async function chosenMnemonic(flags: Flags, { terminal }: CommandContext): Promise<Mnemonic> {
    const { mnemonicFile } = flags;
    if (mnemonicFile !== undefined) {
        try {
            return await parseMnemonic(await readFile(mnemonicFile, 'utf8'));
        } catch (error) {
            if (isCocoonError(error)) throw error;
            throw new InputFileError(mnemonicFile, systemProblem(error), undefined, error);
        }
    }
    if (!flags.import) return newMnemonic();
    const elsewhere = 'Put the words into a file and name it with --mnemonic-file.';
    return parseMnemonic(await terminal.secret('The 12 or 24 words of the wallet:', elsewhere));
}

const statusReply = z.object({ result: z.object({ market: z.string().nullable() }) });

/** Embedded chains tell the Market that they came with. */
async function marketOfEmbeddedChain(
    { network }: Config,
    signal: AbortSignal,
): Promise<string | undefined> {
    if (['mainnet', 'testnet'].includes(network.name)) return undefined;
    try {
        const response = await fetch(new URL('/devnet/status', network.endpoint), {
            signal: AbortSignal.any([signal, AbortSignal.timeout(STATUS_TIMEOUT_MS)]),
        });
        const reply = statusReply.safeParse(await response.json());
        return (reply.success ? reply.data.result.market : null) ?? undefined;
    } catch {
        signal.throwIfAborted();
        // Another kind of chain, or none: told when the network is checked.
        return undefined;
    }
}

async function fillUp(
    { network }: Config,
    wallet: Address,
    wanted: bigint,
    { terminal, signal }: CommandContext,
): Promise<void> {
    const { balance } = await openChain(network).account(wallet, { signal });
    if (balance >= wanted) return;
    terminal.progress('Asking the faucet…');
    await askFaucet(network, wallet, wanted - balance, signal);
}

/** Why nothing can be posted yet. */
async function problemOf(config: Config, signal: AbortSignal): Promise<CocoonError | undefined> {
    try {
        await openNetwork(config, signal);
        return undefined;
    } catch (error) {
        signal.throwIfAborted();
        if (isCocoonError(error)) return error;
        throw error;
    }
}
