import type { Sender } from '@ton/core';
import { exitCodeOf, transactionsAfter } from '../../sdk';
import type { StakeView } from '../../wrappers';
import { OwnerRefusedError } from './errors';
import { sendAsOwner } from './owner-message';
import type { Session } from './session';

/** What such a message costs at most beside what it is for, nanoGRAM; the rest stays or returns. */
const MARGIN = 10_000_000n;

export interface StakeMessage {
    /** To end the sentence "Send … to …?". */
    readonly says: string;
    readonly send: (via: Sender, value: bigint) => Promise<void>;
}

/**
 * Sends the Stake a message of its owner, and waits until the Stake has dealt with it.
 *
 * @returns the Stake afterwards; undefined where nobody waited for a wallet elsewhere
 * @throws OwnerRefusedError, and what `sendAsOwner` throws
 */
export async function tellStake(
    session: Session,
    { says, send }: StakeMessage,
    noWait?: boolean,
): Promise<StakeView | undefined> {
    const { context, network, setup } = session;
    const { chain, market } = network;
    const { signal } = context;
    const { stakeOwner } = await market.getCosts();
    const { last: before } = await chain.account(setup.stake, { signal });
    const value = stakeOwner + MARGIN;
    // A wallet elsewhere needs nothing of what the passphrase protects.
    const owner = setup.ownWallet
        ? (await session.keys()).owner
        : ({ kind: 'address', address: setup.owner } as const);
    const look = async () => {
        const { last } = await chain.account(setup.stake, { signal });
        if (last === undefined || last.lt === before?.lt) return undefined;
        const news = await transactionsAfter(chain, setup.stake, before, last, { signal });
        for (const transaction of news) {
            const info = transaction.inMessage?.info;
            if (info?.type !== 'internal' || !info.src.equals(setup.owner)) continue;
            const { description } = transaction;
            if (description.type !== 'generic' || !description.aborted) return session.view();
            throw new OwnerRefusedError(says, exitCodeOf(transaction));
        }
        return undefined;
    };
    return sendAsOwner(
        { says, value, send: (via) => send(via, value), look },
        { context, network, owner, noWait },
    );
}
