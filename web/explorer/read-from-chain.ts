import { Address } from '@ton/core';
import { type JobDetail, type JobVerification, verifyJob } from '../../explorer/browser';
import { connect } from '../../sdk';
import { contractCode } from '../../wrappers';

/**
 * Reads a job from an endpoint of the chain and compares.
 *
 * @throws what `connect` throws
 */
export async function readFromChain(
    claimed: JobDetail,
    market: string,
    endpoint: string,
    onProgress: (count: number) => void,
): Promise<JobVerification> {
    const chain = connect(endpoint, { retry: { attempts: 4 } });
    const deployment = { market: Address.parse(market), code: await contractCode() };
    return verifyJob({ chain, deployment, claimed, onProgress });
}
