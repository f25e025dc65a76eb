import { Address, beginCell, Cell, comment, Dictionary, internal, toNano } from '@ton/core';
import { parseFullConfig, TonClient, WalletContractV4 } from '@ton/ton';
import { DEFAULT_GLOBAL_ID } from '../../devnet/start';
import { assembled, call, cleanUp, clientOf, echo, keys, Payer, start } from './world';

afterEach(cleanUp);

describe('an unmodified TonClient', () => {
    it('reads the state of an account that never existed', async () => {
        const devnet = await start();
        const nobody = new Address(0, Buffer.alloc(32, 7));
        const state = await clientOf(devnet).getContractState(nobody);
        expect(state).toMatchObject({
            balance: 0n,
            state: 'uninitialized',
            code: null,
            data: null,
            lastTransaction: null,
        });
    });

    it('reads balance, code, data, last transaction, block and time of a contract', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        const data = beginCell().storeUint(5, 32).endCell();
        const contract = assembled('30', data);
        await payer.deploy(contract.address, contract.init);
        const client = clientOf(devnet);
        const state = await client.getContractState(contract.address);
        const [last] = await client.getTransactions(contract.address, { limit: 1 });
        expect(state.state).toBe('active');
        expect(state.balance).toBeGreaterThan(toNano('0.49'));
        expect(Cell.fromBoc(state.code ?? Buffer.alloc(0))[0]).toEqualCell(contract.code);
        expect(Cell.fromBoc(state.data ?? Buffer.alloc(0))[0]).toEqualCell(data);
        expect(state.lastTransaction).toEqual({
            lt: last?.lt.toString(),
            hash: last?.hash().toString('base64'),
        });
        expect(state.blockId.seqno).toBe(devnet.status().seqno);
        expect(state.timestampt).toBe(devnet.now());
    });

    it('gets the exit code -13 from a get-method of an account without code', async () => {
        const devnet = await start();
        const nobody = new Address(0, Buffer.alloc(32, 7));
        const result = await clientOf(devnet).runMethodWithError(nobody, 'seqno');
        expect(result.exit_code).toBe(-13);
        await expect(clientOf(devnet).runMethod(nobody, 'seqno')).rejects.toThrow('-13');
    });

    it('gets the exit code that a get-method throws', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        await payer.pay(devnet.giver, 1n); // which deploys it
        const result = await clientOf(devnet).runMethodWithError(payer.wallet.address, 'nothing');
        expect(result.exit_code).toBe(11);
    });

    it('walks from the masterchain over the shards to the transactions of a block', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        await payer.pay(new Address(0, Buffer.alloc(32, 9)), 5n);
        const client = clientOf(devnet);
        const master = await client.getMasterchainInfo();
        expect(master).toMatchObject({ workchain: -1, initSeqno: 0 });
        expect(master.latestSeqno).toBe(devnet.status().seqno);
        const shards = await client.getWorkchainShards(master.latestSeqno);
        expect(shards).toHaveLength(1);
        const [shard] = shards;
        if (shard === undefined) throw new Error('no shard');
        const { workchain, seqno } = shard;
        const transactions = await client.getShardTransactions(workchain, seqno, shard.shard);
        expect(transactions.map(({ account }) => account.toString())).toEqual([
            payer.wallet.address.toString(),
            new Address(0, Buffer.alloc(32, 9)).toString(),
        ]);
        for (const { account, lt, hash } of transactions) {
            const transaction = await client.getTransaction(account, lt, hash);
            expect(transaction?.hash().toString('base64')).toBe(hash);
        }
        expect(await client.getShardTransactions(-1, seqno, shard.shard)).toEqual([]);
    });

    it('finds both ends of a message', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        const target = new Address(0, Buffer.alloc(32, 9));
        await payer.pay(target, 5n);
        const client = clientOf(devnet);
        const [received] = await client.getTransactions(target, { limit: 1 });
        const [sent] = await client.getTransactions(payer.wallet.address, { limit: 1 });
        const info = received?.inMessage?.info;
        if (info?.type !== 'internal') throw new Error('no internal message');
        const message = [payer.wallet.address, target, info.createdLt.toString()] as const;
        const result = await client.tryLocateResultTx(...message);
        const source = await client.tryLocateSourceTx(...message);
        expect(result.hash()).toEqual(received?.hash());
        expect(source.hash()).toEqual(sent?.hash());
        expect((await client.tryLocateResultTx(...message)).lt).toBe(received?.lt);
        await expect(client.tryLocateResultTx(target, target, message[2])).rejects.toThrow('404');
    });

    it('receives a message as the very cell that was sent', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        const { address, init } = echo();
        await payer.deploy(address, init);
        const client = clientOf(devnet);
        const raw = async (of: Address) => {
            const { body } = await call(devnet, 'getTransactions', { address: of.toString() });
            const [newest] = body.result as [{ data: string }];
            return Cell.fromBase64(newest.data).beginParse().loadRef().beginParse();
        };
        const received = (await raw(address)).loadMaybeRef();
        const sent = await raw(payer.wallet.address);
        sent.loadMaybeRef();
        const out = sent.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
        expect(received?.hash()).toEqual(out.get(0)?.hash());
        expect((await client.getTransactions(address, { limit: 1 }))[0]?.endStatus).toBe('active');
    });

    it('estimates the fees that a transfer then costs', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        await payer.pay(devnet.giver, 1n);
        const { secretKey } = keys(1);
        const body = payer.wallet.createTransfer({
            seqno: 1,
            secretKey,
            sendMode: 1,
            messages: [
                internal({
                    to: devnet.giver,
                    value: 5n,
                    body: comment('hello'),
                    bounce: false,
                }),
            ],
        });
        const client = clientOf(devnet);
        const before = await client.getBalance(payer.wallet.address);
        const estimate = await client.estimateExternalMessageFee(payer.wallet.address, {
            body,
            initCode: null,
            initData: null,
            ignoreSignature: true,
        });
        await payer.wallet.send(body);
        const cost = before - 5n - (await client.getBalance(payer.wallet.address));
        const { in_fwd_fee, storage_fee, gas_fee, fwd_fee } = estimate.source_fees;
        expect(BigInt(in_fwd_fee + storage_fee + gas_fee + fwd_fee)).toBe(cost);
    });

    it('estimates the deployment of a wallet that has no money yet', async () => {
        const devnet = await start();
        const { publicKey, secretKey } = keys(3);
        const wallet = WalletContractV4.create({ workchain: 0, publicKey });
        const body = wallet.createTransfer({ seqno: 0, secretKey, sendMode: 1, messages: [] });
        const client = new TonClient({ endpoint: devnet.endpoint });
        const estimate = await client.estimateExternalMessageFee(wallet.address, {
            body,
            initCode: wallet.init.code,
            initData: wallet.init.data,
            ignoreSignature: true,
        });
        expect(estimate.source_fees.gas_fee).toBeGreaterThan(0);
        expect(estimate.source_fees.in_fwd_fee).toBeGreaterThan(0);
    });

    it('reads the configuration from its account, as blueprint does', async () => {
        const devnet = await start();
        const config = new Address(-1, Buffer.alloc(32, 0x55));
        const { state } = await clientOf(devnet).provider(config).getState();
        if (state.type !== 'active' || !state.data) throw new Error('no configuration');
        const [data] = Cell.fromBoc(state.data);
        const params = data
            ?.beginParse()
            .loadRef()
            .beginParse()
            .loadDictDirect(Dictionary.Keys.Int(32), Dictionary.Values.Cell());
        if (params === undefined) throw new Error('no parameters');
        const slices = new Map([...params].map(([key, value]) => [key, value.beginParse()]));
        const { gasPrices, msgPrices } = parseFullConfig(slices);
        expect(gasPrices.workchain.other.gasPrice).toBe(4_369_067n);
        expect(msgPrices.workchain.lumpPrice).toBe(66_667n);
        expect(params.get(19)?.beginParse().loadInt(32)).toBe(DEFAULT_GLOBAL_ID);
    });
});
