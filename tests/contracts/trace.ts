import type { AccountState, Address, Cell } from '@ton/core';
import type { BlockchainTransaction, SendMessageResult } from '@ton/sandbox';

/** The transaction of a trace on an account, by the opcode that it handled. */
export function transactionOn(
    trace: SendMessageResult,
    account: Address,
    opcode?: number,
): BlockchainTransaction {
    const found = trace.transactions.find((tx) => {
        const body = tx.inMessage?.body.beginParse();
        return (
            tx.inMessage?.info.dest?.toString() === account.toString() &&
            (opcode === undefined ||
                (body !== undefined && body.remainingBits >= 32 && body.preloadUint(32) === opcode))
        );
    });
    if (found === undefined) throw new Error(`No such transaction on ${account.toString()}.`);
    return found;
}

/** Gas that an account used for an opcode. */
export function gasOn(trace: SendMessageResult, account: Address, opcode?: number): number {
    const { description } = transactionOn(trace, account, opcode);
    if (description.type !== 'generic' || description.computePhase.type !== 'vm') {
        throw new Error('The transaction did not compute.');
    }
    if (description.aborted) throw new Error('The transaction was aborted.');
    return Number(description.computePhase.gasUsed);
}

/** All that validators kept of a trace: fees of transactions and of delivered messages. */
export function feesOf(trace: SendMessageResult): bigint {
    let fees = 0n;
    for (const tx of trace.transactions) {
        fees += tx.totalFees.coins;
        for (const message of tx.outMessages.values()) {
            if (message.info.type === 'internal') fees += message.info.forwardFee;
        }
    }
    return fees;
}

/** Bodies of the logs that an account emitted. */
export function logsOf(trace: SendMessageResult, account: Address): Cell[] {
    return trace.externals.filter((log) => log.info.src.equals(account)).map((log) => log.body);
}

/** The exit code with which a contract refuses an external message; undefined if it accepts. */
export async function refusalOf(sending: Promise<unknown>): Promise<number | undefined> {
    try {
        await sending;
        return undefined;
    } catch (error) {
        if (error instanceof Error && 'exitCode' in error) return error.exitCode as number;
        throw error;
    }
}

/** Distinct cells and bits of an active account's code and data, as rent is counted. */
export function sizeOf(account: AccountState | undefined): { cells: number; bits: number } {
    const seen = new Map<string, number>();
    const visit = (cell: Cell): void => {
        const hash = cell.hash().toString('hex');
        if (seen.has(hash)) return;
        seen.set(hash, cell.bits.length);
        cell.refs.forEach(visit);
    };
    if (account?.type === 'active') {
        for (const root of [account.state.code, account.state.data]) if (root) visit(root);
    }
    return { cells: seen.size, bits: [...seen.values()].reduce((sum, bits) => sum + bits, 0) };
}
