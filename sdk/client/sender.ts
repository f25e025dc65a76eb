import { Address, beginCell, type Sender, storeStateInit } from '@ton/core';
import type { Chain } from '../chain';
import { InsufficientFundsError } from '../errors';
import { WALLET_FEES } from '../wallet-fees';
import { UserDeclinedError, WalletNetworkError, WalletSwitchedError } from './errors';

/** A wallet that a client pays with. `address` may change: a user can connect another one. */
export interface ClientSender extends Pick<Sender, 'send'> {
    readonly address?: Address | undefined;
}

/**
 * What this package needs of TON Connect: `TonConnectUI` of `@tonconnect/ui` and `TonConnect` of
 * `@tonconnect/sdk` both have it.
 */
export interface TonConnectLike {
    /** `address` is raw, `chain` a global id as text; null where no wallet is connected. */
    readonly account: { readonly address: string; readonly chain: string } | null;
    sendTransaction(transaction: {
        validUntil: number;
        network: string;
        from: string;
        messages: { address: string; amount: string; payload?: string; stateInit?: string }[];
    }): Promise<unknown>;
}

export interface TonConnectSenderOptions {
    /** Global id of the network of the market: -239 main, -3 test. */
    readonly network: number;
    /** Seconds for which the user may think about it; 300 unless set. */
    readonly validForSeconds?: number;
    /** UNIX time in milliseconds; `Date.now` unless set. */
    readonly now?: () => number;
}

const MAINNET = -239;

/**
 * Pays through TON Connect. The network is named in each request, so that no wallet sends it to
 * another one.
 *
 * `send` throws UserDeclinedError, WalletNetworkError, WalletSwitchedError where no wallet is
 * connected, or what TON Connect throws.
 *
 * @see https://docs.ton.org/v3/guidelines/ton-connect/guidelines/sending-messages
 */
export function tonConnectSender(
    connector: TonConnectLike,
    options: TonConnectSenderOptions,
): ClientSender {
    const { network, validForSeconds = 300, now = Date.now } = options;
    return {
        get address() {
            const { account } = connector;
            return account === null ? undefined : Address.parseRaw(account.address);
        },
        async send({ to, value, body, init, bounce }) {
            const { account } = connector;
            if (account === null) throw new WalletSwitchedError('of the user', undefined);
            if (Number(account.chain) !== network) {
                throw new WalletNetworkError(network, Number(account.chain));
            }
            const form = { bounceable: bounce ?? true, testOnly: network !== MAINNET };
            const message = {
                address: to.toString(form),
                amount: value.toString(),
                ...(body && { payload: body.toBoc().toString('base64') }),
                ...(init && {
                    stateInit: beginCell()
                        .store(storeStateInit(init))
                        .endCell()
                        .toBoc()
                        .toString('base64'),
                }),
            };
            try {
                await connector.sendTransaction({
                    validUntil: Math.floor(now() / 1000) + validForSeconds,
                    network: String(network),
                    from: account.address,
                    messages: [message],
                });
            } catch (error) {
                if (isDecline(error)) throw new UserDeclinedError(error);
                throw error;
            }
        },
    };
}

/** Code of a wallet's answer when its user said no (TON Connect, "User declined"). */
const DECLINED = 300;

/** Minified pages have no names of classes, so the texts of the library have to tell too. */
function isDecline(error: unknown): boolean {
    if (!(error instanceof Error)) return false;
    const { code, name, message } = error as Error & { code?: unknown };
    if (code === DECLINED || name === 'UserRejectsError') return true;
    return /UserRejectsError|User rejects the action|User declined|Reject request/i.test(message);
}

/**
 * The same wallet, as long as it is connected: nothing is sent from another one, nor what it has too
 * little for. A wallet takes such a message, and drops the payment.
 */
export function boundTo(sender: ClientSender, client: Address, chain: Chain): Sender {
    return {
        address: client,
        async send(args) {
            const needed = args.value + WALLET_FEES;
            const { balance } = await chain.account(client);
            if (balance < needed) throw new InsufficientFundsError(needed, balance);
            const connected = sender.address;
            if (connected?.equals(client) !== true) {
                throw new WalletSwitchedError(client.toString(), connected?.toString());
            }
            await sender.send(args);
        },
    };
}
