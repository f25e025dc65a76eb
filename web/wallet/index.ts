import '../shared/no-eval';
import '../../wrappers/global-buffer';
import { createDevelopmentWallet } from './development-wallet';
import { showPanel } from './panel';

/*
 * The development wallet: a wallet of the embedded chain behind TON Connect's JavaScript bridge, as
 * wallets inject it into pages. Only servers of the embedded chain add this script to a page; no
 * built page has it.
 */

const wallet = createDevelopmentWallet();
Object.assign(window, { cocoondev: { tonconnect: wallet.bridge } });
showPanel(wallet);
