import { useSyncExternalStore } from 'react';
import { shortened, strangersText } from '../../shared/format';
import { useAddresses, usePage, useWords } from '../page';
import type { WalletState } from '../wallet/wallet-desk';

export function useWallet(): WalletState {
    const { wallet } = usePage();
    return useSyncExternalStore(wallet.subscribe, wallet.state);
}

/** Connects a wallet, or says which one is connected. */
export function WalletButton() {
    const { wallet } = usePage();
    const show = useAddresses();
    const { say } = useWords();
    const state = useWallet();
    if (state.status !== 'connected') {
        return (
            <button type="button" onClick={() => void wallet.connect()}>
                {say('connect')}
            </button>
        );
    }
    const address = show(state.address, false);
    return (
        <div className="wallet">
            <span className="tag stranger" title={address} data-wallet={state.address}>
                <span className="who">{strangersText(state.name, 40)}</span>{' '}
                <span className="mono">{shortened(address, 4)}</span>
            </span>
            <button type="button" className="quiet" onClick={() => void wallet.disconnect()}>
                {say('disconnect')}
            </button>
        </div>
    );
}

/** Says that the wallet that was chosen is on another network. */
export function WalletRefused() {
    const { say } = useWords();
    const state = useWallet();
    if (state.status !== 'none' || state.refused !== true) return null;
    return (
        <p className="banner warn" role="alert">
            {say('walletOtherNetwork')}
        </p>
    );
}
