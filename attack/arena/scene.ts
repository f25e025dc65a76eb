import { type OpenedContract, toNano } from '@ton/core';
import { decodeOutputItem, encodeItem, tensorOf } from '../../protocol';
import type { Chain, PreparedJob } from '../../sdk';
import type { Wallet } from '../../sdk/node';
import { type Deployment, DEVNET_PARAMETERS, type Escrow, type Market } from '../../wrappers';
import type { JobView, MarketParameters } from '../../wrappers';

/** Global id of the embedded chain. */
export const NETWORK = -3;
/** The ceiling of a job, and what scripted providers ask, unless an attack says otherwise. */
export const PRICE = toNano('0.03');

/** Windows that only steps of time end that somebody makes: all honest nodes act well within them. */
export const ARENA_PARAMETERS: MarketParameters = {
    ...DEVNET_PARAMETERS,
    bidWindowMax: 600,
    commitWindowMax: 3600,
    acceptWindow: 600,
    backing: 8 * 3600,
    verification: {
        ...DEVNET_PARAMETERS.verification,
        claimWindow: 120,
        sealWindow: 600,
        openWindow: 600,
        revealWindow: 600,
        appealWindow: 600,
        juryClaimWindow: 120,
        jurySealWindow: 600,
        juryRevealWindow: 600,
        bucket: 1800,
        unbonding: 12 * 3600,
    },
};

/** A job that an Escrow holds, with what only its client knows. */
export interface PostedJob {
    readonly escrow: OpenedContract<Escrow>;
    readonly jobId: number;
    readonly job: PreparedJob;
    readonly client: Wallet;
    /** The client's secret. */
    readonly seed: bigint;
}

/** What a scripted node stands on. */
export interface Scene {
    readonly folder: string;
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly market: OpenedContract<Market>;
    fund(gram: string): Promise<Wallet>;
    look(posted: PostedJob): Promise<JobView | undefined>;
    reached(posted: PostedJob, wanted: string): Promise<JobView | undefined>;
}

/** What the identity model gives for an item. */
export function honestOutput(item: Uint8Array): Uint8Array {
    const x = decodeOutputItem(item).get('x');
    if (x === undefined) throw new TypeError('The item has no x.');
    return encodeItem({ y: x });
}

/** An output of the identity model. */
export function number(value: number): Uint8Array {
    return encodeItem({ y: tensorOf('float32', [1], [value]) });
}

const PATIENCE_MS = 90_000;

/** Resolves once the condition holds. @throws Error when it does not within a minute and a half */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
        if (Date.now() > end) throw new Error(`Nothing of the kind in ${PATIENCE_MS / 1000} s.`);
        await sleep(5);
    }
}

export function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}
