import { estimateJob, type JobEstimate } from '../../../sdk';
import { formatSeconds } from '../../../wrappers/describe';
import type { Client } from '../client';
import { formatGram, plainGram } from '../../terminal';
import { CapExceededError, WindowTooLongError } from './errors';
import type { Price } from './price';
import type { Submission } from './submission';

/** One job of a submission, before it is posted. */
export interface QuotedStep {
    /** What it does, such as `finding lines`; empty for the only one. */
    readonly label: string;
    readonly model: { readonly name: string; readonly hash: string };
    readonly items: number;
    readonly price: Price;
}

/** What a submission takes from the wallet at most; amounts nanoGRAM. */
export interface Quote {
    readonly steps: readonly (QuotedStep & { readonly estimate: JobEstimate })[];
    readonly ceiling: bigint;
    /** Prepaid for checks; comes back if none is needed. */
    readonly assurance: bigint;
    /** Comes back as far as it is not needed. */
    readonly gas: bigint;
    /** Stays in the client's Escrow and serves later jobs. */
    readonly rent: bigint;
    /** What the wallet keeps for its own fees. */
    readonly walletFee: bigint;
    /** All of it. */
    readonly total: bigint;
    /** What the deposit holds, where it pays. */
    readonly deposit: bigint | undefined;
}

/** A wallet sends nothing unless this much is left for its own fees. */
const WALLET_FEE = 5_000_000n;

/**
 * Asks the chain what the steps of a submission take.
 *
 * @throws WindowTooLongError, and what `connect` throws
 */
export async function quoteSteps(
    client: Client,
    steps: readonly QuotedStep[],
    windows: Pick<Submission['terms'], 'bidWindowSeconds' | 'commitWindowSeconds' | 'fromDeposit'>,
): Promise<Quote> {
    const { network, context, address } = client;
    const quoted: Quote['steps'][number][] = [];
    for (const step of steps) {
        const estimate = await estimateJob({
            chain: network.chain,
            deployment: network.deployment,
            client: address,
            ceiling: step.price.ceiling,
            items: step.items,
            signal: context.signal,
        });
        const { bidWindowMax, commitWindowMax } = estimate.parameters;
        if (windows.bidWindowSeconds > bidWindowMax) {
            throw new WindowTooLongError('bidding', windows.bidWindowSeconds, bidWindowMax);
        }
        if (windows.commitWindowSeconds > commitWindowMax) {
            throw new WindowTooLongError('working', windows.commitWindowSeconds, commitWindowMax);
        }
        quoted.push({ ...step, estimate });
    }
    const sum = (pick: (estimate: JobEstimate) => bigint) =>
        quoted.reduce((total, { estimate }) => total + pick(estimate), 0n);
    const ceiling = sum((estimate) => estimate.ceiling);
    const assurance = sum((estimate) => estimate.assurance);
    if (windows.fromDeposit) {
        const total = sum(({ surplus }) => surplus.needed);
        const deposit = quoted[0]?.estimate.surplus.available ?? 0n;
        const gas = total - ceiling - assurance;
        return { steps: quoted, ceiling, assurance, gas, rent: 0n, walletFee: 0n, total, deposit };
    }
    const gas = sum((estimate) => estimate.gas);
    // The Escrow is opened and its rent paid once.
    const rent = quoted[0]?.estimate.rent ?? 0n;
    const walletFee = WALLET_FEE * BigInt(quoted.length);
    const total = ceiling + assurance + gas + rent + walletFee;
    const deposit = undefined;
    return { steps: quoted, ceiling, assurance, gas, rent, walletFee, total, deposit };
}

/** @throws CapExceededError */
export function checkCap({ total }: Quote, cap: bigint): void {
    if (total > cap) throw new CapExceededError(total, cap);
}

/** A quote in words, one fact a line. */
export function quoteInWords(quote: Quote, { terms }: Pick<Submission, 'terms'>): string {
    const amounts = [
        ['ceiling', quote.ceiling, 'what bids leave of it comes back'],
        ['assurance', quote.assurance, 'prepays a check; comes back if none is needed'],
        ['gas', quote.gas, 'what is left of it comes back'],
        ['rent', quote.rent, 'stays in your Escrow for later jobs'],
        ['wallet', quote.walletFee, 'kept for the fees of the wallet itself'],
    ] as const;
    const texts = amounts.map(([, nano]) => plainGram(nano));
    const width = Math.max(...texts.map(({ length }) => length));
    const bid = formatSeconds(terms.bidWindowSeconds);
    const work = formatSeconds(terms.commitWindowSeconds);
    return [
        ...quote.steps.flatMap(({ label, model, items, price }) => [
            `${label === '' ? 'Job' : `Job: ${label}`}: ${items} ${items === 1 ? 'item' : 'items'} for ${model.name}`,
            `  ceiling ${formatGram(price.ceiling)}: ${price.reason}`,
            `  a bid at or under ${formatGram(price.take)} wins at once, else the best after ${bid}; then ${work} to work`,
        ]),
        `At most ${formatGram(quote.total)} leave the ${quote.deposit === undefined ? 'wallet' : 'deposit'}:`,
        ...amounts.map(
            ([name, , what], at) =>
                `  ${name.padEnd(9)}  ${(texts[at] ?? '').padStart(width)}  ${what}`,
        ),
    ].join('\n');
}
