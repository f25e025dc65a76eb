const AMOUNT = /^(\d{1,9})(?:[.,](\d{1,9}))?$/;

/** An amount that a person wrote, with a point or a comma, in nanoGRAM; undefined for none over 0. */
export function parseGram(text: string): bigint | undefined {
    const match = AMOUNT.exec(text.trim());
    if (match === null) return undefined;
    const [, whole = '0', part = ''] = match;
    const nano = BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0'));
    return nano > 0n ? nano : undefined;
}
