import {
    address,
    addresses,
    choice,
    choices,
    decimal,
    endpointUrl,
    gram,
    integer,
    optional,
    port,
    secretText,
    type Setting,
    setting,
    someUrls,
    text,
    texts,
    url,
    urls,
    yesOrNo,
} from './setting';

/**
 * All settings, with what the configuration file, the help and docs/owners.md say about them: they
 * are generated from here.
 */
export const SETTINGS = {
    network: setting(text, 'testnet', {
        says: 'The network to work on: mainnet, testnet, devnet, or one that is described under networks.',
        example: 'testnet',
    }),
    client: {
        maxSpendGram: setting(gram, '1', {
            says: 'The most that one job may cost; the cocoon command refuses to post more.',
            example: '0.5',
        }),
        publicUrl: optional(url, {
            says: 'Where providers reach the inputs that this machine serves; unset: inputs are given to a provider or a store.',
            example: 'https://my-computer.example.org',
        }),
        listen: {
            host: setting(text, '127.0.0.1', {
                says: 'The address that inputs are served on.',
                example: '0.0.0.0',
            }),
            port: setting(port, '0', {
                says: 'The port that inputs are served on; 0 takes a free one.',
                example: '8091',
            }),
        },
        stores: setting(urls, [], {
            says: 'Stores that take inputs, where this machine serves none.',
            example: '[https://store.example.org]',
        }),
        join: setting(texts, [], {
            says: 'Peers to begin with, beside those that the chain leads to, where a node is reached over the peer-to-peer network.',
            example: '[/dns4/node.example.org/tcp/8041/p2p/12D3KooW…]',
        }),
        bidWindowSeconds: setting(integer(1, 3_600, 'seconds'), '30', {
            says: 'How long providers may bid.',
            example: '30',
        }),
        commitWindowSeconds: setting(integer(1, 86_400, 'seconds'), '600', {
            says: 'How long the winner may work.',
            example: '1800',
        }),
    },
    provider: {
        roles: setting(choices('provide', 'verify'), ['provide'], {
            says: 'What the node does with its stake: provide does jobs, verify checks those of others.',
            example: '[provide, verify]',
        }),
        checks: {
            maxBondsGram: setting(gram, '1', {
                says: 'The most that bonds of checks and juries may come to together.',
                example: '0.5',
            }),
            riskPercent: setting(decimal(0, 100, 'percent'), '0.1', {
                says: 'The chance that an honest bond is lost; what it costs on average has to be earned too.',
                example: '1',
            }),
            maxChecks: setting(integer(1, 1_000), '16', {
                says: 'Checks and juries that are followed at a time.',
                example: '4',
            }),
        },
        pricing: {
            gramPerCoreHour: setting(gram, '0.05', {
                says: 'What an hour of one core costs; each model is measured on this machine.',
                example: '0.02',
            }),
            gramPerItem: optional(gram, {
                says: 'What an item costs, whatever it takes; instead of gramPerCoreHour.',
                example: '0.0001',
            }),
            coverFees: setting(yesOrNo, 'true', {
                says: 'Whether the price of a job covers what its messages cost the stake.',
                example: 'false',
            }),
            minimumGram: setting(gram, '0', {
                says: 'The least that a job costs.',
                example: '0.001',
            }),
            loadMarginPercent: setting(integer(0, 1_000, 'percent'), '0', {
                says: 'What is added at full load, and less in proportion while the machine is less busy.',
                example: '50',
            }),
        },
        rules: {
            allow: {
                models: setting(texts, [], {
                    says: 'The only models that are executed, by the hashes of their manifests or by name; empty: any.',
                    example: '[silero-vad]',
                }),
                licences: setting(texts, [], {
                    says: 'SPDX names of the only licences of models that are executed; empty: any.',
                    example: '[Apache-2.0, MIT]',
                }),
                clients: setting(addresses, [], {
                    says: 'The only clients that are worked for; empty: any.',
                    example: '[EQ…]',
                }),
            },
            block: {
                models: setting(texts, [], {
                    says: 'Models that are never executed, by the hashes of their manifests or by name.',
                    example: '[some-model]',
                }),
                licences: setting(texts, [], {
                    says: 'SPDX names of licences of models that are never executed.',
                    example: '[CC-BY-NC-4.0]',
                }),
                clients: setting(addresses, [], {
                    says: 'Clients that are never worked for.',
                    example: '[EQ…]',
                }),
            },
        },
        limits: {
            processes: optional(integer(1, 1_024), {
                says: 'Processes that execute a model, one core each; unset: one core is left for others.',
                example: '4',
            }),
            maxJobs: setting(integer(1, 64), '4', {
                says: 'Jobs at a time that are bid for or worked on; what is only looked at, or waits for its client, does not count.',
                example: '2',
            }),
            maxModels: setting(integer(1, 64), '2', {
                says: 'Models in memory at a time.',
                example: '1',
            }),
            maxMemoryGiB: setting(decimal(0.1, 4_096, 'GiB'), '4', {
                says: 'The most memory that a process may take.',
                example: '2',
            }),
            maxItems: optional(integer(1, 2 ** 32 - 1), {
                says: 'The most items of one job.',
                example: '100000',
            }),
            maxInputGiB: optional(decimal(0.001, 65_536, 'GiB'), {
                says: 'The largest inputs of one job.',
                example: '2',
            }),
            maxModelGiB: optional(decimal(0.001, 65_536, 'GiB'), {
                says: 'The largest model.',
                example: '1',
            }),
            maxLockGram: optional(gram, {
                says: 'The most that one job may lock of the collateral.',
                example: '0.5',
            }),
            maxPriceGram: optional(gram, {
                says: 'The most that is worked for without being paid in between.',
                example: '0.5',
            }),
            maxResultGiB: setting(decimal(0.001, 1_024, 'GiB'), '1', {
                says: 'The largest results of one job.',
                example: '0.5',
            }),
            prefetchMiB: setting(decimal(0, 65_536, 'MiB'), '16', {
                says: 'Models and inputs up to this size are fetched before the bid.',
                example: '64',
            }),
            diskGiB: setting(decimal(0.1, 65_536, 'GiB'), '10', {
                says: 'The most disk for models, inputs and results together.',
                example: '50',
            }),
            keepResultsHours: setting(decimal(0, 8_760, 'hours'), '1', {
                says: 'How long results are served after the end of their job.',
                example: '24',
            }),
        },
        http: {
            host: setting(text, '0.0.0.0', {
                says: 'The address that clients connect to on this machine.',
                example: '127.0.0.1',
            }),
            port: setting(port, '8040', {
                says: 'The port that clients connect to.',
                example: '8040',
            }),
            publicUrl: optional(endpointUrl, {
                says: 'How clients reach that port; it is written into the stake. p2p: by the key of the node over the peer-to-peer network, without a public address.',
                example: 'https://node.example.org',
            }),
            trustedProxies: setting(integer(0, 10), '0', {
                says: 'Proxies in front of the node whose word about the address of a client is taken.',
                example: '1',
            }),
            adminPort: setting(port, '8042', {
                says: 'The port on the loopback interface that metrics and "cocoon-provider status" use.',
                example: '8042',
            }),
        },
        explorer: {
            on: setting(yesOrNo, 'false', {
                says: 'Whether the node keeps an index of the market and serves it, with a page, under /explorer/ to everybody.',
                example: 'true',
            }),
            publicEndpoint: optional(url, {
                says: 'The JSON-RPC of a toncenter v2 that its page names for checking against the chain.',
                example: 'https://testnet.toncenter.com/api/v2/jsonRPC',
            }),
            requestsPerMinute: setting(integer(10, 100_000), '600', {
                says: 'Requests that one address may make to it in a minute.',
                example: '120',
            }),
        },
        peers: {
            on: setting(yesOrNo, 'false', {
                says: 'Whether the node joins the peer-to-peer network, where its blobs are fetched and served without a public address.',
                example: 'true',
            }),
            listen: setting(texts, ['/ip4/0.0.0.0/tcp/8041'], {
                says: 'The multiaddrs that peers connect to on this machine.',
                example: '[/ip4/0.0.0.0/tcp/8041, /ip4/0.0.0.0/tcp/8043/ws]',
            }),
            announce: setting(texts, [], {
                says: 'Multiaddrs that lead here from everywhere, where the node cannot find out by itself.',
                example: '[/dns4/node.example.org/tcp/8041]',
            }),
            join: setting(texts, [], {
                says: 'Peers to begin with.',
                example: '[/dns4/node.example.org/tcp/8041/p2p/12D3KooW…]',
            }),
            webrtc: setting(yesOrNo, 'false', {
                says: 'Whether pages in browsers reach the node too, by WebRTC on the UDP port of the same number; it takes the package node-datachannel.',
                example: 'true',
            }),
            stun: setting(texts, [], {
                says: 'STUN servers that tell the node where it is seen, so that browsers reach it directly through a NAT; without, a relay carries their bytes.',
                example: '[stun:stun.example.org:3478]',
            }),
            relays: setting(integer(0, 8), '2', {
                says: 'Relays that the node looks for, for peers that cannot reach it otherwise.',
                example: '0',
            }),
            relayOthers: setting(yesOrNo, 'true', {
                says: 'Whether the node relays for others, within limits, once it has a public address.',
                example: 'false',
            }),
            upnp: setting(yesOrNo, 'false', {
                says: 'Whether the node may ask the router for an open port.',
                example: 'true',
            }),
        },
        uploads: {
            accept: setting(yesOrNo, 'true', {
                says: 'Whether clients without a server of their own may leave inputs here.',
                example: 'false',
            }),
            maxBlobMiB: setting(decimal(1, 65_536, 'MiB'), '64', {
                says: 'The largest of such inputs.',
                example: '256',
            }),
            maxGiB: setting(decimal(0.001, 65_536, 'GiB'), '1', {
                says: 'The most disk for them.',
                example: '5',
            }),
        },
        drainSeconds: setting(integer(0, 3_600, 'seconds'), '20', {
            says: 'How long a node that is told to stop goes on with the jobs that it has, before it leaves them to the next start.',
            example: '80',
        }),
        logLevel: setting(choice('silent', 'error', 'warn', 'info', 'debug'), 'info', {
            says: 'What is written to the log file.',
            example: 'debug',
        }),
    },
} as const;

