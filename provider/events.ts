import type { Address } from '@ton/core';
import type { JobOutcome } from '../wrappers';
import type { PassReason } from './errors';

/** Which job an event is about. */
export interface JobName {
    readonly escrow: Address;
    readonly jobId: number;
}

/** What a node does for a job. Amounts nanoGRAM. */
export type ProviderNews =
    | { readonly kind: 'seen' }
    | { readonly kind: 'passed'; readonly reason: PassReason; readonly detail: string }
    | { readonly kind: 'bidding'; readonly price: bigint; readonly lock: bigint }
    /** The Stake has sent the bid on to the Escrow. */
    | { readonly kind: 'bid'; readonly price: bigint }
    /** Another bid is better, or has won. */
    | { readonly kind: 'outbid' }
    | { readonly kind: 'won'; readonly price: bigint }
    | { readonly kind: 'gathered'; readonly items: number }
    | { readonly kind: 'progress'; readonly finished: number; readonly items: number }
    | {
          readonly kind: 'executed';
          readonly items: number;
          readonly faulty: number;
          readonly elapsedMs: number;
      }
    | { readonly kind: 'committed' }
    | { readonly kind: 'declined'; readonly reason: PassReason }
    | { readonly kind: 'ticked' }
    | { readonly kind: 'closed'; readonly outcome: JobOutcome; readonly paid: bigint }
    | { readonly kind: 'failed'; readonly error: unknown };

/** What a node does, and for which job. */
export type ProviderEvent = JobName & ProviderNews;
