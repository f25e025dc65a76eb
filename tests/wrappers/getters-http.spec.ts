import { type Address, type Cell, internal, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import { type OpenedContract, TonClient, WalletContractV4 } from '@ton/ton';
import { type Devnet, startDevnet } from '../../devnet';
import {
    checkFee,
    DEVNET_PARAMETERS,
    Escrow,
    jobCommitment,
    lockHorizon,
    Market,
    requiredLock,
    signNodeAction,
    Stake,
} from '../../wrappers';

const KEY = keyPairFromSeed(sha256_sync('everybody in the getters test'));

/**
 * Getters that work in a sandbox can fail over HTTP, where nested and optional values come back in
 * other shapes. So each getter of each contract is called here through an unmodified `TonClient`.
 */
describe('every getter over HTTP', () => {
    let chain: Devnet;
    let client: TonClient;
    let wallet: OpenedContract<WalletContractV4>;
    let market: OpenedContract<Market>;
    let stake: OpenedContract<Stake>;
    let escrow: OpenedContract<Escrow>;

    beforeAll(async () => {
        chain = await startDevnet({ blockIntervalMs: 0 });
        client = new TonClient({ endpoint: chain.endpoint });
        wallet = client.open(WalletContractV4.create({ workchain: 0, publicKey: KEY.publicKey }));
        await chain.faucet(wallet.address, toNano('1000'));
        const built = await Market.fromConfig({
            owner: wallet.address,
            network: -3,
            timelockSeconds: 60,
            parameters: DEVNET_PARAMETERS,
        });
        await transfer(built.address, toNano('1'), undefined, built.init);
        market = client.open(Market.fromAddress(built.address));
        const deployment = await built.deployment();
        stake = client.open(Stake.ofOperator(deployment, wallet.address));
        escrow = client.open(Escrow.ofClient(deployment, wallet.address));
        await market.sendOpenStake(sender(), toNano('130'), {
            nodeKey: KEY.publicKey,
            dailyLimit: toNano('100'),
            reserve: toNano('100'),
            collateral: toNano('20'),
            endpoint: 'http://127.0.0.1:4000',
        });
        await market.sendPost(sender(), toNano('5'), {
            index: 0,
            jobId: 0,
            ceiling: toNano('0.5'),
            assurance: checkFee(DEVNET_PARAMETERS, toNano('0.5'), 1),
            open: true,
            parametersTag: 0n,
            terms: {
                spec: 1n,
                model: 2n,
                seedHash: 3n,
                items: 1,
                takePrice: toNano('0.5'),
                bidWindowSeconds: 60,
                commitWindowSeconds: 60,
                checkRate: 0,
                payUnverified: false,
                keep: false,
                rule: null,
            },
        });
    });

    afterAll(() => chain.stop());

    async function transfer(
        to: Address,
        value: bigint,
        body?: Cell,
        init?: { code: Cell; data: Cell },
    ): Promise<void> {
        const seqno = await wallet.getSeqno();
        const message = internal({ to, value, bounce: false, body, init });
        await wallet.sendTransfer({
            seqno,
            secretKey: KEY.secretKey,
            messages: [message],
            timeout: chain.now() + 60,
        });
    }

    function sender() {
        return {
            address: wallet.address,
            send: (message: { to: Address; value: bigint; body?: Cell | null | undefined }) =>
                transfer(message.to, message.value, message.body ?? undefined),
        };
    }

    it('reads the Market', async () => {
        expect((await market.getOwner()).equals(wallet.address)).toBe(true);
        expect((await market.getProposedOwner()).hash.equals(Buffer.alloc(32))).toBe(true);
        expect(await market.getNetwork()).toBe(-3n);
        expect(await market.getTimelock()).toBe(60n);
        expect(await market.getFees()).toBe(0n);
        expect(await market.getApplyAt()).toBe(0n);
        expect(await market.getMarketParameters()).toEqual(DEVNET_PARAMETERS);
        expect((await market.getProposedParameters()).bits.length).toBe(0);
        expect((await market.getCosts()).post).toBeGreaterThan(0n);
        expect((await market.getStakeAddress(wallet.address)).equals(stake.address)).toBe(true);
        expect((await market.getEscrowAddress(wallet.address, 0n)).equals(escrow.address)).toBe(
            true,
        );
    });

    it('reads the Escrow and its jobs in each state', async () => {
        const view = await escrow.getEscrow();
        expect([view.nextJob, view.open]).toEqual([1n, 1n]);
        expect(view.client.equals(wallet.address)).toBe(true);
        expect(await escrow.getOpenJob(7, chain.now())).toBeUndefined();
        const open = await escrow.getOpenJob(0, chain.now());
        if (open?.state !== 'bidding') throw new Error(`The job is ${open?.state}.`);
        expect((await escrow.getOpenJobs(chain.now())).map((job) => job.id)).toEqual([0]);

        const lock = requiredLock(DEVNET_PARAMETERS, toNano('0.4'), open.ceiling);
        const key = { seed: 1n, ...keyPairFromSeed(Buffer.alloc(32, 1)) };
        const end = open.biddingEnd + 60 + lockHorizon(DEVNET_PARAMETERS);
        const header = {
            stake: stake.address,
            network: -3,
            validUntil: chain.now() + 60,
            client: wallet.address,
            index: 0,
            escrow: escrow.address,
        };
        await stake.sendNodeAction(
            signNodeAction(
                { ...header, seqno: 0 },
                {
                    kind: 'bid',
                    jobId: 0,
                    lock,
                    lockUntil: end,
                    price: toNano('0.4'),
                    commitment: jobCommitment(key),
                },
                KEY.secretKey,
            ),
        );
        expect((await escrow.getOpenJob(0, chain.now()))?.state).toBe('assigned');
        await escrow.sendCommit({ jobId: 0, root: 9n, faulty: 0 }, key);
        const committed = await escrow.getOpenJob(0, chain.now());
        expect(committed?.state === 'committed' && committed.commit.root).toBe(9n);
    });

    it('reads the Stake', async () => {
        const view = await stake.getStake();
        expect(view.operator.equals(wallet.address)).toBe(true);
        expect([view.reserve, view.collateral]).toEqual([toNano('100'), toNano('20')]);
        expect(view.locked).toBe(toNano('0.4'));
        expect(await stake.getEndpointUrl()).toBe('http://127.0.0.1:4000');
        expect((await stake.getBuckets()).refs.length).toBe(1);
        const standing = await stake.getStanding();
        expect([standing.convicted, standing.heldUntil]).toEqual([false, 0n]);
    });

    it('calls every getter that the compiler exported', () => {
        // A getter added to a contract must be added above: this list fails until it is.
        const exported = [Market, Stake, Escrow].map((contract) =>
            Object.getOwnPropertyNames(Object.getPrototypeOf(contract.prototype))
                .filter((name) => name.startsWith('get'))
                .sort(),
        );
        expect(exported).toEqual([
            [
                'getApplyAt',
                'getCosts',
                'getEscrowAddress',
                'getFees',
                'getNetwork',
                'getOwner',
                'getParameters',
                'getProposedOwner',
                'getProposedParameters',
                'getStakeAddress',
                'getTimelock',
            ],
            ['getBuckets', 'getEndpoint', 'getStake', 'getStanding'],
            ['getEscrow', 'getJob', 'getJobs'],
        ]);
    });
});