/** What is known of a network; all of `networks.<name>`. */
export const PROFILE = {
    endpoint: optional(someUrls, {
        says: 'The JSON-RPC of a toncenter v2, or several of them, the preferred one first: where one fails the next is asked, and what money rests on is asked of two.',
        example: 'https://testnet.toncenter.com/api/v2/jsonRPC',
    }),
    apiKey: optional(secretText, {
        says: 'The key of the first endpoint, and of others on its host; it is never printed.',
        example: '…',
    }),
    apiKeyFile: optional(text, {
        says: 'A file that holds the key of the endpoint, beside this one or with its whole path.',
        example: '/run/secrets/toncenter',
    }),
    market: optional(address, {
        says: 'The Market to work on.',
        example: 'kQ…',
    }),
    networkId: optional(integer(-(2 ** 31), 2 ** 31 - 1), {
        says: 'The global id of the network: -239 mainnet, -3 testnet and embedded chains.',
        example: '-3',
    }),
    pollMs: optional(integer(10, 600_000, 'milliseconds'), {
        says: 'Time between two looks at the chain.',
        example: '1500',
    }),
    allowPrivateAddresses: optional(yesOrNo, {
        says: 'Whether blobs may be fetched from this machine and its own network: true only where clients are there too.',
        example: 'true',
    }),
} as const;

