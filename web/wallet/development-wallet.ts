import { toNano } from '@ton/core';
import { connect as connectChain } from '../../sdk';
import { type DevelopmentAccount, openAccount } from './account';
import type {
    AppRequest,
    Bridge,
    ConnectErrorCode,
    ConnectEvent,
    ConnectItem,
    ConnectRequest,
    DeviceInfo,
    SendErrorCode,
    WalletEvent,
    WalletResponse,
} from './bridge';
import { ask } from './dialog';
import { askFaucet, loadSettings } from './settings';
import { parseTransfer, type TransferRequest } from './transfer-request';

/** The wallet as its panel and pages see it. */
export interface DevelopmentWallet {
    readonly bridge: Bridge;
    /** Which of its accounts is used, from 0. */
    readonly account: number;
    /** Global id that it says it is on. */
    readonly network: number;
    /** Uses another account or network: the page loses its connection, as with other wallets. */
    use(account: number, network: number): void;
}

const STORED = 'cocoon-development-wallet/state';
/** What the faucet gives where less is left, nanoGRAM. */
const ALLOWANCE = toNano('10');
const ENOUGH = toNano('2');
/** Global id of embedded chains. */
const EMBEDDED = -3;

interface Kept {
    readonly account: number;
    readonly network: number;
    readonly connected: boolean;
}

const DEVICE: DeviceInfo = {
    platform: 'browser',
    appName: 'cocoondev',
    appVersion: '1.0.0',
    maxProtocolVersion: 2,
    features: ['SendTransaction', { name: 'SendTransaction', maxMessages: 4 }],
};

/** A wallet whose accounts are paid by the faucet of the embedded chain. */
export function createDevelopmentWallet(): DevelopmentWallet {
    const listeners = new Set<(event: WalletEvent) => void>();
    let events = 0;
    const kept = (): Kept => {
        const text = localStorage.getItem(STORED);
        return text === null
            ? { account: 0, network: EMBEDDED, connected: false }
            : (JSON.parse(text) as Kept);
    };
    const keep = (change: Partial<Kept>) =>
        localStorage.setItem(STORED, JSON.stringify({ ...kept(), ...change }));
    const settings = loadSettings();
    const account = async (): Promise<DevelopmentAccount> => {
        const { endpoints, pollMs } = await settings;
        const chain = connectChain(endpoints, pollMs === undefined ? {} : { pollMs });
        // On another network the same key has another wallet.
        return openAccount(chain, kept().account, kept().network);
    };
    const failed = (code: ConnectErrorCode, message: string): ConnectEvent => ({
        event: 'connect_error',
        id: events++,
        payload: { code, message },
    });
    const connected = async (items: ConnectRequest['items']): Promise<ConnectEvent> => {
        const opened = await account();
        if (kept().network === EMBEDDED && (await opened.balance()) < ENOUGH) {
            await askFaucet(await settings, opened.address, ALLOWANCE);
        }
        keep({ connected: true });
        const payload = {
            items: items.map((item) => itemOf(item, opened, kept())),
            device: DEVICE,
        };
        return { event: 'connect', id: events++, payload };
    };

    const bridge: Bridge = {
        deviceInfo: DEVICE,
        walletInfo: {
            name: 'Dev wallet',
            app_name: DEVICE.appName,
            image: new URL('/development-wallet.svg', location.href).href,
            about_url: 'https://docs.ton.org/ecosystem/ton-connect',
            platforms: ['chrome', 'firefox', 'safari'],
        },
        protocolVersion: 2,
        // On phones such bridges are met in the browser of a wallet, which connects without a list.
        isWalletBrowser: matchMedia('(pointer: coarse)').matches,
        async connect(version, { manifestUrl, items }) {
            if (version < 2) return failed(1, 'The wallet speaks version 2 of the protocol.');
            const manifest = await manifestAt(manifestUrl);
            if (manifest === undefined) return failed(100, 'The page has no manifest.');
            const agreed = await ask({
                title: 'Connect this wallet?',
                lines: [
                    ['Page', manifest.name],
                    ['Address', manifest.url],
                    ['Account', `${kept().account + 1}`],
                ],
                approve: 'Connect',
                decline: 'Decline',
            });
            return agreed ? connected(items) : failed(300, 'User declined the connection');
        },
        async restoreConnection() {
            if (!kept().connected) return failed(100, 'The page is not connected.');
            return connected([{ name: 'ton_addr' }]);
        },
        async send(request) {
            const refuse = (code: SendErrorCode, message: string): WalletResponse => ({
                id: request.id,
                error: { code, message },
            });
            if (request.method === 'disconnect') {
                keep({ connected: false });
                return { id: request.id, result: {} };
            }
            if (request.method !== 'sendTransaction') return refuse(400, 'Not supported.');
            if (!kept().connected) return refuse(100, 'The page is not connected.');
            return sendFor(request, refuse);
        },
        listen(callback) {
            listeners.add(callback);
            return () => void listeners.delete(callback);
        },
        disconnect: () => keep({ connected: false }),
    };

    async function sendFor(
        { id, params }: AppRequest,
        refuse: (code: SendErrorCode, message: string) => WalletResponse,
    ): Promise<WalletResponse> {
        let transfer: TransferRequest;
        try {
            transfer = parseTransfer(params[0] ?? '');
        } catch (error) {
            return refuse(1, String(error));
        }
        const opened = await account();
        const { from, network, validUntil, messages, total, to } = transfer;
        if (network !== undefined && network !== String(kept().network)) {
            return refuse(1, `The wallet is on the network ${kept().network}.`);
        }
        if (from !== undefined && !sameAccount(from, opened)) {
            return refuse(1, 'The page wants to pay from another account.');
        }
        const balance = await opened.balance();
        const agreed = await ask({
            title: 'Send this payment?',
            lines: [
                ['Amount', `${gram(total)} GRAM`],
                ['To', to.join(', ')],
                ['Balance', `${gram(balance)} GRAM`],
            ],
            approve: 'Approve',
            decline: 'Decline',
        });
        if (!agreed) return refuse(300, 'User declined the transaction');
        if (balance < total) return refuse(1, 'The wallet has too little GRAM.');
        try {
            return { id, result: await opened.transfer(messages, validUntil) };
        } catch (error) {
            return refuse(0, String(error));
        }
    }

    return {
        bridge,
        get account() {
            return kept().account;
        },
        get network() {
            return kept().network;
        },
        use(next, network) {
            keep({ account: next, network, connected: false });
            for (const listener of listeners) {
                listener({ event: 'disconnect', id: events++, payload: {} });
            }
        },
    };
}

function itemOf(
    { name }: ConnectRequest['items'][number],
    { address, publicKey, stateInit }: DevelopmentAccount,
    { network }: Kept,
): ConnectItem {
    if (name !== 'ton_addr') return { name, error: { code: 400, message: 'Not supported.' } };
    return {
        name: 'ton_addr',
        address: address.toRawString(),
        network: String(network),
        publicKey,
        walletStateInit: stateInit,
    };
}

function sameAccount(from: string, { address }: DevelopmentAccount): boolean {
    return from === address.toRawString() || from === address.toString();
}

interface Manifest {
    readonly name: string;
    readonly url: string;
}

async function manifestAt(url: string): Promise<Manifest | undefined> {
    try {
        const { name, url: page } = (await (await fetch(url)).json()) as Partial<Manifest>;
        return typeof name === 'string' && typeof page === 'string'
            ? { name, url: page }
            : undefined;
    } catch {
        return undefined;
    }
}

function gram(nano: bigint): string {
    return (Number(nano) / 1e9).toFixed(4);
}
