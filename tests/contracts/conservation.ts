import { type Address, toNano } from '@ton/core';
import type { Blockchain, BlockchainTransaction } from '@ton/sandbox';

/** What the sandbox gives to each treasury. */
const TREASURY_BALANCE = toNano('1000000');

/** Where the money of a chain is, against where it should be; all amounts nanoGRAM. */
export interface Conservation {
    /** Sum of all balances when the books were opened. */
    readonly before: bigint;
    /** Sum of all balances now. */
    readonly after: bigint;
    /** What messages brought that no recorded account had sent: wallets being minted. */
    readonly minted: bigint;
    /** What validators kept: gas, rent, actions, and the forward fees of delivered messages. */
    readonly fees: bigint;
    /** `before + minted - fees - after`: 0, or money came out of nowhere or went there. */
    readonly missing: bigint;
}

/** Opens the books of a whole chain: call the result after any number of steps. */
export function openBooks(chain: Blockchain): () => Conservation {
    const start = chain.snapshot();
    const known = new Set<BlockchainTransaction>(start.transactions);
    const before = totalBalance(chain);
    return () => {
        const recorded = chain.snapshot().transactions.filter((tx) => !known.has(tx));
        const sent = new Set<string>();
        let fees = 0n;
        for (const tx of recorded) {
            fees += tx.totalFees.coins;
            for (const message of tx.outMessages.values()) {
                if (message.info.type !== 'internal') continue;
                fees += message.info.forwardFee;
                sent.add(messageKey(message.info.src, message.info.createdLt));
            }
        }
        let minted = 0n;
        for (const tx of recorded) {
            const info = tx.inMessage?.info;
            if (info?.type !== 'internal' || sent.has(messageKey(info.src, info.createdLt)))
                continue;
            // A treasury's balance is set to a round number once it has paid for its deployment.
            const treasury =
                info.src.hash.every((byte) => byte === 0) && Boolean(tx.inMessage?.init);
            minted += treasury ? TREASURY_BALANCE + tx.totalFees.coins : info.value.coins;
        }
        const after = totalBalance(chain);
        return { before, after, minted, fees, missing: before + minted - fees - after };
    };
}

/** Expects that nothing was lost or made since the books were opened. */
export function expectConserved(books: () => Conservation): void {
    const { missing, fees } = books();
    expect(missing).toBe(0n);
    expect(fees).toBeGreaterThan(0n);
}

function messageKey(source: Address, lt: bigint): string {
    return `${source.toRawString()}/${lt}`;
}

function totalBalance(chain: Blockchain): bigint {
    return chain
        .snapshot()
        .contracts.map(({ account }) => account.account?.storage.balance.coins ?? 0n)
        .reduce((sum, coins) => sum + coins, 0n);
}
