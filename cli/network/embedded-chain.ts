import { Address } from '@ton/core';
import { z } from 'zod';
import type { NetworkConfig } from '../config';
import { FaucetError } from './errors';

const statusReply = z.object({
    result: z.object({ market: z.string().transform((text) => Address.parse(text)) }),
});
const STATUS_TIMEOUT_MS = 5_000;

/**
 * The Market that an embedded chain came with; undefined on public networks, on a chain without
 * one, and where nobody answers.
 */
export async function embeddedMarket(
    { name, endpoint }: NetworkConfig,
    signal: AbortSignal,
): Promise<Address | undefined> {
    if (name === 'mainnet' || name === 'testnet') return undefined;
    try {
        const response = await fetch(new URL('/devnet/status', endpoint), {
            signal: AbortSignal.any([signal, AbortSignal.timeout(STATUS_TIMEOUT_MS)]),
        });
        return statusReply.safeParse(await response.json()).data?.result.market;
    } catch {
        signal.throwIfAborted();
        // Another kind of chain, or none, which is told when the network is opened.
        return undefined;
    }
}

/**
 * Asks the faucet of an embedded chain for money, which has arrived when this resolves.
 *
 * @throws FaucetError
 */
export async function askFaucet(
    { endpoint }: Pick<NetworkConfig, 'endpoint'>,
    address: Address,
    nano: bigint,
    signal?: AbortSignal,
): Promise<void> {
    const url = new URL('/devnet/faucet', endpoint).href;
    let reason: string;
    try {
        const response = await fetch(url, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ address: address.toString(), amount: nano.toString() }),
            ...(signal && { signal }),
        });
        if (response.ok) return;
        reason = `HTTP ${response.status}.`;
    } catch (error) {
        signal?.throwIfAborted();
        throw new FaucetError(url, 'it cannot be reached.', error);
    }
    throw new FaucetError(url, reason);
}
