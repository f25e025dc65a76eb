import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Address, toNano } from '@ton/core';
import { keyPairFromSeed, mnemonicNew, mnemonicToPrivateKey, sha256_sync } from '@ton/crypto';
import { TonClient, WalletContractV5R1 } from '@ton/ton';
import { type Devnet, startDevnet } from '../../devnet';
import {
    MAIN_PARAMETERS,
    Escrow,
    jobCommitment,
    lockHorizon,
    Market,
    type NodeAction,
    requiredLock,
    signNodeAction,
    Stake,
} from '../../wrappers';

const ROOT = join(__dirname, '..', '..');
const NODE = keyPairFromSeed(sha256_sync('node of the blueprint test'));
const HASH = 'ab'.repeat(32);

jest.setTimeout(240_000);

describe('npx blueprint run, as a black box against the embedded chain', () => {
    let chain: Devnet;
    let client: TonClient;
    let wallet: Address;
    let mnemonic: string;
    let market: Market;

    beforeAll(async () => {
        chain = await startDevnet({ blockIntervalMs: 50 });
        client = new TonClient({ endpoint: chain.endpoint });
        const words = await mnemonicNew();
        mnemonic = words.join(' ');
        const { publicKey } = await mnemonicToPrivateKey(words);
        wallet = WalletContractV5R1.create({
            publicKey,
            walletId: {
                networkGlobalId: -3,
                context: { workchain: 0, subwalletNumber: 0, walletVersion: 'v5r1' },
            },
        }).address;
        await chain.faucet(wallet, toNano('1000'));
    });

    afterAll(() => chain.stop());

    /** Runs a script with the shell command that the documents give; returns what it printed. */
    function blueprint(...args: string[]): Promise<string> {
        const network = ['--custom', chain.endpoint, '--custom-version', 'v2'];
        const child = spawn(
            process.execPath,
            [
                join(ROOT, 'node_modules', '@ton', 'blueprint', 'dist', 'cli', 'cli.js'),
                'run',
                ...args,
                ...network,
                '--custom-type',
                'testnet',
                '--mnemonic',
            ],
            {
                cwd: ROOT,
                env: {
                    ...process.env,
                    WALLET_MNEMONIC: mnemonic,
                    WALLET_VERSION: 'v5r1',
                    NODE_OPTIONS: `--require ${join(__dirname, 'chain-clock.js')}`,
                    CHAIN_AHEAD_MS: `${Math.max(0, chain.now() * 1000 - Date.now())}`,
                },
                stdio: ['ignore', 'pipe', 'pipe'],
            },
        );
        let printed = '';
        child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
        return new Promise((resolve, reject) => {
            child.on('error', reject);
            child.on('exit', (code) =>
                code === 0
                    ? resolve(printed)
                    : reject(new Error(`${args[0]} exited with ${code}:\n${printed}`)),
            );
        });
    }

    async function act(stake: Stake, escrow: Escrow, action: NodeAction): Promise<void> {
        const opened = client.open(stake);
        const { seqno } = await opened.getStake();
        const signed = signNodeAction(
            {
                stake: stake.address,
                network: -3,
                seqno: Number(seqno),
                validUntil: chain.now() + 60,
                client: wallet,
                index: 0,
                escrow: escrow.address,
            },
            action,
            NODE.secretKey,
        );
        await opened.sendNodeAction(signed);
        while ((await opened.getStake()).seqno === seqno) await chain.mineBlock();
        await client.open(escrow).getEscrow();
    }

    it('deploys a Market and shows it', async () => {
        const printed = await blueprint('deployMarket');
        const address = /Market: (\S+)/.exec(printed)?.[1] ?? '';
        market = Market.fromAddress(Address.parse(address));
        expect((await client.open(market).getOwner()).equals(wallet)).toBe(true);
        expect(await blueprint('showMarket', address)).toContain('protocol fee      1 %');
        expect(await blueprint('deployMarket', 'main')).toContain('deployed already');
    });

    it('opens, tops up, unbonds and shows a stake', async () => {
        const key = NODE.publicKey.toString('hex');
        const opened = await blueprint(
            'openStake',
            market.address.toString(),
            key,
            '100',
            '10',
            '50',
            '2',
            'http://127.0.0.1:1',
        );
        const stake = /Stake (\S+)/.exec(opened)?.[1] ?? '';
        expect(opened).toContain('reserve           100 GRAM');
        expect(await blueprint('topUpStake', stake, '5', '1')).toContain('105 GRAM');
        expect(await blueprint('unbondStake', stake, '5', '0')).toContain('5 GRAM until');
        expect(await blueprint('showStake', stake)).toContain('http://127.0.0.1:1');
    });

    it('posts, shows, cancels and accepts jobs, and withdraws what they earned', async () => {
        const deployment = await market.deployment();
        const escrow = Escrow.ofClient(deployment, wallet);
        const stake = Stake.ofOperator(deployment, wallet);
        const at = market.address.toString();
        await blueprint('postJob', at, HASH, HASH, '1', '0.5', '0', '600', '600');
        expect(await blueprint('showJob', escrow.address.toString(), '0')).toContain(
            'open for bids',
        );
        expect(await blueprint('cancelJob', escrow.address.toString(), '0')).toContain('refunded');

        const posted = await blueprint('postJob', at, HASH, HASH, '1', '0.5', '0.5', '600', '600');
        const seed = /Seed of job 1: (\S+)/.exec(posted)?.[1] ?? '';
        const job = await client.open(escrow).getOpenJob(1, chain.now());
        if (job?.state !== 'bidding') throw new Error('The job is not open for bids.');
        const pair = keyPairFromSeed(Buffer.alloc(32, 7));
        const key = { seed: 7n, ...pair };
        await act(stake, escrow, {
            kind: 'bid',
            jobId: 1,
            lock: requiredLock(MAIN_PARAMETERS, toNano('0.4'), job.ceiling),
            lockUntil: job.biddingEnd + 600 + lockHorizon(MAIN_PARAMETERS),
            price: toNano('0.4'),
            commitment: jobCommitment(key),
        });
        await client.open(escrow).sendCommit({ jobId: 1, root: 1n, faulty: 0 }, key);
        const shown = await blueprint('showJob', escrow.address.toString());
        expect(shown).toContain('delivered, 0.4 GRAM');
        expect(await blueprint('acceptJob', escrow.address.toString(), '1', seed)).toContain(
            'accepted and drawn for a check',
        );
        // No verifier comes: after three rounds the provider is paid, as the terms say.
        const { claimWindow, rounds } = MAIN_PARAMETERS.verification;
        let ticked = '';
        for (let round = 0; round < rounds; round++) {
            await chain.advanceTime(claimWindow + 1);
            ticked = await blueprint('tickJob', escrow.address.toString(), '1');
        }
        expect(ticked).toContain('Job 1: ended');
        await expect(blueprint('disputeJob', escrow.address.toString(), '1', '0')).rejects.toThrow(
            'nothing to dispute',
        );
        const { withdrawable } = await client.open(stake).getStake();
        expect(withdrawable).toBe(toNano('0.396'));
        expect(await blueprint('withdrawStake', stake.address.toString(), 'all')).toContain(
            'can be withdrawn  0 GRAM',
        );
    });

    it('says what is wrong with an argument', async () => {
        await expect(blueprint('showMarket', 'nonsense')).rejects.toThrow('is not an address');
    });
});
