import type { KeyPair } from '@ton/crypto';
import { encodeGivenSeal, type JobTicket, sealsPath } from '../../sdk';
import { type SealedWords, signSeal } from '../../wrappers';

/** A node takes 120 seals a minute from one address. */
const GIVE_EVERY_MS = 550;

/** Gives a node the seal of a claim off chain, no oftener than it lets one address. */
export async function giveSeal(
    node: { readonly url: string },
    { escrow, jobId }: JobTicket,
    sealed: SealedWords,
    { secretKey }: KeyPair,
): Promise<Response> {
    await new Promise((resolve) => setTimeout(resolve, GIVE_EVERY_MS));
    return fetch(`${node.url}${sealsPath(escrow, jobId)}`, {
        method: 'PUT',
        body: Uint8Array.from(encodeGivenSeal(sealed.seal, signSeal(escrow, sealed, secretKey))),
    });
}
