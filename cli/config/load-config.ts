import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Address } from '@ton/core';
import { Secret } from '../keystore/secret';
import { ConfigError, ConfigFileError, type ConfigIssue } from './errors';
import type { Home } from './home';
import { rawFlags, type RawValue, type RawValues, rawValuesOf, rawVariables } from './raw-values';
import type { Setting } from './setting';
import {
    fullPath,
    isSetting,
    NETWORKS,
    PROFILE,
    SETTINGS,
    settingsOf,
    type Tree,
    type Values,
    variableOf,
} from './settings';

/** The network that is worked on. */
export interface NetworkConfig {
    readonly name: string;
    /** URL of a JSON-RPC of toncenter v2: the first of `endpoints`. */
    readonly endpoint: string;
    /** At least one. */
    readonly endpoints: readonly string[];
    readonly apiKey: Secret | undefined;
    /** Undefined: nobody has said which; see `MarketUnknownError`. */
    readonly market: Address | undefined;
    /** Global id: -239 main, -3 test and embedded chains. */
    readonly networkId: number;
    readonly pollMs: number;
    readonly allowPrivateAddresses: boolean;
}

export type ClientConfig = Values<(typeof SETTINGS)['client']>;
export type ProviderConfig = Values<(typeof SETTINGS)['provider']>;

export interface Config {
    readonly home: Home;
    readonly network: NetworkConfig;
    readonly client: ClientConfig;
    readonly provider: ProviderConfig;
    /** Paths of the settings that file, environment or flags have set. */
    readonly given: ReadonlySet<string>;
}

export interface LoadConfigOptions {
    readonly home: Home;
    readonly env: Readonly<Record<string, string | undefined>>;
    /**
     * Settings that flags give, by their dotted paths. `endpoint`, `market` and the other settings
     * of networks without a prefix are those of the chosen network.
     */
    readonly flags?: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration: flags before environment before file before what is usual. A home without a
 * file is fine.
 *
 * @throws ConfigError, ConfigFileError
 */
export function loadConfig({ home, env, flags = {} }: LoadConfigOptions): Config {
    const source = readConfigFile(home.config);
    const file: RawValues =
        source === undefined ? new Map() : rawValuesOf(source, basename(home.config));
    const given = rawFlags(flags);
    const variables = rawVariables(env, variablesOf(SETTINGS));
    const name = networkName(
        given.get('network') ?? variables.get('network') ?? file.get('network'),
    );
    const profile = `networks.${name}`;
    const moved = (values: RawValues) =>
        [...values].map(([path, value]) => [fullPath(path, name), value] as const);
    const raw = new Map([
        ...file,
        ...variables,
        ...moved(rawVariables(env, variablesOf(PROFILE))),
        ...moved(given),
    ]);
    const known = new Set(
        settingsOf({ ...SETTINGS, networks: { [name]: PROFILE } }).map(([p]) => p),
    );
    const issues: ConfigIssue[] = [...given].flatMap(([path, { place }]) =>
        known.has(fullPath(path, name))
            ? []
            : [{ place, path, message: `There is no setting ${path}. docs/owners.md lists them.` }],
    );
    const values = read(SETTINGS, '', raw, issues) as Values<typeof SETTINGS>;
    const usual = Object.hasOwn(NETWORKS, name) ? NETWORKS[name as keyof typeof NETWORKS] : {};
    const own = read(PROFILE, profile, raw, issues, usual) as Values<typeof PROFILE>;
    const place = raw.get('network')?.place ?? basename(home.config);
    for (const key of ['endpoint', 'networkId'] as const) {
        if (own[key] !== undefined || issues.length > 0) continue;
        const message =
            `The network ${name} has no ${key}. Networks that need no description are ` +
            `${Object.keys(NETWORKS).join(', ')}; set ${profile}.${key} for another one.`;
        issues.push({ place, path: `${profile}.${key}`, message });
    }
    if (issues.length > 0) throw new ConfigError(issues);
    return {
        home,
        client: values.client,
        provider: values.provider,
        network: {
            name,
            endpoint: own.endpoint?.[0] ?? '',
            endpoints: own.endpoint ?? [],
            apiKey: own.apiKey ?? apiKeyFrom(own.apiKeyFile, home),
            market: own.market,
            networkId: own.networkId ?? 0,
            pollMs: own.pollMs ?? 1_500,
            allowPrivateAddresses: own.allowPrivateAddresses ?? false,
        },
        given: new Set(raw.keys()),
    };
}

function variablesOf(tree: Tree): ReadonlyMap<string, string> {
    return new Map(settingsOf(tree).map(([path]) => [path, variableOf(path)]));
}

function networkName(raw: RawValue | undefined): string {
    const name = raw === undefined ? SETTINGS.network.usual : raw.value;
    return typeof name === 'string' ? name : '';
}

/** Reads all settings of a tree; what is wrong is added to `issues`. */
function read(
    tree: Tree,
    prefix: string,
    raw: RawValues,
    issues: ConfigIssue[],
    usual: Readonly<Record<string, string>> = {},
): unknown {
    const entries = Object.entries(tree).map(([key, node]) => {
        const path = prefix === '' ? key : `${prefix}.${key}`;
        return [
            key,
            isSetting(node)
                ? readOne(node, path, raw.get(path), issues, usual[key])
                : read(node, path, raw, issues),
        ] as const;
    });
    return Object.fromEntries(entries);
}

function readOne(
    at: Setting<unknown>,
    path: string,
    raw: RawValue | undefined,
    issues: ConfigIssue[],
    usual: string | undefined,
): unknown {
    const normal = usual !== undefined && at.list ? [usual] : (usual ?? at.usual);
    const parsed = at.schema.safeParse(raw?.value ?? normal);
    if (parsed.success) return parsed.data;
    const value = raw?.value ?? '';
    const shown = at.secret
        ? ''
        : ` ${typeof value === 'string' ? value : `[${value.join(', ')}]`}`;
    issues.push({
        place: raw?.place ?? path,
        path,
        message: `${path} cannot be${shown}. It is ${at.allowed}, for example ${at.example}.`,
    });
    return undefined;
}

/** The text of the configuration file; undefined where there is none. */
export function readConfigFile(path: string): string | undefined {
    try {
        return readFileSync(path, 'utf8');
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new ConfigFileError(path, 'cannot be read', error);
    }
}

function apiKeyFrom(file: string | undefined, home: Home): Secret | undefined {
    if (file === undefined) return undefined;
    const path = resolve(home.folder, file);
    try {
        return new Secret(readFileSync(path, 'utf8').trim());
    } catch (error) {
        throw new ConfigFileError(path, 'with the key of the endpoint cannot be read', error);
    }
}
