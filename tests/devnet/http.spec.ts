import { Address } from '@ton/core';
import { call, cleanUp, get, post, start } from './world';

afterEach(cleanUp);

const target = new Address(0, Buffer.alloc(32, 9));
const friendly = target.toString();

describe('the HTTP interface', () => {
    it('lets pages of any origin call it, after a preflight', async () => {
        const devnet = await start();
        const preflight = await fetch(devnet.endpoint, {
            method: 'OPTIONS',
            headers: {
                Origin: 'https://example.org',
                'Access-Control-Request-Method': 'POST',
                'Access-Control-Request-Headers': 'content-type,x-ton-client-version',
            },
        });
        expect(preflight.status).toBe(204);
        expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*');
        expect(preflight.headers.get('Access-Control-Allow-Methods')).toContain('POST');
        expect(preflight.headers.get('Access-Control-Allow-Headers')).toContain(
            'x-ton-client-version',
        );
        const reply = await fetch(`${devnet.url}/devnet/status`);
        expect(reply.headers.get('Access-Control-Allow-Origin')).toBe('*');
    });

    it('repeats id and version of a call in results and in errors', async () => {
        const devnet = await start();
        const body = { id: 42, jsonrpc: '2.0', method: 'getMasterchainInfo', params: {} };
        expect((await post(devnet, '/api/v2/jsonRPC', body)).body).toMatchObject({
            ok: true,
            id: 42,
            jsonrpc: '2.0',
        });
        const wrong = await post(devnet, '/api/v2/jsonRPC', { ...body, method: 'shards' });
        expect(wrong.body).toMatchObject({ ok: false, id: 42, jsonrpc: '2.0', code: 422 });
    });

    it.each([
        ['getAddressInformation', {}, 'address'],
        ['getAddressInformation', { address: 'EQnowhere' }, 'address: not an address'],
        ['getAddressInformation', { address: 5 }, 'address'],
        ['runGetMethod', { address: friendly }, 'method'],
        ['sendBoc', { boc: 'AAAA' }, 'boc: not a bag of cells'],
        ['sendBoc', { boc: 'te6cckEBAQEAAgAAAEysuc0=' }, 'does not hold a message'],
        ['shards', { seqno: -1 }, 'seqno'],
        ['getBlockHeader', { workchain: 1, shard: '8000000000000000', seqno: 0 }, 'workchain'],
        ['getBlockHeader', { workchain: 0, shard: '4000000000000000', seqno: 0 }, 'shard'],
        ['getConfigParam', {}, 'config_id'],
        ['tryLocateTx', { source: friendly, destination: friendly }, 'created_lt'],
        ['lookupBlock', { workchain: 0, shard: '8000000000000000' }, 'one of seqno'],
        ['estimateFee', { address: friendly, body: '' }, 'body'],
    ])('answers malformed parameters of %s %j with 422', async (method, params, reason) => {
        const devnet = await start();
        const { status, body } = await call(devnet, method, params);
        expect({ status, ok: body.ok, code: body.code }).toEqual({
            status: 422,
            ok: false,
            code: 422,
        });
        expect(body.error).toContain(reason);
        expect(body.hint).toBeTruthy();
    });

    it.each(['[]', '5', '{}', '{"method": 7}', '{"method": "shards", "params": 3}'])(
        'answers the body %s with 422',
        async (body) => {
            const devnet = await start();
            expect((await post(devnet, '/api/v2/jsonRPC', body)).status).toBe(422);
        },
    );

    it('answers what is not JSON with 400 and what is too much with 413, in JSON', async () => {
        const devnet = await start();
        const nonsense = await post(devnet, '/api/v2/jsonRPC', '{"id":');
        expect(nonsense).toMatchObject({ status: 400, body: { ok: false, code: 400 } });
        const much = await post(devnet, '/api/v2/jsonRPC', `"${'x'.repeat(2 ** 21)}"`);
        expect(much).toMatchObject({ status: 413, body: { ok: false, code: 413 } });
    });

    it('answers unknown methods and routes with 404, in JSON', async () => {
        const devnet = await start();
        const method = await call(devnet, 'getLotteryNumbers', {});
        expect(method.status).toBe(404);
        expect(method.body.hint).toContain('getMasterchainInfo');
        expect(await get(devnet, '/api/v2/getLotteryNumbers')).toMatchObject({ status: 404 });
        expect(await get(devnet, '/elsewhere')).toMatchObject({
            status: 404,
            body: { ok: false, code: 404 },
        });
    });

    it('answers a second devnet on its port with a clear error', async () => {
        const devnet = await start();
        await expect(start({ port: devnet.port })).rejects.toMatchObject({
            code: 'DEVNET_PORT_IN_USE',
            message: `Port ${devnet.port} of 127.0.0.1 is already in use.`,
        });
    });

    it.each([-1, NaN, 2 ** 31])('refuses a block interval of %d ms', async (blockIntervalMs) => {
        await expect(start({ blockIntervalMs })).rejects.toMatchObject({ code: 'DEVNET_OPTION' });
    });
});

