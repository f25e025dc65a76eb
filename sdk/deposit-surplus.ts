import type { Sender } from '@ton/core';
import { type Deployment, Escrow, type EscrowView, Market } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { SurplusError } from './errors';
import { publicKeyOf } from './post-signed';
import { sleep } from './retry';

export interface DepositSurplusRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** The client's wallet. */
    readonly sender: Sender;
    readonly index?: number;
    /** What is to be there for later jobs, nanoGRAM. */
    readonly amount: bigint;
    /**
     * The secret key, 64 bytes, that may post from it: it can spend the surplus on jobs of this
     * client, and never take it away.
     */
    readonly postingKey: Uint8Array;
}

/**
 * Puts money into the client's Escrow and lets a key post jobs from it: such jobs need no signature
 * of a wallet, and cost the gas of one message less. The Escrow comes with the first job, which is
 * posted from the wallet. Resolves when the Escrow knows the key.
 *
 * @returns the Escrow after it
 * @throws SurplusError `not-open`, what the sender throws, what `connect` throws
 * @example
 * const { secretKey } = keyPairFromSeed(randomBytes(32));
 * await depositSurplus({ chain, deployment, sender, amount: toNano('1'), postingKey: secretKey });
 * await runJob({ ...request, sender: undefined, postingKey: secretKey });
 */
export async function depositSurplus(request: DepositSurplusRequest): Promise<EscrowView> {
    const { chain, amount, postingKey, sender, signal } = request;
    const key = publicKeyOf(postingKey);
    const escrow = await openEscrow(request);
    const { last } = await chain.account(escrow.address, { signal });
    const value = amount + (await ownerGas(request));
    await escrow.sendAuthorize(sender, value, postingKey.subarray(32));
    return waitFor(request, escrow, last?.lt, ({ postingKey: now }) => now === key);
}

export type WithdrawSurplusRequest = Omit<DepositSurplusRequest, 'amount' | 'postingKey'>;

/**
 * Takes back to the wallet what no job needs.
 *
 * @returns the Escrow after it
 * @throws as `depositSurplus`
 */
export async function withdrawSurplus(request: WithdrawSurplusRequest): Promise<EscrowView> {
    const { chain, sender, signal } = request;
    const escrow = await openEscrow(request);
    const { last } = await chain.account(escrow.address, { signal });
    await escrow.sendWithdrawSurplus(sender, await ownerGas(request));
    return waitFor(request, escrow, last?.lt, () => true);
}

async function openEscrow(request: WithdrawSurplusRequest) {
    const { chain, deployment, sender, index = 0, signal } = request;
    if (sender.address === undefined) throw new RangeError('The sender has no address.');
    const contract = Escrow.ofClient(deployment, sender.address, index);
    const { active } = await chain.account(contract.address, { signal });
    if (!active) throw new SurplusError('not-open', { available: 0n, needed: 0n });
    return chain.open(contract, { signal });
}

/** What a message of the owner takes at most; what is left of it is surplus. */
async function ownerGas({ chain, deployment, signal }: WithdrawSurplusRequest): Promise<bigint> {
    const market = chain.open(Market.fromAddress(deployment.market), { signal });
    return (await market.getCosts()).close;
}

async function waitFor(
    { chain, signal }: WithdrawSurplusRequest,
    escrow: Awaited<ReturnType<typeof openEscrow>>,
    before: bigint | undefined,
    holds: (view: EscrowView) => boolean,
): Promise<EscrowView> {
    for (;;) {
        const { last } = await chain.account(escrow.address, { signal });
        if (last !== undefined && last.lt !== before) {
            const view = await escrow.getEscrow();
            if (holds(view)) return view;
        }
        await sleep(chain.pollMs, signal);
    }
}
