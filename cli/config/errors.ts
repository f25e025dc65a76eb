import { CocoonError } from '../../protocol';

/** One setting, or one place of the file, that is wrong. */
export interface ConfigIssue {
    /** `config.yaml:12:5`, `COCOON_NETWORK` or `--set`. */
    readonly place: string;
    /** Dotted path of the setting, such as `provider.http.port`; empty for the whole file. */
    readonly path: string;
    /** What is wrong and what is right, as a sentence. */
    readonly message: string;
}

/** The configuration says something that cannot be. */
export class ConfigError extends CocoonError {
    override readonly name = 'ConfigError';
    readonly code = 'CONFIG_INVALID';

    constructor(
        readonly issues: readonly ConfigIssue[],
        cause?: unknown,
    ) {
        super(issues.map(({ place, message }) => `${place}: ${message}`).join('\n'), {
            hint: 'Correct what is named. docs/owners.md lists all settings.',
            cause,
        });
    }
}

/** The configuration file cannot be read or written. */
export class ConfigFileError extends CocoonError {
    override readonly name = 'ConfigFileError';
    readonly code = 'CONFIG_FILE';

    constructor(
        readonly path: string,
        problem: string,
        cause?: unknown,
    ) {
        super(`The configuration ${path} ${problem}.`, {
            hint: 'Check the path and its permissions, or set another folder with COCOON_HOME.',
            cause,
        });
    }
}

/** No Market is known on the chosen network. */
export class MarketUnknownError extends CocoonError {
    override readonly name = 'MarketUnknownError';
    readonly code = 'MARKET_UNKNOWN';

    constructor(
        readonly network: string,
        readonly configPath: string,
    ) {
        super(`No Market is known on ${network}.`, {
            hint:
                `Name its address: --market <address>, or COCOON_MARKET, or networks.${network}.market ` +
                `in ${configPath}. Who runs a market says its address; ` +
                '"npx blueprint run deployMarket" deploys one.',
        });
    }
}
