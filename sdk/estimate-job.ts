import type { Address } from '@ton/core';
import { checkFee, type Deployment, Escrow, Market, type MarketParameters } from '../wrappers';
import type { CallOptions, Chain } from './chain';

export interface EstimateRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** Wallet of the client. */
    readonly client: Address;
    /** Escrow of the client, for clients that want more than one; 0 unless set. */
    readonly index?: number;
    /** Most that all items together may cost, nanoGRAM. */
    readonly ceiling: bigint;
    readonly items: number;
}

/** What posting a job takes now; amounts nanoGRAM. */
export interface JobEstimate {
    readonly escrow: Address;
    /** Id that the job will have. */
    readonly jobId: number;
    readonly ceiling: bigint;
    /** Prepaid for one check; comes back if none is needed. */
    readonly assurance: bigint;
    /** Gas and messages to the end of the job; what is left of it comes back. */
    readonly gas: bigint;
    /** Deployment and rent that the Escrow lacks; the rent stays there and serves later jobs. */
    readonly rent: bigint;
    /** All of it: the value to post with. The wallet's own fees come on top. */
    readonly value: bigint;
    /** Parameters of the market now; they apply if they are the same at the listing. */
    readonly parameters: MarketParameters;
    /** Index of the client's Escrow. */
    readonly index: number;
    /** Whether the Escrow is still to be deployed. */
    readonly open: boolean;
    /** Which parameters the Escrow knows, so that they need not be sent again; 0 for none. */
    readonly parametersTag: bigint;
    readonly surplus: SurplusEstimate;
}

/** What posting from the surplus of the Escrow takes, without any wallet; amounts nanoGRAM. */
export interface SurplusEstimate {
    /** What the Escrow holds that no job needs. */
    readonly available: bigint;
    /** At most what the job takes of it; what is left when it ends comes back as for any job. */
    readonly needed: bigint;
    /** The Ed25519 key that may post, as a number; 0 for none. */
    readonly postingKey: bigint;
}

/** Rent that time may eat between the estimate and the post: a part of the whole. */
const RENT_MARGIN = 100n;

/**
 * Says what a job costs at most, and what has to be sent for it.
 *
 * @throws what `connect` throws
 */
export async function estimateJob(request: EstimateRequest): Promise<JobEstimate> {
    const { chain, deployment, ceiling, items, signal } = request;
    const call = { signal };
    const index = request.index ?? 0;
    const escrow = Escrow.ofClient(deployment, request.client, index);
    const market = chain.open(Market.fromAddress(deployment.market), call);
    const [parameters, costs, account] = await Promise.all([
        market.getMarketParameters(),
        market.getCosts(),
        chain.account(escrow.address, call),
    ]);
    let jobId = 0;
    let rent = costs.openEscrow;
    let parametersTag = 0n;
    let available = 0n;
    let postingKey = 0n;
    let postSigned = 0n;
    if (account.active) {
        const view = await chain.open(escrow, call).getEscrow();
        jobId = Number(view.nextJob);
        ({ parametersTag, postingKey, postSigned } = view);
        const free = account.balance - view.held - view.owed;
        const lacking = view.rent + view.rent / RENT_MARGIN - free;
        rent = lacking > 0n ? lacking : 0n;
        available = free > view.rent ? free - view.rent : 0n;
    }
    const assurance = checkFee(parameters, ceiling, items);
    const gas = costs.post;
    return {
        escrow: escrow.address,
        jobId,
        ceiling,
        assurance,
        gas,
        rent,
        value: ceiling + assurance + gas + rent,
        parameters,
        index,
        open: !account.active,
        parametersTag,
        surplus: { available, needed: ceiling + assurance + gas + postSigned, postingKey },
    };
}
