import { Address } from '@ton/core';
import { createContext, useCallback, useContext } from 'react';
import type { Language } from '../shared/languages';
import type { SiteConfig } from '../shared/config';
import { useLanguage, useSay } from '../shared/use-language';
import type { Clients } from './clients';
import { BOOK, type SayInApp } from './phrases';
import type { ReadingDesk } from './reading/reading-desk';
import type { WalletDesk } from './wallet/wallet-desk';

/** What all parts of the page share. */
export interface Page {
    readonly config: SiteConfig;
    readonly clients: Clients;
    readonly wallet: WalletDesk;
    readonly readings: ReadingDesk;
}

export const PageContext = createContext<Page | undefined>(undefined);

/** @throws TypeError outside of the page */
export function usePage(): Page {
    const page = useContext(PageContext);
    if (page === undefined) throw new TypeError('There is no page around this component.');
    return page;
}

export interface Words {
    readonly say: SayInApp;
    readonly language: Language;
}

/** The words of the page in its language. */
export function useWords(): Words {
    return { say: useSay(BOOK), language: useLanguage().language };
}

/** The address of a job in the explorer; undefined where the site names none. */
export function useJobUrls(): (escrow: string, jobId: number) => string | undefined {
    const { explorer } = usePage().config;
    const show = useAddresses();
    return (escrow, jobId) => {
        if (explorer === undefined) return undefined;
        const url = new URL(explorer, document.baseURI);
        url.hash = `/job/${show(escrow)}/${jobId}`;
        return url.href;
    };
}

const MAINNET = -239;

/** Writes addresses, raw ones too, as the wallets of the network do. */
export function useAddresses(): (address: Address | string, bounceable?: boolean) => string {
    const { network } = usePage().config;
    return useCallback(
        (address, bounceable = true) => {
            const parsed = typeof address === 'string' ? Address.parseRaw(address) : address;
            return parsed.toString({ bounceable, testOnly: network !== MAINNET });
        },
        [network],
    );
}
