import type { DevelopmentWallet } from './development-wallet';
import { element, walletRoot } from './dialog';

const ACCOUNTS = 3;
const NETWORKS = [
    ['-3', 'test and embedded (-3)'],
    ['-239', 'main (-239)'],
] as const;

/** A corner of the page in which the developer uses another account or network. */
export function showPanel(wallet: DevelopmentWallet): void {
    const aside = element('aside', '');
    aside.setAttribute('aria-label', 'Development wallet');
    const details = element('details', '');
    const panel = element('div', '');
    panel.className = 'panel';
    const account = choice(
        'Account',
        Array.from({ length: ACCOUNTS }, (_, index) => [String(index), `Account ${index + 1}`]),
        String(wallet.account),
    );
    const network = choice('Network', NETWORKS, String(wallet.network));
    const use = () => wallet.use(Number(account.select.value), Number(network.select.value));
    account.select.onchange = use;
    network.select.onchange = use;
    panel.append(account.label, network.label);
    details.append(element('summary', 'Development wallet'), panel);
    aside.append(details);
    walletRoot().append(aside);
}

function choice(
    name: string,
    options: readonly (readonly [string, string])[],
    value: string,
): { readonly label: HTMLLabelElement; readonly select: HTMLSelectElement } {
    const label = element('label', name);
    const select = element('select', '');
    for (const [key, text] of options) {
        const option = element('option', text);
        option.value = key;
        select.append(option);
    }
    select.value = value;
    label.append(select);
    return { label, select };
}
