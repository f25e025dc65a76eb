/*
 * What a verifier and the provider of a drawn job exchange before a joint reveal: the verifier gives
 * its seal with `PUT /seals/<escrow>/<job id>`, 32 bytes of the seal and 64 of its signature over the
 * Seal that it would post; the answer is a bag of cells with the SealedOpening of contracts/schema.tlb.
 */

const SEAL_BYTES = 32;
export const GIVEN_SEAL_BYTES = SEAL_BYTES + 64;
export const OPENING_MIME = 'application/octet-stream';
/** An opening with a sketch of four outputs, generously. */
export const MAX_OPENING_BYTES = 2048;

/** Path below the endpoint of a provider's node. */
export function sealsPath(escrow: { toRawString(): string }, jobId: number): string {
    return `/seals/${escrow.toRawString()}/${jobId}`;
}

export function encodeGivenSeal(seal: bigint, signature: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(GIVEN_SEAL_BYTES);
    for (let at = 0; at < SEAL_BYTES; at++) {
        bytes[SEAL_BYTES - 1 - at] = Number((seal >> BigInt(8 * at)) & 255n);
    }
    bytes.set(signature, SEAL_BYTES);
    return bytes;
}

export function readGivenSeal(bytes: Uint8Array): { seal: bigint; signature: Uint8Array } {
    let seal = 0n;
    for (const byte of bytes.subarray(0, SEAL_BYTES)) seal = (seal << 8n) | BigInt(byte);
    return { seal, signature: bytes.slice(SEAL_BYTES) };
}
