import { asHash, type Hash, sha256 } from '../protocol';
import { ownBytes } from './own-bytes';

/** Below this the way to the platform's own SHA-256 takes longer than hashing. */
const SMALL_BYTES = 4096;

/**
 * SHA-256 by the platform where it has one (ten times as fast, and off the event loop): pages have
 * it only when they came over https or from this machine.
 */
export async function hashBytes(bytes: Uint8Array): Promise<Hash> {
    const { subtle } = crypto as Partial<Pick<typeof crypto, 'subtle'>>;
    if (subtle === undefined || bytes.length < SMALL_BYTES) return sha256(bytes);
    return asHash(new Uint8Array(await subtle.digest('SHA-256', ownBytes(bytes))));
}
