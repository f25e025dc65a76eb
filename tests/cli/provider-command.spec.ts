import {
    chmodSync,
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    statSync,
    writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Address, Cell, toNano } from '@ton/core';
import { startDevnet } from '../../devnet';
import { Stake } from '../../wrappers';
import { until } from '../provider/world';
import {
    bundleCommand,
    keysTextOf,
    makeKeysCheap,
    PASSPHRASE,
    ProviderWorld,
    type Running,
} from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_490;
const ADMIN = 18_492;
const PORTS = ['--port', String(PORT), '--set', `provider.http.adminPort=${ADMIN}`];
const URL = `http://127.0.0.1:${PORT}`;

// Every command is a process of its own, and most of them send messages.
jest.setTimeout(120_000);

let world: ProviderWorld;
beforeAll(async () => {
    bundleCommand();
    world = await ProviderWorld.create();
});
afterAll(() => world.stop());

type Facts = Record<string, unknown>;

/** What a keystore of a provider holds. */
interface Keys {
    readonly nodeSecret: string;
    readonly nodeKeySeed: string;
    readonly owner: { readonly mnemonic: readonly string[] };
}

function nano(value: unknown): bigint {
    return BigInt(value as string);
}

describe('An owner', () => {
    let home: string;
    let stake: Address;
    let node: Running;
    beforeAll(() => void (home = world.home('owner')));

    const start = async (args: readonly string[] = [], at = home): Promise<void> => {
        node = world.launch(at, ['start', ...args]);
        await node.says('Ready for jobs.');
    };

    it('sets a machine up with one command', async () => {
        const args = ['init', ...world.network, ...PORTS, '--create-wallet', '--faucet', '--yes'];
        const result = await world.json(home, args);
        expect(result).toMatchObject({ state: 'open', network: 'devnet', endpoint: URL });
        stake = Address.parse(result['stake'] as string);
        const opened = world.chain.open(Stake.fromAddress(stake));
        expect(await opened.getEndpointUrl()).toBe(URL);
        const view = await opened.getStake();
        expect(view).toMatchObject({
            reserve: toNano('10'),
            collateral: toNano('5'),
            dailyLimit: toNano('5'),
        });
        expect(view.operator.toString()).toBe(result['owner']);
        expect(view.nodeKey.toString(16).padStart(64, '0')).toBe(result['nodeKey']);
    });

    it('has all files to itself, and keys as dear to guess as the age tool makes them', () => {
        const keystore = join(home, 'provider', 'keystore.age');
        for (const file of [
            keystore,
            join(home, 'config.yaml'),
            join(home, 'provider', 'node.json'),
        ]) {
            expect(statSync(file).mode & 0o777).toBe(0o600);
        }
        for (const folder of [home, join(home, 'provider')]) {
            expect(statSync(folder).mode & 0o777).toBe(0o700);
        }
        expect(readFileSync(keystore, 'latin1')).toMatch(/^-> scrypt \S+ 18$/m);
        makeKeysCheap(home);
    });

    it('can say it again, and nothing changes', async () => {
        const before = readFileSync(join(home, 'provider', 'keystore.age'));
        const reserve = (await world.chain.open(Stake.fromAddress(stake)).getStake()).reserve;
        expect(await world.json(home, ['init'])).toMatchObject({ state: 'open', endpoint: URL });
        expect(readFileSync(join(home, 'provider', 'keystore.age'))).toEqual(before);
        expect((await world.chain.open(Stake.fromAddress(stake)).getStake()).reserve).toBe(reserve);
    });

    it('runs a node that does a job and is paid for it', async () => {
        await start(['--set', 'provider.explorer.on=true']);
        const { closing, price } = await world.job([1, 2, 3], URL);
        expect(closing?.outcome).toBe('accepted');
        expect(closing?.paid).toBe(price);
        const said = await node.says('paid ');
        for (const part of [
            'open for bids',
            '3 items for identity',
            'bidding',
            'won for',
            'executed 3 items',
        ]) {
            expect(said).toContain(part);
        }
        expect(said).toMatch(
            /Job \S{6}\/0: paid 0\.\d+ GRAM\. The client accepted .* for 1 job since the start\./,
        );
    });

    it('sees what the running node does and has earned', async () => {
        const { node: facts, stake: view } = (await world.json(home, ['status'])) as {
            node: Record<string, Record<string, unknown>>;
            stake: Record<string, string>;
        };
        expect(facts).toMatchObject({ state: 'running', running: { ready: true, jobs: [] } });
        expect(nano(facts['totals']?.['earned'])).toBeGreaterThan(0n);
        expect(view['withdrawable']).toBe(facts['totals']?.['earned']);
        // What docs/owners.md says that a bid and its results cost.
        const fees = Number(nano(facts['totals']?.['fees'])) / 1e9;
        expect(fees.toFixed(3)).toBe('0.004');
        const { out } = await world.run(home, ['status']);
        expect(out).toContain(`Node: runs on http://0.0.0.0:${PORT}`);
        expect(out).toContain('The client accepted the results');
    });

    it('serves the whole market to everybody, since its owner said so', async () => {
        const at = `${URL}/explorer/api/v1`;
        const read = async (path: string) => (await (await fetch(`${at}/${path}`)).json()) as Facts;
        await until(async () => (await read('jobs?live=false'))['total'] === 1);
        const { jobs } = await read('jobs');
        expect(jobs).toMatchObject([
            {
                client: world.client.address.toString(),
                items: 3,
                winner: { stake: stake.toString() },
                closing: { outcome: 'accepted' },
            },
        ]);
        expect(await read('status')).toMatchObject({
            market: world.market.address.toString(),
            stake: stake.toString(),
            gaps: [],
        });
        expect(await read(`stakes/${stake.toString()}`)).toMatchObject({
            delivered: 1,
            work: [{ jobs: 1, items: 3 }],
        });
    });

    it('cannot start it twice', async () => {
        const { code, error } = await world.failure(home, ['start']);
        expect(code).toBe(1);
        expect(error).toMatchObject({ code: 'STATE_IN_USE' });
    });

    it('can back it up while it runs', async () => {
        const file = join(world.folder, 'running.age');
        const { files } = await world.json(home, ['backup', file]);
        expect((files as { path: string }[]).map(({ path }) => path)).toEqual([
            'config.yaml',
            'provider/keystore.age',
            'provider/node.json',
            expect.stringMatching(/^provider\/state\/[0-9a-f]{16}\/data\.mdb$/) as string,
        ]);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(await world.failure(home, ['backup', file])).toMatchObject({
            code: 1,
            error: { code: 'BACKUP_EXISTS' },
        });
    });

    it('stops it with Ctrl-C, and no process is left', async () => {
        const children = node.children();
        expect(children.length).toBeGreaterThan(0);
        const { code, out, err } = await node.interrupt();
        expect(code).toBe(0);
        expect(out).toContain('Stopped.');
        expect(err).toContain('go on at the next start');
        expect(children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
        await expect(fetch(`${URL}/health`)).rejects.toThrow('fetch failed');
    });

    it('sees the same earnings while the node is stopped, without a passphrase', async () => {
        const { code, out } = await world.run(home, ['status', '--json'], {
            COCOON_PASSPHRASE: '',
        });
        expect(code).toBe(0);
        const { node: facts } = JSON.parse(out) as {
            node: Record<string, Record<string, unknown>>;
        };
        expect(facts).toMatchObject({ state: 'stopped', recent: [{ outcome: 'paid' }] });
        expect(nano(facts['totals']?.['earned'])).toBeGreaterThan(0n);
        expect(facts['week']).toBe(facts['totals']?.['earned']);
    });

    it('withdraws what was earned, to the wallet that owns the stake', async () => {
        const free = await world.json(home, ['withdraw']);
        const earned = nano(free['withdrawable']);
        expect(earned).toBeGreaterThan(0n);
        const { owner } = (await world.json(home, ['status'])) as { owner: string };
        const before = await world.balance(Address.parse(owner));
        expect(await world.failure(home, ['withdraw', '--all'])).toMatchObject({
            error: { code: 'NOT_INTERACTIVE' },
        });
        const done = await world.json(home, ['withdraw', '--all', '--yes']);
        expect(done).toMatchObject({ withdrawable: '0', withdrawn: { amount: earned.toString() } });
        const after = await world.balance(Address.parse(owner));
        // The message costs a little more than a job of nothing brings in.
        expect(after - before).toBeGreaterThan(earned - toNano('0.01'));
        expect(await world.failure(home, ['withdraw', '--all', '--yes'])).toMatchObject({
            error: { code: 'NOTHING_FREE' },
        });
        expect(await world.failure(home, ['withdraw', '--amount', '1', '--yes'])).toMatchObject({
            error: { code: 'TOO_MUCH', message: 'Only 0 GRAM can be withdrawn now, not 1 GRAM.' },
        });
    });

    it('pauses the stake at once, and lets it bid again', async () => {
        expect(await world.json(home, ['pause', '--yes'])).toMatchObject({ paused: true });
        expect(await world.json(home, ['status'])).toMatchObject({ stake: { paused: true } });
        const resumed = await world.json(home, ['resume', '--daily-limit', '3', '--yes']);
        expect(resumed).toEqual({ paused: false, dailyLimit: toNano('3').toString() });
    });

    it('moves to another URL with one command', async () => {
        const moved = `http://127.0.0.1:${PORT}/`;
        const other = 'https://node.example.org';
        await world.json(home, ['publish', '--public-url', other, '--yes']);
        expect(await world.chain.open(Stake.fromAddress(stake)).getEndpointUrl()).toBe(other);
        const wrong = await world.failure(home, [
            'start',
            '--set',
            `provider.http.publicUrl=${URL}`,
        ]);
        expect(wrong.error).toMatchObject({
            code: 'STAKE_OTHER_NODE',
            message: `The stake tells clients to come to ${other}, and this machine is ${URL}.`,
            hint: expect.stringContaining('cocoon-provider publish') as string,
        });
        expect(await world.json(home, ['publish', '--public-url', moved, '--yes'])).toMatchObject({
            endpoint: URL,
        });
    });

    it('restores a backup into another home and goes on from there', async () => {
        const file = join(world.folder, 'node.age');
        const other = world.home('restored');
        await world.json(home, ['backup', file]);
        const { code, err } = await world.run(other, ['restore', file, '--yes']);
        expect(code).toBe(0);
        expect(err).toContain('Two nodes with one key must never run at once');
        const restored = (await world.json(other, ['status'])) as { node: { totals: object } };
        expect(restored.node).toMatchObject({ state: 'stopped', recent: [{ outcome: 'paid' }] });
        await start([], other);
        const { closing } = await world.job([4], URL);
        expect(closing?.outcome).toBe('accepted');
        // Nobody is shown the market unless the owner wants it.
        expect((await fetch(`${URL}/explorer/api/v1/status`)).status).toBe(404);
        await node.interrupt();
    });

    it('does not restore over a home, unless it shall be moved aside', async () => {
        const file = join(world.folder, 'node.age');
        const other = world.home('restored');
        const config = readFileSync(join(other, 'config.yaml'), 'utf8');
        writeFileSync(join(other, 'config.yaml'), `# mine\n${config}`);
        expect(await world.failure(other, ['restore', file, '--yes'])).toMatchObject({
            error: { code: 'HOME_IN_USE' },
        });
        const { aside } = await world.json(other, ['restore', file, '--yes', '--force']);
        expect(readFileSync(join(aside as string, 'config.yaml'), 'utf8')).toMatch(/^# mine/);
        expect(readFileSync(join(other, 'config.yaml'), 'utf8')).toBe(config);
    });

    it('is told of a backup that was changed before anything is written', async () => {
        const whole = readFileSync(join(world.folder, 'node.age'));
        const broken = join(world.folder, 'broken.age');
        const other = world.home('never');
        for (const bytes of [
            whole.subarray(0, whole.length - 1),
            Buffer.concat([whole, whole]),
            Buffer.from('x'),
        ]) {
            writeFileSync(broken, bytes);
            expect((await world.failure(other, ['restore', broken, '--yes'])).error).toMatchObject({
                code: 'KEYSTORE_DAMAGED',
            });
        }
        const file = join(world.folder, 'node.age');
        const wrong = { COCOON_PASSPHRASE: 'not the passphrase' };
        expect((await world.failure(other, ['restore', file, '--yes'], wrong)).error).toMatchObject(
            {
                code: 'PASSPHRASE_WRONG',
            },
        );
        expect(existsSync(other)).toBe(false);
        expect(readdirSync(world.folder).filter((name) => name.includes('restoring'))).toEqual([]);
    });

    it('leaves: unbonds, waits, and takes everything back', async () => {
        const { freeAt, unbonding } = await world.json(home, [
            'withdraw',
            '--unbond',
            '--all',
            '--yes',
        ]);
        expect(unbonding).toBe(toNano('15').toString());
        expect(
            (await world.failure(home, ['withdraw', '--amount', '15', '--yes'])).error,
        ).toMatchObject({
            code: 'TOO_MUCH',
        });
        await world.devnet.advanceTime((freeAt as number) - world.devnet.now() + 1);
        const done = await world.json(home, ['withdraw', '--all', '--yes']);
        expect(done).toMatchObject({ withdrawable: '0', reserve: '0', collateral: '0' });
        expect(await world.balance(stake)).toBeLessThan(toNano('0.01'));
        const { owner } = (await world.json(home, ['status'])) as { owner: string };
        expect(await world.balance(Address.parse(owner))).toBeGreaterThan(toNano('16'));
    });

    it('has never seen a secret on the screen, in the log or in a readable file', () => {
        const { nodeSecret, nodeKeySeed, owner } = JSON.parse(keysTextOf(home)) as Keys;
        const words = owner.mnemonic.slice(0, 3).join('[ ,"]+');
        const texts = [
            world.said,
            readFileSync(join(home, 'provider', 'node.log'), 'utf8'),
            readFileSync(join(home, 'provider', 'node.json'), 'utf8'),
            readFileSync(join(home, 'config.yaml'), 'utf8'),
        ];
        expect(world.said.length).toBeGreaterThan(5_000);
        for (const text of texts) {
            expect(text).not.toContain(nodeSecret);
            expect(text).not.toContain(nodeKeySeed);
            expect(text).not.toMatch(new RegExp(words));
            expect(text).not.toContain(PASSPHRASE);
        }
    });
});

describe('An owner without money', () => {
    it('is told where it shall go, can leave, and goes on when it is there', async () => {
        const home = world.home('waiting');
        const init = world.launch(home, [
            'init',
            ...world.network,
            ...PORTS,
            '--create-wallet',
            '--yes',
        ]);
        const notes = await init.notes('Waiting for');
        const [, wallet = ''] = /The owner's wallet (UQ\S+) needs 16\.\d+ GRAM/.exec(notes) ?? [];
        expect(await init.interrupt()).toMatchObject({ code: 130, out: '' });
        makeKeysCheap(home);
        await world.devnet.faucet(Address.parse(wallet), toNano('16'));
        const short = world.launch(home, ['init', '--yes', '--json']);
        await short.notes('Waiting for 0.');
        await world.devnet.faucet(Address.parse(wallet), toNano('1'));
        const { code, out } = await short.ended;
        expect(code).toBe(0);
        expect(JSON.parse(out)).toMatchObject({
            state: 'open',
            owner: Address.parse(wallet).toString(),
        });
    });
});

describe('An owner with a wallet elsewhere', () => {
    it('opens the stake with a link', async () => {
        const home = world.home('cold');
        const wallet = await world.wallet('30');
        const args = ['init', ...world.network, ...PORTS, '--owner', wallet.address.toString()];
        const init = world.launch(home, [...args, '--yes', '--json']);
        await init.says('"kind":"transfer"');
        const [line = ''] = (await init.says('\n')).split('\n');
        const { link, from } = JSON.parse(line) as { link: string; from: string };
        expect(from).toBe(wallet.address.toString());
        const [, to = '', amount = '', bin = ''] =
            /^ton:\/\/transfer\/([\w-]+)\?amount=(\d+)&bin=([\w-]+)$/.exec(link) ?? [];
        await wallet.send({
            to: Address.parse(to),
            value: BigInt(amount),
            body: Cell.fromBase64(Buffer.from(bin, 'base64url').toString('base64')),
        });
        const { code, out } = await init.ended;
        expect(code).toBe(0);
        expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({
            state: 'open',
            owner: wallet.address.toString(),
        });
        const paused = world.run(home, ['pause', '--no-wait'], { COCOON_PASSPHRASE: '' });
        expect((await paused).out).toContain('ton://transfer/');
    });

    it('need not be waited for', async () => {
        const home = world.home('cold-later');
        const { address } = await world.wallet('1');
        const args = [
            'init',
            ...world.network,
            ...PORTS,
            '--owner',
            address.toString(),
            '--no-wait',
        ];
        expect(await world.json(home, args)).toMatchObject({ state: 'waiting' });
        const own = ['init', ...world.network, ...PORTS, '--create-wallet', '--no-wait'];
        expect(await world.json(world.home('poor'), own)).toMatchObject({ state: 'waiting' });
        expect((await world.failure(world.home('poor'), ['start'])).error).toMatchObject({
            code: 'STAKE_NOT_OPEN',
        });
        expect((await world.failure(home, ['init', '--create-wallet'])).error).toMatchObject({
            code: 'OWNER_OTHER',
        });
    });
});

describe('What is wrong', () => {
    let home: string;
    beforeAll(async () => {
        home = world.home('errors');
        const args = ['init', ...world.network, ...PORTS, '--create-wallet', '--faucet', '--yes'];
        await world.json(home, args);
        makeKeysCheap(home);
    });
    /** A copy of the home to break. */
    const copy = (name: string): string => {
        const other = world.home(name);
        cpSync(home, other, { recursive: true });
        return other;
    };

    it('a command without a home says how to begin', async () => {
        expect((await world.failure(world.home('none'), ['start'])).error).toMatchObject({
            code: 'SETUP_MISSING',
            hint: expect.stringContaining('cocoon-provider init') as string,
        });
    });

    it('init without a passphrase, an owner, a Market or a URL says what is missing', async () => {
        const other = world.home('missing');
        const args = ['init', ...world.network, ...PORTS];
        const create = [...args, '--create-wallet'];
        expect((await world.failure(other, create, { COCOON_PASSPHRASE: '' })).error).toMatchObject(
            {
                code: 'PASSPHRASE_MISSING',
            },
        );
        expect(
            (await world.failure(other, create, { COCOON_PASSPHRASE: 'weak' })).error,
        ).toMatchObject({
            code: 'PASSPHRASE_WEAK',
        });
        expect(await world.failure(other, args)).toMatchObject({
            code: 2,
            error: { code: 'USAGE' },
        });
        const noMarket = [
            'init',
            '--network',
            'devnet',
            '--endpoint',
            world.devnet.endpoint,
            '--create-wallet',
        ];
        expect((await world.failure(other, noMarket)).error).toMatchObject({
            code: 'MARKET_UNKNOWN',
            hint: expect.stringContaining('--market <address>') as string,
        });
        const noUrl = [...create, '--set', 'allowPrivateAddresses=false'];
        expect((await world.failure(other, noUrl)).error).toMatchObject({
            code: 'PUBLIC_URL_MISSING',
            hint: expect.stringContaining('--public-url') as string,
        });
        const tiny = [...create, '--reserve', '0.1', '--faucet', '--yes'];
        expect((await world.failure(other, tiny)).error).toMatchObject({
            code: 'STAKE_TOO_SMALL',
            hint: 'Give at least 0.85 GRAM.',
        });
    });

    it('an embedded chain that comes with a Market needs none to be named', async () => {
        const devnet = await startDevnet({ blockIntervalMs: 0, market: true });
        try {
            const other = world.home('with-market');
            const args = ['init', '--network', 'devnet', '--endpoint', devnet.endpoint, ...PORTS];
            const result = await world.json(other, [...args, '--create-wallet', '--no-wait']);
            expect(result['market']).toBe(devnet.market?.toString());
            const { error } = await world.failure(other, ['start']);
            expect(error['code']).toBe('STAKE_NOT_OPEN');
        } finally {
            await devnet.stop();
        }
    });

    it('a wrong passphrase is named', async () => {
        const wrong = { COCOON_PASSPHRASE: 'this is not the one' };
        expect((await world.failure(home, ['start'], wrong)).error).toMatchObject({
            code: 'PASSPHRASE_WRONG',
        });
    });

    it('keys that others can read are refused, with what to type', async () => {
        const other = copy('exposed');
        const path = join(other, 'provider', 'keystore.age');
        chmodSync(path, 0o644);
        expect((await world.failure(other, ['start'])).error).toMatchObject({
            code: 'KEYSTORE_EXPOSED',
            hint: expect.stringContaining(`chmod 600 ${path}`) as string,
        });
    });

    it('broken YAML is named by line and column, also for people', async () => {
        const other = copy('yaml');
        writeFileSync(
            join(other, 'config.yaml'),
            'network: devnet\nprovider:\n  http:\n    prot: 1\n',
        );
        const { code, out, err } = await world.run(other, ['start']);
        expect({ code, out }).toEqual({ code: 1, out: '' });
        expect(err).toContain('config.yaml:4:5: There is no setting provider.http.prot.');
        expect(err).not.toContain('    at ');
    });

    it('an endpoint that nobody serves is named', async () => {
        const args = ['withdraw', '--endpoint', 'http://127.0.0.1:9/api/v2/jsonRPC'];
        expect((await world.failure(home, args)).error).toMatchObject({
            code: 'ENDPOINT_UNREACHABLE',
            message: expect.stringContaining('http://127.0.0.1:9/') as string,
        });
        const shown = await world.json(home, ['status', ...args.slice(1)]);
        expect(shown).toMatchObject({
            chainError: { code: 'ENDPOINT_UNREACHABLE' },
            node: { state: 'stopped' },
        });
    });

    it('another network behind an endpoint is noticed', async () => {
        const market = world.market.address.toString();
        const fresh = (network: string) => [
            'init',
            '--network',
            network,
            '--endpoint',
            world.devnet.endpoint,
            '--market',
            market,
            '--public-url',
            URL,
            '--create-wallet',
        ];
        expect((await world.failure(world.home('net'), fresh('testnet'))).error).toMatchObject({
            code: 'NETWORK_WRONG',
            message: expect.stringContaining('This is not testnet') as string,
        });
        const args = [...fresh('lab'), '--set', 'networkId=-239'];
        expect((await world.failure(world.home('net'), args)).error).toMatchObject({
            code: 'NETWORK_WRONG',
            message: expect.stringContaining('-3, not -239') as string,
        });
        expect(existsSync(world.home('net'))).toBe(false);
    });

    it('an address that is no Market is noticed', async () => {
        const at = (address: Address) => [
            'init',
            ...world.network,
            ...PORTS,
            '--create-wallet',
            '--market',
            address.toString(),
        ];
        const nobody = Address.parse(`0:${'77'.repeat(32)}`);
        expect((await world.failure(world.home('wrong'), at(nobody))).error).toMatchObject({
            code: 'MARKET_NOT_THERE',
        });
        expect(
            (await world.failure(world.home('wrong'), at(world.client.address))).error,
        ).toMatchObject({
            code: 'MARKET_CODE_UNKNOWN',
        });
        const { error } = await world.failure(home, ['start', '--market', nobody.toString()]);
        expect(error).toMatchObject({ code: 'SETUP_OTHER_MARKET' });
    });

    it('a port that is taken is named', async () => {
        const server = await occupy(PORT);
        try {
            const { error } = await world.failure(home, ['start']);
            expect(error['code']).toBe('PORT_TAKEN');
            expect(error['message']).toContain(String(PORT));
        } finally {
            await new Promise((resolve) => server.close(resolve));
        }
    });

    it('too little for messages is noticed before the node starts', async () => {
        const other = copy('low');
        const { freeOperating } = await world.json(other, ['withdraw']);
        const most = nano(freeOperating);
        const amount = `0.${most.toString().padStart(9, '0')}`;
        expect(most).toBeLessThan(10n ** 9n * 2n);
        const gram =
            most >= 10n ** 9n ? `1.${(most - 10n ** 9n).toString().padStart(9, '0')}` : amount;
        await world.json(other, ['withdraw', '--operating', gram, '--yes']);
        expect((await world.failure(other, ['start'])).error).toMatchObject({
            code: 'BALANCE_TOO_LOW',
            hint: expect.stringMatching(/^Send at least 0\.\d+ GRAM to /) as string,
        });
    });

    it('a second machine of one owner is told that the stake obeys the first', async () => {
        const file = join(world.folder, 'words');
        const { owner } = JSON.parse(keysTextOf(home)) as Keys;
        writeFileSync(file, owner.mnemonic.join(' '));
        const other = world.home('second');
        const args = ['init', ...world.network, ...PORTS, '--import-wallet', file];
        const first = await world.json(home, ['status']);
        expect(await world.json(other, args)).toMatchObject({ owner: first['owner'] });
        expect((await world.failure(other, ['start'])).error).toMatchObject({
            code: 'STAKE_OTHER_NODE',
            message: expect.stringContaining('another node key') as string,
        });
        writeFileSync(file, 'these are no words of a wallet');
        expect((await world.failure(world.home('third'), args)).error).toMatchObject({
            code: 'MNEMONIC_WRONG',
        });
    });

    it('a home that was moved keeps working, and a damaged node.json says what to do', async () => {
        const other = world.home('moved');
        mkdirSync(join(other, 'provider'), { recursive: true, mode: 0o700 });
        for (const file of ['config.yaml', 'provider/keystore.age', 'provider/node.json']) {
            copyFileSync(join(home, file), join(other, file));
        }
        expect(await world.json(other, ['status'])).toMatchObject({ stake: { open: true } });
        writeFileSync(join(other, 'provider', 'node.json'), '{');
        expect((await world.failure(other, ['status'])).error).toMatchObject({
            code: 'SETUP_DAMAGED',
        });
    });
});

function occupy(port: number): Promise<Server> {
    const server = createServer();
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '0.0.0.0', () => {
            expect((server.address() as AddressInfo).port).toBe(port);
            resolve(server);
        });
    });
}
