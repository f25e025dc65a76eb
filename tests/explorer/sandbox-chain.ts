import type { Address, Transaction } from '@ton/core';
import type { Blockchain } from '@ton/sandbox';
import type { AccountSnapshot, Chain, TransactionPage } from '../../sdk';

/** A sandbox as the SDK sees a chain, and what an endpoint may do to its answers. */
export class SandboxChain implements Chain {
    readonly pollMs = 10;
    /** Transactions before this logical time are forgotten. */
    forgotBefore = 0n;
    /** What becomes of a page before it is answered. */
    alter: (page: Transaction[]) => Transaction[] = (page) => page;
    /** Called before each answer; may throw. */
    onRequest: () => void = () => undefined;
    requests = 0;

    constructor(private readonly blockchain: Blockchain) {}

    open: Chain['open'] = (contract) => this.blockchain.openContract(contract) as never;

    async account(address: Address): Promise<AccountSnapshot> {
        this.ask();
        const [newest] = this.of(address).slice(-1);
        const contract = await this.blockchain.getContract(address);
        const state = contract.accountState;
        const active = state?.type === 'active';
        return {
            balance: contract.balance,
            active,
            data: active ? (state.state.data ?? undefined) : undefined,
            last: newest && { lt: newest.lt, hash: newest.hash().toString('base64') },
            chainTime: this.blockchain.now ?? 0,
        };
    }

    transactions(address: Address, { limit, from }: TransactionPage): Promise<Transaction[]> {
        this.ask();
        const page = this.of(address)
            .filter(({ lt }) => lt <= (from?.lt ?? lt) && lt >= this.forgotBefore)
            .slice(-limit)
            .reverse();
        return Promise.resolve(this.alter(page));
    }

    now(): Promise<number> {
        return Promise.resolve(this.blockchain.now ?? 0);
    }

    private ask(): void {
        this.requests++;
        this.onRequest();
    }

    /** Oldest first; the sandbox keeps all transactions in the order in which they happened. */
    private of(address: Address): Transaction[] {
        const account = BigInt(`0x${address.hash.toString('hex')}`);
        return (this.blockchain as unknown as { transactions: Transaction[] }).transactions.filter(
            (transaction) => transaction.address === account,
        );
    }
}
