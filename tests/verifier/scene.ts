import { type OpenedContract, toNano } from '@ton/core';
import { decodeOutputItem, encodeItem } from '../../protocol';
import type { Chain, PreparedJob } from '../../sdk';
import type { Wallet } from '../../sdk/node';
import type { Deployment, Escrow, JobView, Market } from '../../wrappers';

export const NETWORK = -3;
export const PRICE = toNano('0.03');

export interface PostedJob {
    readonly escrow: OpenedContract<Escrow>;
    readonly jobId: number;
    readonly job: PreparedJob;
}

/** What a provider of a test stands on. */
export interface ProviderScene {
    readonly folder: string;
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly market: OpenedContract<Market>;
    readonly client: Wallet;
    fund(gram: string): Promise<Wallet>;
    reached(posted: PostedJob, wanted: string): Promise<JobView | undefined>;
}

export function honestOutput(item: Uint8Array): Uint8Array {
    const x = decodeOutputItem(item).get('x');
    if (x === undefined) throw new TypeError('The item has no x.');
    return encodeItem({ y: x });
}

/** Less than a test may take, so that it ends where it waits, and waits no longer. */
const PATIENCE_MS = 90_000;

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
        if (Date.now() > end) throw new Error(`Nothing of the kind in ${PATIENCE_MS / 1000} s.`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}
