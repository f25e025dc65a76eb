import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { toNano } from '@ton/core';
import {
    type Config,
    ConfigError,
    homeAt,
    homeOf,
    loadConfig,
    renderConfig,
    saveSettings,
    settingsTable,
} from '../../cli/config';
import { jsonText } from '../../cli/terminal';

const MARKET = `0:${'11'.repeat(32)}`;

describe('The configuration', () => {
    let folder: string;
    beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cocoon-config-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    const home = () => homeAt(folder);
    const write = (text: string) => writeFileSync(home().config, text);
    const load = (
        env: Record<string, string> = {},
        flags: Record<string, string | undefined> = {},
    ): Config => loadConfig({ home: home(), env, flags });
    const problems = (env: Record<string, string> = {}, flags: Record<string, string> = {}) => {
        try {
            load(env, flags);
        } catch (error) {
            if (error instanceof ConfigError) {
                expect(error.code).toBe('CONFIG_INVALID');
                return error.message;
            }
            throw error;
        }
        return '';
    };

    it('needs no file', () => {
        const { network, client, provider } = load();
        expect(network).toMatchObject({
            name: 'testnet',
            endpoint: 'https://testnet.toncenter.com/api/v2/jsonRPC',
            networkId: -3,
            market: undefined,
            allowPrivateAddresses: false,
        });
        expect(client.maxSpendGram).toBe(toNano('1'));
        expect(provider.http).toMatchObject({ port: 8040, adminPort: 8042 });
    });

    it('takes flags before the environment before the file before what is usual', () => {
        write(
            'network: devnet\nprovider:\n  http: { port: 1001, adminPort: 1004, host: a.example }\n',
        );
        const env = { COCOON_PROVIDER_HTTP_PORT: '1002', COCOON_PROVIDER_HTTP_ADMIN_PORT: '1005' };
        const { provider, network } = load(env, { 'provider.http.port': '1003' });
        expect(provider.http).toMatchObject({ port: 1003, adminPort: 1005, host: 'a.example' });
        expect(provider.limits.maxJobs).toBe(4);
        expect(network.name).toBe('devnet');
        expect(load({ COCOON_NETWORK: 'mainnet' }).network.networkId).toBe(-239);
        expect(load({ COCOON_NETWORK: 'mainnet' }, { network: 'testnet' }).network.networkId).toBe(
            -3,
        );
    });

    it.each(['provide, verify', '[provide, verify]', 'provide verify'])(
        'takes the list "%s" from a flag',
        (text) => {
            expect(load({}, { 'provider.roles': text }).provider.roles).toEqual([
                'provide',
                'verify',
            ]);
        },
    );

    it('knows networks of its own', () => {
        write(
            `network: lab\nnetworks:\n  lab:\n    endpoint: http://lab.example/rpc\n` +
                `    networkId: -7\n    market: "${MARKET}"\n    pollMs: 20\n`,
        );
        const { network } = load();
        expect(network.market?.toRawString()).toBe(MARKET);
        expect(network).toMatchObject({
            endpoint: 'http://lab.example/rpc',
            networkId: -7,
            pollMs: 20,
        });
    });

    it('applies flags of networks without a prefix to the chosen one', () => {
        const { network } = load({ COCOON_ENDPOINT: 'http://a.example/' }, { market: MARKET });
        expect(network.market?.toRawString()).toBe(MARKET);
        expect(network.endpoint).toBe('http://a.example/');
    });

    it('reads amounts as they are written, not as floating-point numbers', () => {
        write('client:\n  maxSpendGram: 0.000000001\n');
        expect(load().client.maxSpendGram).toBe(1n);
        write('client:\n  maxSpendGram: 9007199254.740993111\n');
        expect(load().client.maxSpendGram).toBe(9_007_199_254_740_993_111n);
    });

    it('names line and column of a setting that is unknown, and those that are known', () => {
        write('network: devnet\nprovider:\n  http:\n    prot: 1\n');
        expect(problems()).toBe(
            'config.yaml:4:5: There is no setting provider.http.prot. ' +
                'Here are: host, port, publicUrl, trustedProxies, adminPort.',
        );
    });

    it('names line and column of a wrong value, what is allowed and an example', () => {
        write('provider:\n  http:\n    port: 99999\n');
        expect(problems()).toBe(
            'config.yaml:3:11: provider.http.port cannot be 99999. ' +
                'It is a whole number from 0 to 65535, for example 8040.',
        );
    });

    it('names all wrong values at once', () => {
        write('client:\n  maxSpendGram: 1e3\nprovider:\n  logLevel: loud\n');
        expect(problems().split('\n')).toEqual([
            expect.stringContaining(
                'config.yaml:2:17: client.maxSpendGram cannot be 1e3.',
            ) as string,
            expect.stringContaining('one of silent, error, warn, info, debug') as string,
        ]);
    });

    it.each([
        ['a section that is a value', 'provider: 3\n', 'config.yaml:1:11: provider holds settings'],
        ['a value that is a section', 'network: {a: 1}\n', 'network is no single value'],
        ['a value that is missing', 'network:\n', 'network has no value'],
        ['wrong YAML', 'network: [\n', 'config.yaml:2:1: This is not YAML'],
        [
            'a key that stands twice',
            'network: a\nnetwork: b\n',
            'config.yaml:2:1: This is not YAML',
        ],
        ['a list of lists', 'client:\n  stores: [[a]]\n', 'has an entry that is no text'],
        [
            'an address of another workchain',
            `networks:\n  testnet: {market: "-1:${'1'.repeat(64)}"}\n`,
            'address of the basechain',
        ],
    ])('refuses %s', (_case, text, message) => {
        write(text);
        expect(problems()).toContain(message);
    });

    it('names the variable or the flag that is wrong', () => {
        expect(problems({ COCOON_POLL_MS: 'soon' })).toMatch(
            /^COCOON_POLL_MS: .* cannot be soon\./,
        );
        expect(problems({}, { 'provider.http.port': 'x' })).toMatch(
            /^--set provider\.http\.port: /,
        );
        expect(problems({}, { nothing: '1' })).toMatch(
            /^--set nothing: There is no setting nothing\./,
        );
    });

    it('says what an unknown network lacks', () => {
        expect(problems({ COCOON_NETWORK: 'lab' })).toContain(
            'The network lab has no endpoint. Networks that need no description are mainnet, testnet, devnet; ' +
                'set networks.lab.endpoint for another one.',
        );
    });

    it('never shows the key of the endpoint', () => {
        write('networks:\n  testnet:\n    apiKey: hush-hush\n');
        const config = load();
        expect(config.network.apiKey?.reveal()).toBe('hush-hush');
        expect(jsonText(config)).toContain('"apiKey":"[secret]"');
        expect(inspect(config, { depth: 9 })).not.toContain('hush');
        expect(`${String(config.network.apiKey)}`).toBe('[secret]');
        write(`networks:\n  testnet:\n    apiKey: ${'hush'.repeat(500)}\n`);
        expect(problems()).toContain('networks.testnet.apiKey cannot be.');
        expect(problems()).not.toContain('hush');
    });

    it('reads the key of the endpoint from a file beside it', () => {
        writeFileSync(join(folder, 'key'), ' from-a-file\n');
        write('networks:\n  testnet:\n    apiKeyFile: key\n');
        expect(load().network.apiKey?.reveal()).toBe('from-a-file');
        rmSync(join(folder, 'key'));
        expect(() => load()).toThrow('with the key of the endpoint cannot be read');
    });

    it('refuses a file that cannot be read', () => {
        mkdirSync(home().config);
        expect(() => load()).toThrow(expect.objectContaining({ code: 'CONFIG_FILE' }) as Error);
    });

    describe('file', () => {
        it('explains every setting and, as it is written, sets none but those that were chosen', async () => {
            await saveSettings(home(), {
                network: 'devnet',
                'provider.rules.allow.licences': ['MIT', 'ISC'],
            });
            const text = readFileSync(home().config, 'utf8');
            const rows = settingsTable().split('\n').slice(2);
            for (const row of rows) {
                const key = /`(?:[\w.<>]+\.)?(\w+)`/.exec(row)?.[1] ?? row;
                expect(text).toMatch(new RegExp(`^ *(?:# )?${key}: `, 'm'));
            }
            const set = text
                .split('\n')
                .filter((line) => /^[^#]*\w: ./.test(line.split('#')[0] ?? ''));
            expect(set.map((line) => line.trim())).toEqual([
                'network: devnet',
                'licences: [MIT, ISC]',
            ]);
            expect(load().provider.rules.allow.licences).toEqual(['MIT', 'ISC']);
            expect(statSync(home().config).mode & 0o777).toBe(0o600);
        });

        it('means the same as none when nothing was chosen', () => {
            const without = load();
            write(renderConfig({}));
            expect(load()).toEqual(without);
        });

        it('keeps what its owner wrote when a setting changes', async () => {
            await saveSettings(home(), { network: 'devnet' });
            const mine = readFileSync(home().config, 'utf8').replace(
                'client:',
                '# my own words\nclient:\n  bidWindowSeconds: 7 # quick',
            );
            write(mine);
            await saveSettings(home(), {
                network: 'lab',
                'networks.lab.endpoint': 'http://lab.example/rpc',
                'networks.lab.networkId': '-3',
                'provider.http.port': '1234',
                'client.bidWindowSeconds': '9',
            });
            const text = readFileSync(home().config, 'utf8');
            expect(text).toContain('# my own words\nclient:\n  bidWindowSeconds: 9 # quick');
            expect(text).not.toContain('# port: 8040');
            expect(load()).toMatchObject({
                network: { name: 'lab', networkId: -3 },
                provider: { http: { port: 1234 } },
                client: { bidWindowSeconds: 9 },
            });
        });

        it('of a few lines is added to', async () => {
            write('network: devnet');
            await saveSettings(home(), {
                'provider.http.port': '5',
                'networks.devnet.pollMs': '50',
            });
            expect(load()).toMatchObject({
                network: { pollMs: 50 },
                provider: { http: { port: 5 } },
            });
        });

        it('that is wrong is not touched', async () => {
            write('netwrok: devnet\n');
            await expect(saveSettings(home(), { network: 'devnet' })).rejects.toMatchObject({
                code: 'CONFIG_INVALID',
            });
            expect(readFileSync(home().config, 'utf8')).toBe('netwrok: devnet\n');
        });
    });
});

describe('The home', () => {
    it('is where each system keeps the data of a user, unless COCOON_HOME says otherwise', () => {
        const at = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
            homeOf(env, platform, '/home/ann').folder;
        expect(at('linux')).toBe('/home/ann/.local/share/cocoon');
        expect(at('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/cocoon');
        expect(at('linux', { XDG_DATA_HOME: 'data' })).toBe('/home/ann/.local/share/cocoon');
        expect(at('darwin')).toBe('/home/ann/Library/Application Support/cocoon');
        expect(at('linux', { COCOON_HOME: '/srv/cocoon' })).toBe('/srv/cocoon');
    });

    it('is one for both commands', () => {
        expect(homeAt('/h')).toMatchObject({
            config: '/h/config.yaml',
            client: { keystore: '/h/client/keystore.age' },
            provider: { keystore: '/h/provider/keystore.age' },
        });
    });
});

describe('The list of settings in docs/owners.md', () => {
    it('is the one that the program knows', () => {
        const path = join(__dirname, '..', '..', 'docs', 'owners.md');
        // Prettier pads the cells.
        const lines = (text: string) =>
            text
                .split('\n')
                .filter((line) => line.startsWith('| `'))
                .map((line) => line.replace(/ +/g, ' ').trim());
        const known = lines(settingsTable());
        expect(lines(readFileSync(path, 'utf8')).filter((line) => known.includes(line))).toEqual(
            known,
        );
    });
});
