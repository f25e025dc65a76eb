import { type Command, InvalidArgumentError } from 'commander';
import { homeAt, homeOf } from './home';
import { type Config, loadConfig } from './load-config';

/** Flags that every command has. */
export interface ConfigFlags {
    readonly home?: string;
    readonly network?: string;
    /** One or more, with commas. */
    readonly endpoint?: string;
    readonly market?: string;
    readonly apiKeyFile?: string;
    /** Values by the paths of their settings. */
    readonly set?: Readonly<Record<string, string>>;
}

/** Adds the flags that choose home, network and settings. */
export function configFlags(program: Command): Command {
    return program
        .option('--home <folder>', 'where keys, settings and state are; COCOON_HOME unless set')
        .option('--network <name>', 'mainnet, testnet, devnet, or one of the configuration')
        .option(
            '--endpoint <url>',
            'JSON-RPC of a toncenter v2; again for another one to fall back on and to compare with',
            (url: string, before?: string) => (before === undefined ? url : `${before},${url}`),
        )
        .option('--market <address>', 'the Market to work on')
        .option('--api-key-file <file>', 'file with the key of the endpoint')
        .option(
            '--set <setting=value>',
            'any setting of the configuration, such as provider.http.port=8040',
            assignment,
        );
}

/**
 * The configuration under the given flags.
 *
 * @param extra - settings that other flags of a command stand for
 * @throws ConfigError, ConfigFileError
 */
export function configFrom(
    flags: ConfigFlags,
    env: Readonly<Record<string, string | undefined>>,
    extra: Readonly<Record<string, string | undefined>> = {},
): Config {
    const { network, endpoint, market, apiKeyFile, set } = flags;
    const home = flags.home === undefined ? homeOf(env) : homeAt(flags.home);
    return loadConfig({
        home,
        env,
        flags: { ...set, ...defined({ network, endpoint, market, apiKeyFile, ...extra }) },
    });
}

/** A flag that was not given leaves what `--set` says. */
function defined(
    flags: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
    return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function assignment(
    text: string,
    before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
    const at = text.indexOf('=');
    if (at < 1)
        throw new InvalidArgumentError('It is a setting and a value, such as network=devnet.');
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
