import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Address, beginCell } from '@ton/core';
import { type Devnet, startDevnet } from '../../devnet';
import { isCocoonError } from '../../protocol';
import { connect, type ConnectOptions } from '../../sdk';
import { Escrow, Stake } from '../../wrappers';

const NOBODY = new Address(0, Buffer.alloc(32, 1));
const FAST: ConnectOptions = { retry: { attempts: 3, firstDelayMs: 1 } };

let server: Server | undefined;
afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
});

/** The URL of a server that answers as it is told. */
async function answering(listener: RequestListener): Promise<string> {
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}/api/v2/jsonRPC`;
}

describe('A chain behind an endpoint', () => {
    it('says that the endpoint cannot be reached, after some attempts', async () => {
        const url = await answering((_, response) => response.end());
        server?.close();
        await expect(connect(url, FAST).account(NOBODY)).rejects.toMatchObject({
            code: 'ENDPOINT_UNREACHABLE',
            endpoint: url,
        });
    });

    it.each([
        ['HTML', '<html>', 'text/html'],
        ['another JSON', '{"hello": 1}', 'application/json'],
        ['a reply without its fields', '{"ok": true, "result": {}}', 'application/json'],
    ])('says that %s is no answer', async (_name, body, type) => {
        const url = await answering((_, response) => {
            response.setHeader('Content-Type', type).end(body);
        });
        await expect(connect(url, FAST).account(NOBODY)).rejects.toMatchObject({
            code: 'ENDPOINT_REPLY_MALFORMED',
        });
    });

    it('waits no longer than it was told', async () => {
        const url = await answering(() => undefined);
        const chain = connect(url, { timeoutMs: 20, retry: { attempts: 1 } });
        await expect(chain.account(NOBODY)).rejects.toMatchObject({ code: 'ENDPOINT_TIMEOUT' });
    });

    it('tries again when the endpoint was busy', async () => {
        const devnet = await startDevnet({ blockIntervalMs: 0 });
        let calls = 0;
        const url = await answering((request, response) => {
            if (++calls < 3) return void response.writeHead(429).end();
            const parts: Buffer[] = [];
            request.on('data', (part: Buffer) => parts.push(part));
            request.on('end', () => {
                const init = { method: 'POST', body: Buffer.concat(parts) };
                void fetch(devnet.endpoint, init)
                    .then((reply) => reply.text())
                    .then((text) =>
                        response.setHeader('Content-Type', 'application/json').end(text),
                    );
            });
        });
        const account = await connect(url, FAST).account(NOBODY);
        expect(account).toMatchObject({ balance: 0n, active: false, last: undefined });
        expect(calls).toBe(3);
        await devnet.stop();
    });

    it('gives up on a busy endpoint after its attempts', async () => {
        const url = await answering((_, response) => response.writeHead(503).end());
        await expect(connect(url, FAST).account(NOBODY)).rejects.toMatchObject({
            code: 'ENDPOINT_BUSY',
            status: 503,
        });
    });

    it('ends with the signal, also while it waits for an answer', async () => {
        const controller = new AbortController();
        const url = await answering(() => controller.abort(new Error('enough')));
        const { signal } = controller;
        await expect(connect(url).account(NOBODY, { signal })).rejects.toThrow('enough');
    });

    it('keeps API keys out of its errors', async () => {
        const url = await answering((_, response) => response.writeHead(500).end('{}'));
        const chain = connect(`${url}?api_key=SECRET`, { ...FAST, apiKey: 'SECRET' });
        const error: unknown = await chain.account(NOBODY).catch((e: unknown) => e);
        expect(isCocoonError(error) && JSON.stringify(error.toJSON())).not.toContain('SECRET');
        expect(isCocoonError(error)).toBe(true);
    });
});

describe('A contract over an endpoint', () => {
    let devnet: Devnet;
    beforeAll(async () => void (devnet = await startDevnet({ blockIntervalMs: 0 })));
    afterAll(() => devnet.stop());

    it('says that a getter failed where nothing is deployed', async () => {
        const stake = connect(devnet.endpoint).open(Stake.fromAddress(NOBODY));
        await expect(stake.getStake()).rejects.toMatchObject({
            code: 'GETTER_FAILED',
            getter: 'stake',
        });
    });

    it('says that a contract refused what was sent from outside', async () => {
        const escrow = connect(devnet.endpoint).open(Escrow.fromAddress(NOBODY));
        await expect(escrow.sendTick(1)).rejects.toMatchObject({ code: 'EXTERNAL_REFUSED' });
        const stake = connect(devnet.endpoint).open(Stake.fromAddress(NOBODY));
        const empty = beginCell().endCell();
        await expect(stake.sendNodeAction(empty)).rejects.toMatchObject({
            code: 'EXTERNAL_REFUSED',
        });
    });

    it('tells the time of the chain, not of this machine', async () => {
        const ahead = await devnet.advanceTime(5000);
        const now = await connect(devnet.endpoint).now();
        expect(now).toBeGreaterThanOrEqual(ahead);
        expect(now).toBeGreaterThan(Date.now() / 1000 + 4000);
    });
});
