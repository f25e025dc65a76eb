import type { ConnectedWallet, TonConnectUI } from '@tonconnect/ui';
import type { TonConnectLike } from '../../../sdk';
import type { Language } from '../../shared/languages';

export type WalletState =
    /** A connection of an earlier visit is being restored. */
    | { readonly status: 'restoring' }
    /** `refused`: a wallet was, since it is on another network than the market. */
    | { readonly status: 'none'; readonly refused?: true }
    | {
          readonly status: 'connected';
          /** Raw. */
          readonly address: string;
          /** Global id of its network. */
          readonly network: number;
          /** As the wallet calls itself. */
          readonly name: string;
      };

export interface WalletDeskOptions {
    /** Global id of the network of the market. */
    readonly network: number;
    /** Manifest and list of wallets are beside the page. */
    readonly base: string;
}

/**
 * TON Connect's own widget, loaded after the page: which wallet is connected, and what it signs. It
 * sends no statistics, and its list of wallets comes from where the page comes from.
 */
export class WalletDesk implements TonConnectLike {
    #state: WalletState = { status: 'restoring' };
    readonly #options: WalletDeskOptions;
    readonly #listeners = new Set<() => void>();
    #ui: Promise<TonConnectUI> | undefined;
    #account: TonConnectLike['account'] = null;

    constructor(options: WalletDeskOptions) {
        this.#options = options;
    }

    readonly state = (): WalletState => this.#state;

    readonly subscribe = (listener: () => void): (() => void) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
    };

    get account(): TonConnectLike['account'] {
        return this.#account;
    }

    /** Loads the widget and restores the connection of an earlier visit. */
    async start(language: Language): Promise<void> {
        const ui = await this.#load();
        ui.uiOptions = { language: widgetLanguage(language) };
        await ui.connectionRestored;
        if (this.#state.status === 'restoring') this.#show({ status: 'none' });
    }

    /** Opens the list of wallets. */
    async connect(): Promise<void> {
        if (this.#state.status === 'none') this.#show({ status: 'none' });
        await (await this.#load()).openModal();
    }

    async disconnect(): Promise<void> {
        await (await this.#load()).disconnect();
    }

    async sendTransaction(
        transaction: Parameters<TonConnectLike['sendTransaction']>[0],
    ): Promise<unknown> {
        return (await this.#load()).sendTransaction(transaction);
    }

    #load(): Promise<TonConnectUI> {
        return (this.#ui ??= this.#open());
    }

    async #open(): Promise<TonConnectUI> {
        const { TonConnect, TonConnectUI, WalletWrongNetworkError } =
            await import('@tonconnect/ui');
        const { network, base } = this.#options;
        const connector = new TonConnect({
            manifestUrl: new URL('tonconnect-manifest.json', base).href,
            walletsListSource: new URL('wallets-v2.json', base).href,
            analytics: { mode: 'off' },
        });
        connector.setConnectionNetwork(String(network));
        const ui = new TonConnectUI({
            connector,
            uiPreferences: { theme: 'SYSTEM' },
            actionsConfiguration: { modals: ['before', 'error'], notifications: ['error'] },
            analytics: { mode: 'off' },
        });
        ui.onStatusChange(
            (wallet) => {
                this.#account = wallet?.account ?? null;
                this.#show(wallet === null ? { status: 'none' } : connected(wallet));
            },
            (error) => {
                if (!(error instanceof WalletWrongNetworkError)) return;
                ui.closeModal();
                this.#show({ status: 'none', refused: true });
            },
        );
        return ui;
    }

    #show(state: WalletState): void {
        this.#state = state;
        for (const listener of this.#listeners) listener();
    }
}

function connected(wallet: ConnectedWallet): WalletState {
    const { address, chain } = wallet.account;
    const name = 'name' in wallet && wallet.name !== '' ? wallet.name : wallet.device.appName;
    return { status: 'connected', address, network: Number(chain), name };
}

/** The widget speaks two languages. */
function widgetLanguage(language: Language): 'en' | 'ru' {
    return language === 'ru' ? 'ru' : 'en';
}
