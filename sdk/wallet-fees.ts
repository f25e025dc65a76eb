/** A wallet keeps this much for its own fees, nanoGRAM. */
export const WALLET_FEES = 5_000_000n;
