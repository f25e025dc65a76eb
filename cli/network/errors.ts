import type { Address } from '@ton/core';
import { CocoonError } from '../../protocol';
import { formatGram } from '../../wrappers/describe';

/** An address as money is sent to it: from the form of contracts it would come back to the sender. */
export function walletText(address: Address): string {
    return address.toString({ bounceable: false });
}

/** The endpoint serves another network than the one that was meant. */
export class WrongNetworkError extends CocoonError {
    override readonly name = 'WrongNetworkError';
    readonly code = 'NETWORK_WRONG';

    constructor(
        readonly network: string,
        problem: string,
    ) {
        super(`This is not ${network}: ${problem}`, {
            hint: 'Check that network, endpoint and Market belong together.',
        });
    }
}

/** The address of the Market holds something else. */
export class WrongMarketError extends CocoonError {
    override readonly name = 'WrongMarketError';

    constructor(
        readonly code: 'MARKET_NOT_THERE' | 'MARKET_CODE_UNKNOWN',
        readonly address: Address,
        problem: string,
        hint: string,
    ) {
        super(`${address.toString()} ${problem}`, { hint });
    }
}

/** An account has less than is needed. */
export class BalanceTooLowError extends CocoonError {
    override readonly name = 'BalanceTooLowError';
    readonly code = 'BALANCE_TOO_LOW';

    constructor(
        readonly address: Address,
        /** nanoGRAM */
        readonly balance: bigint,
        /** nanoGRAM */
        readonly needed: bigint,
        purpose: string,
    ) {
        super(
            `${walletText(address)} has ${formatGram(balance)}, and ${formatGram(needed)} are needed ${purpose}.`,
            { hint: `Send at least ${formatGram(needed - balance)} to ${walletText(address)}.` },
        );
    }
}

/** The faucet of an embedded chain did not pay. */
export class FaucetError extends CocoonError {
    override readonly name = 'FaucetError';
    readonly code = 'FAUCET_FAILED';

    constructor(url: string, reason: string, cause?: unknown) {
        super(`The faucet ${url} did not pay: ${reason}`, {
            hint: 'Only embedded chains have a faucet; send GRAM from a wallet on other networks.',
            cause,
        });
    }
}

/** What was sent is not seen on the chain. */
export class NotSeenError extends CocoonError {
    override readonly name = 'NotSeenError';
    readonly code = 'NOT_SEEN';

    constructor(
        what: string,
        hint = 'Look at the last transactions of the wallet, then try again.',
    ) {
        super(`The chain does not show ${what}.`, { hint });
    }
}