/** A tree of settings. */
export type Tree = { readonly [key: string]: Setting<unknown> | Tree };

/** The values of a tree. */
export type Values<T> = T extends Setting<infer V> ? V : { readonly [K in keyof T]: Values<T[K]> };

export type ProfileKey = keyof typeof PROFILE;

/** The networks that need no description. */
export const NETWORKS = {
    mainnet: {
        endpoint: 'https://toncenter.com/api/v2/jsonRPC',
        networkId: '-239',
        pollMs: '1500',
    },
    testnet: {
        endpoint: 'https://testnet.toncenter.com/api/v2/jsonRPC',
        networkId: '-3',
        pollMs: '1500',
    },
    devnet: {
        endpoint: 'http://127.0.0.1:8081/api/v2/jsonRPC',
        networkId: '-3',
        pollMs: '250',
        allowPrivateAddresses: 'true',
    },
} as const satisfies Record<string, Partial<Record<ProfileKey, string>>>;

export function isSetting(node: Setting<unknown> | Tree): node is Setting<unknown> {
    return 'schema' in node;
}

/** All settings of a tree with their dotted paths, in order. */
export function settingsOf(tree: Tree, prefix = ''): (readonly [string, Setting<unknown>])[] {
    return Object.entries(tree).flatMap(([key, node]) => {
        const path = prefix === '' ? key : `${prefix}.${key}`;
        return isSetting(node) ? [[path, node] as const] : settingsOf(node, path);
    });
}

/** The path of a setting; those of networks may be named without a prefix. */
export function fullPath(path: string, network: string): string {
    return Object.hasOwn(PROFILE, path) ? `networks.${network}.${path}` : path;
}

/** The variable that sets a setting: `provider.http.port` is `COCOON_PROVIDER_HTTP_PORT`. */
export function variableOf(path: string): string {
    const words = path.replace(/([a-z])([A-Z])/g, '$1_$2').replace(/\./g, '_');
    return `COCOON_${words.toUpperCase()}`;
}
