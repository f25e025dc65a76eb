import type { Address } from '@ton/core';
import * as z from 'zod';

/** Where the embedded chain is; the server that adds the wallet to a page says it. */
export interface WalletSettings {
    readonly endpoints: readonly string[];
    /** Root of the chain's own routes. */
    readonly faucet: string;
    readonly pollMs?: number | undefined;
}

const schema = z.object({
    endpoints: z.array(z.url()).min(1),
    faucet: z.url(),
    pollMs: z.number().optional(),
});

/** @throws what fetch throws, or ZodError, where the page is not of such a server */
export async function loadSettings(): Promise<WalletSettings> {
    const response = await fetch(new URL('/development-wallet.json', location.href));
    return schema.parse(await response.json());
}

/** @throws TypeError when the faucet gives nothing */
export async function askFaucet(
    { faucet }: WalletSettings,
    address: Address,
    nano: bigint,
): Promise<void> {
    const { ok, status } = await fetch(`${faucet}/devnet/faucet`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ address: address.toRawString(), amount: nano.toString() }),
    });
    if (!ok) throw new TypeError(`The faucet gives nothing (HTTP ${status}).`);
}
