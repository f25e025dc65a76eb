import { type Cocoon, createCocoon, createIndexedDbShelf, tonConnectSender } from 'cocoon';
import { TonConnect, TonConnectUI } from '@tonconnect/ui';

interface Config {
    readonly network: number;
    readonly endpoints: readonly string[];
    readonly market: string;
}

/** A client whose user pays with a wallet of TON Connect; `config.json` names the market. */
export async function openClient(): Promise<{ cocoon: Cocoon; ui: TonConnectUI }> {
    const { network, endpoints, market } = (await (await fetch('./config.json')).json()) as Config;
    const urlOf = (name: string) => new URL(name, location.href).href;
    const connector = new TonConnect({
        manifestUrl: urlOf('./tonconnect-manifest.json'),
        walletsListSource: urlOf('./wallets-v2.json'),
    });
    connector.setConnectionNetwork(String(network));
    const ui = new TonConnectUI({ connector });
    ui.onStatusChange((wallet) => {
        document.body.toggleAttribute('data-wallet', wallet !== null);
    });
    const cocoon = createCocoon({
        endpoint: endpoints,
        market,
        sender: tonConnectSender(ui, { network }),
        // A page that is closed loses nothing: cocoon.jobs() and cocoon.resume(id) go on.
        shelf: createIndexedDbShelf(),
    });
    return { cocoon, ui };
}