describe('the REST aliases', () => {
    it('answer GET with numbers and booleans as text', async () => {
        const devnet = await start();
        await devnet.faucet(target, 77n);
        const paths = {
            [`getAddressBalance?address=${friendly}`]: '77',
            [`getAddressState?address=${friendly}`]: 'uninitialized',
            [`getAddressInformation?address=${target.toRawString()}`]: expect.objectContaining({
                '@type': 'raw.fullAccountState',
                balance: '77',
                state: 'uninitialized',
            }) as unknown,
            [`getExtendedAddressInformation?address=${friendly}`]: expect.objectContaining({
                address: { '@type': 'accountAddress', account_address: friendly },
                account_state: { '@type': 'uninited.accountState', frozen_hash: '' },
            }) as unknown,
            [`getWalletInformation?address=${friendly}`]: expect.objectContaining({
                wallet: false,
                balance: '77',
            }) as unknown,
            [`getTransactions?address=${friendly}&limit=1&archival=true`]: [
                expect.objectContaining({ '@type': 'raw.transaction' }),
            ] as unknown,
            getConsensusBlock: { consensus_block: 1, timestamp: devnet.now() },
            'shards?seqno=1': expect.objectContaining({ '@type': 'blocks.shards' }) as unknown,
            'getBlockTransactions?workchain=0&shard=-9223372036854775808&seqno=1&count=1':
                expect.objectContaining({ req_count: 1, incomplete: true }) as unknown,
            [`packAddress?address=${target.toRawString()}`]: friendly,
            [`unpackAddress?address=${friendly}`]: target.toRawString(),
            'getConfigParam?config_id=19': {
                '@type': 'configInfo',
                config: { '@type': 'tvm.cell', bytes: expect.any(String) as string },
            },
        };
        for (const [path, result] of Object.entries(paths)) {
            const reply = await get(devnet, `/api/v2/${path}`);
            expect([path, reply.status, reply.body.result]).toEqual([path, 200, result]);
        }
    });

    it('answer POST with the parameters as the body', async () => {
        const devnet = await start();
        const { body } = await post(devnet, '/api/v2/getAddressBalance', { address: friendly });
        expect(body).toEqual({ ok: true, result: '0' });
        const run = { address: friendly, method: 'seqno', stack: [] };
        expect((await post(devnet, '/api/v2/runGetMethod', run)).body.result).toMatchObject({
            exit_code: -13,
        });
    });

    it('describe every form of an address', async () => {
        const devnet = await start();
        const address = target.toString({ bounceable: false, testOnly: true });
        const { body } = await get(devnet, `/api/v2/detectAddress?address=${address}`);
        expect(body.result).toMatchObject({
            raw_form: target.toRawString(),
            given_type: 'friendly_non_bounceable',
            test_only: true,
            non_bounceable: { b64url: address },
        });
    });
});

describe('GET', () => {
    it('never changes the chain', async () => {
        const devnet = await start();
        const before = { ...devnet.status(), now: 0 };
        const paths = [
            '/api/v2/sendBoc?boc=AAAA',
            '/api/v2/sendBocReturnHash?boc=AAAA',
            '/api/v2/runGetMethod',
            '/api/v2/estimateFee',
            `/devnet/faucet?address=${friendly}&amount=5`,
            '/devnet/time?advanceSeconds=5',
            '/devnet/mine',
        ];
        for (const path of paths) {
            const reply = await get(devnet, path);
            expect([path, reply.status, reply.body.ok]).toEqual([path, 405, false]);
        }
        expect({ ...devnet.status(), now: 0 }).toEqual(before);
    });
});

describe('the control routes', () => {
    it('pay from the faucet and tell which transaction credited it', async () => {
        const devnet = await start();
        const paid = await post(devnet, '/devnet/faucet', { address: friendly, amount: '12' });
        const { lt, hash } = paid.body.result as { lt: string; hash: string };
        const params = { address: friendly, lt, hash, limit: 1 };
        const { body } = await call(devnet, 'getTransactions', params);
        expect(body.result).toMatchObject([{ in_msg: { value: '12' } }]);
    });

    it.each([
        { address: friendly },
        { address: friendly, amount: 5 },
        { address: friendly, amount: '0' },
        { address: friendly, amount: '-5' },
        { address: friendly, amount: '1.5' },
        { address: 'nobody', amount: '5' },
    ])('refuse the faucet request %j with 422', async (request) => {
        const devnet = await start();
        expect((await post(devnet, '/devnet/faucet', request)).status).toBe(422);
        expect(devnet.status().transactions).toBe(0);
    });

    it('tell what state the devnet is in', async () => {
        const devnet = await start({ fees: 'sandbox', globalId: 7 });
        expect((await get(devnet, '/devnet/status')).body.result).toEqual({
            blockIntervalMs: 0,
            seqno: 0,
            now: devnet.now(),
            timeOffsetSeconds: 0,
            fees: 'sandbox',
            interleave: 'shard',
            globalId: 7,
            accounts: 2,
            transactions: 0,
            giver: devnet.giver.toRawString(),
            market: null,
            supply: '5000000000000000000',
        });
    });
});
