import { Escrow, type JobTerms, parametersTag } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { ExternalRefusedError, PostRefusedError, SurplusError } from './errors';
import type { JobEstimate } from './estimate-job';

interface SurplusPosting extends CallOptions {
    readonly chain: Chain;
    readonly estimate: JobEstimate;
    readonly jobId: number;
    readonly terms: JobTerms;
    /** Ed25519 secret key of 64 bytes, its last 32 the public key. */
    readonly postingKey: Uint8Array;
}

/** A posting that no block took by then counts no more, seconds. */
const VALID_SECONDS = 60;
/** `ErrorTooLittleValue` of contracts/errors.tact. */
const TOO_LITTLE_VALUE = 305;

/**
 * Posts a job from the surplus of its Escrow: an external message that no wallet signs.
 *
 * @throws SurplusError, PostRefusedError, what `connect` throws
 */
export async function sendFromSurplus(request: SurplusPosting): Promise<void> {
    const { chain, estimate, jobId, terms, postingKey, signal } = request;
    const { surplus, ceiling, assurance, parameters } = estimate;
    if (surplus.postingKey !== publicKeyOf(postingKey)) {
        throw new SurplusError('not-authorised', surplus);
    }
    // Nodes leave jobs that are not listed under what the market asks for now.
    if (estimate.parametersTag !== parametersTag(parameters)) {
        throw new SurplusError('parameters-changed', surplus);
    }
    if (surplus.available < ceiling + assurance) throw new SurplusError('too-little', surplus);
    const { chainTime } = await chain.account(estimate.escrow, { signal });
    const posting = { jobId, validUntil: chainTime + VALID_SECONDS, ceiling, assurance, terms };
    const escrow = chain.open(Escrow.fromAddress(estimate.escrow), { signal });
    try {
        await escrow.sendPostSigned(posting, postingKey);
    } catch (error) {
        if (!(error instanceof ExternalRefusedError)) throw error;
        if (error.exitCode === TOO_LITTLE_VALUE) throw new SurplusError('too-little', surplus);
        throw new PostRefusedError(jobId, error.exitCode);
    }
}

/** The public half of a secret key of 64 bytes, as the Escrow shows it. */
export function publicKeyOf(secretKey: Uint8Array): bigint {
    if (secretKey.length !== 64) throw new RangeError('A posting key has 64 bytes.');
    return secretKey.subarray(32).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
