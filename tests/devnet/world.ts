import '@ton/test-utils';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
    type Address,
    beginCell,
    Cell,
    contractAddress,
    external,
    internal,
    type OpenedContract,
    type StateInit,
    storeMessage,
    toNano,
} from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { TonClient, WalletContractV4 } from '@ton/ton';
import { type Devnet, type DevnetOptions, startDevnet } from '../../devnet';

const running: Devnet[] = [];
const folders: string[] = [];

/** The time at which all devnets stand still, so that rent and clocks do not depend on the machine. */
const startedAtMs = Date.now();

/**
 * A devnet that `cleanUp` stops. By default each message makes its blocks at once, and time does
 * not pass.
 */
export async function start(options: DevnetOptions = {}): Promise<Devnet> {
    const defaults = { blockIntervalMs: 0, nowMs: () => startedAtMs };
    const devnet = await startDevnet({ ...defaults, ...options });
    running.push(devnet);
    return devnet;
}

/** A path for a state file in a folder of its own. */
export function statePath(): string {
    const folder = mkdtempSync(join(tmpdir(), 'devnet-test-'));
    folders.push(folder);
    return join(folder, 'state.jsonl');
}

/** For afterEach: stops every devnet and removes every file that a test made. */
export async function cleanUp(): Promise<void> {
    await Promise.all(running.splice(0).map((devnet) => devnet.stop()));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

export function clientOf(devnet: Devnet): TonClient {
    return new TonClient({ endpoint: devnet.endpoint });
}

export function keys(index: number): { publicKey: Buffer; secretKey: Buffer } {
    return keyPairFromSeed(Buffer.alloc(32, index));
}

/** A wallet with 10 GRAM, and a function that sends its messages. */
export class Payer {
    private constructor(
        readonly wallet: OpenedContract<WalletContractV4>,
        private readonly secretKey: Buffer,
        private readonly devnet: Devnet,
    ) {}

    static async create(devnet: Devnet, index: number): Promise<Payer> {
        const { publicKey, secretKey } = keys(index);
        const wallet = clientOf(devnet).open(WalletContractV4.create({ workchain: 0, publicKey }));
        await devnet.faucet(wallet.address, toNano('10'));
        return new Payer(wallet, secretKey, devnet);
    }

    /** Sends up to four payments of some nano each, in one transaction. */
    async pay(to: Address, ...amounts: bigint[]): Promise<void> {
        await this.wallet.sendTransfer({
            seqno: await this.wallet.getSeqno(),
            secretKey: this.secretKey,
            sendMode: 1,
            timeout: this.devnet.now() + 60,
            messages: amounts.map((value) => internal({ to, value, bounce: false })),
        });
    }

    /** Deploys a contract with half a GRAM. */
    async deploy(to: Address, init: StateInit): Promise<void> {
        await this.wallet.sendTransfer({
            seqno: await this.wallet.getSeqno(),
            secretKey: this.secretKey,
            sendMode: 1,
            timeout: this.devnet.now() + 60,
            messages: [internal({ to, value: toNano('0.5'), init, bounce: false })],
        });
    }
}

/** A contract from bytes of TVM code. */
export function assembled(
    code: string,
    data = Cell.EMPTY,
): { address: Address; init: StateInit; code: Cell } {
    const cell = beginCell().storeBuffer(Buffer.from(code, 'hex')).endCell();
    const init = { code: cell, data };
    return { address: contractAddress(0, init), init, code: cell };
}

/** Drops the method id (DROP), so that each get-method returns its own arguments. */
export const echo = () => assembled('30');

/** An external message as a cell. */
export function externalTo(to: Address, body: Cell, init?: StateInit): Cell {
    const message = external({ to, body, ...(init && { init }) });
    return beginCell().store(storeMessage(message)).endCell();
}

/** The reply to one JSON-RPC call. */
export interface Reply {
    readonly status: number;
    readonly body: {
        readonly ok: boolean;
        readonly result?: unknown;
        readonly error?: string;
        readonly hint?: string;
        readonly code?: number;
        readonly id?: unknown;
    };
}

export async function call(devnet: Devnet, method: string, params: unknown): Promise<Reply> {
    return post(devnet, '/api/v2/jsonRPC', { id: '1', jsonrpc: '2.0', method, params });
}

export async function post(devnet: Devnet, path: string, body: unknown): Promise<Reply> {
    const response = await fetch(devnet.url + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Reply['body'] };
}

export async function get(devnet: Devnet, path: string): Promise<Reply> {
    const response = await fetch(devnet.url + path);
    return { status: response.status, body: (await response.json()) as Reply['body'] };
}
