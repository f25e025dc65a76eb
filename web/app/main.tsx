import '../shared/no-eval';
import '../shared/tokens.css';
import '../shared/base.css';
import './app.css';
import { createRoot } from 'react-dom/client';
import { loadConfig, type SiteConfig } from '../shared/config';
import { preferredLanguage } from '../shared/preferred-language';
import { LanguageProvider } from '../shared/use-language';
import { createClients } from './clients';
import { type Page, PageContext } from './page';
import { ReadingDesk } from './reading/reading-desk';
import { openReadingStore } from './reading/reading-store';
import { App } from './view/app';
import { Problem } from './view/problem';
import { WalletDesk } from './wallet/wallet-desk';

function createPage(config: SiteConfig): Page {
    const wallet = new WalletDesk({ network: config.network, base: document.baseURI });
    const clients = createClients(config, wallet);
    const store = openReadingStore();
    const readings = new ReadingDesk({ clients, store, locks: navigator.locks });
    return { config, clients, wallet, readings };
}

async function start(place: HTMLElement): Promise<void> {
    const root = createRoot(place);
    try {
        const page = createPage(await loadConfig());
        root.render(
            <LanguageProvider>
                <PageContext value={page}>
                    <App />
                </PageContext>
            </LanguageProvider>,
        );
        await page.wallet.start(preferredLanguage());
    } catch (error) {
        root.render(
            <LanguageProvider>
                <main className="page">
                    <Problem error={error} />
                </main>
            </LanguageProvider>,
        );
    }
}

const place = document.getElementById('root');
if (place !== null) void start(place);
