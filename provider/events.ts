import type { Address } from '@ton/core';
import type { CocoonError, HashHex } from '../protocol';
import type { EndpointHealth, EndpointsDisagreeError } from '../sdk';
import type { Finding, JobOutcome, JuryCause } from '../wrappers';
import type { GovernorEvent } from './governor';
import type { PassReason, PassWhy } from './outcomes/reasons';

/** Which job an event is about. */
export interface JobName {
    readonly escrow: Address;
    readonly jobId: number;
}

/** What a node does for a job. Amounts nanoGRAM; `detail` is a sentence for the operator. */
export type ProviderNews =
    | { readonly kind: 'seen'; readonly client: Address; readonly ceiling: bigint }
    /** Spec and manifest are here and belong to the job. */
    | {
          readonly kind: 'described';
          readonly spec: HashHex;
          readonly model: HashHex;
          readonly name: string;
          readonly licence: string;
          readonly items: number;
          /** On average. */
          readonly bytesPerItem: number;
      }
    /** There is no room for it now, or its blobs are nowhere; the node looks at it again. */
    | {
          readonly kind: 'waits';
          readonly lacks: 'room' | 'blobs';
          readonly detail: string;
      }
    /** No bid is made, or none any more. */
    | {
          readonly kind: 'passed';
          readonly reason: PassReason;
          /** The reason with the figures that decided it. */
          readonly why: PassWhy;
          readonly detail: string;
      }
    | {
          readonly kind: 'bidding';
          readonly price: bigint;
          readonly lock: bigint;
          /** What bids are compared by: the price and the check that may be expected. */
          readonly rank: bigint;
          /** What a check would cost the client, should the job be drawn. */
          readonly checkFee: bigint;
          /** What bid and commit cost the stake at most. */
          readonly gas: bigint;
      }
    /** The Stake has sent the bid on to the Escrow. */
    | { readonly kind: 'bid'; readonly price: bigint }
    /** Another bid is better, or has won. */
    | {
          readonly kind: 'outbid';
          readonly winner: Address | undefined;
          readonly price: bigint | undefined;
          readonly rank: bigint | undefined;
          readonly detail: string;
      }
    | { readonly kind: 'won'; readonly price: bigint }
    | { readonly kind: 'gathered'; readonly items: number }
    | { readonly kind: 'progress'; readonly finished: number; readonly items: number }
    | {
          readonly kind: 'executed';
          readonly items: number;
          readonly faulty: number;
          readonly elapsedMs: number;
      }
    /** The work waits, because the owner's preferences say so and the deadline leaves time. */
    | { readonly kind: 'paused'; readonly detail: string }
    /** It goes on. */
    | { readonly kind: 'continued'; readonly detail: string }
    | { readonly kind: 'committed' }
    /** The job is checked: its draw said so, or its client was silent. */
    | {
          readonly kind: 'drawn';
          readonly accepted: boolean;
          /** Which result is executed again, from 0. */
          readonly leaf: number;
          readonly detail: string;
      }
    /** The verifier gave its seal, and was given the sketch of the drawn result for it. */
    | { readonly kind: 'opened-to-verifier'; readonly round: number; readonly leaf: number }
    /** The verifier sealed something else on chain than it had given, and has lost its bond. */
    | { readonly kind: 'contradicted'; readonly round: number }
    /** The sketch of the drawn result is on chain. */
    | { readonly kind: 'opened'; readonly round: number; readonly leaf: number }
    /** A check or a jury has found something, which may be disputed for a while. */
    | { readonly kind: 'found'; readonly finding: Finding; readonly detail: string }
    | {
          readonly kind: 'jury';
          readonly stage: 1 | 2;
          readonly cause: JuryCause;
          readonly detail: string;
      }
    | {
          readonly kind: 'declined';
          readonly reason: PassReason;
          readonly why: PassWhy;
          readonly detail: string;
      }
    /** The deadline for the results is over: the lock is lost. */
    | { readonly kind: 'missed'; readonly detail: string }
    /** What an action took from the operating balance of the stake. */
    | { readonly kind: 'spent'; readonly action: string; readonly nano: bigint }
    /** What a fault took from the stake: to the client, to who caught it, and burnt. */
    | { readonly kind: 'slashed'; readonly nano: bigint }
    | { readonly kind: 'ticked' }
    | {
          readonly kind: 'closed';
          readonly outcome: JobOutcome;
          readonly paid: bigint;
          /** What the stake gets of it. */
          readonly earned: bigint;
          readonly detail: string;
      }
    /** Something keeps the node from going on; it tries again. */
    | {
          readonly kind: 'trouble';
          readonly error: unknown;
          readonly detail: string;
          /** From 1. */
          readonly attempt: number;
      }
    /** The node gives the job up. */
    | { readonly kind: 'failed'; readonly error: unknown };

/** What a node does, and for which job. */
export type ProviderEvent = JobName & ProviderNews;

/**
 * What a node does about endpoints that contradict each other: it takes the word of the majority;
 * leaves a step that only gains; waits with one that has a deadline; and at the last moment takes
 * what is proven, or else the word of the healthier one.
 */
export type DisagreementChoice = 'majority' | 'nothing' | 'waits' | 'proven' | 'first';

/** What happens to a node as a whole. */
export type NodeEvent =
    | GovernorEvent
    | { readonly kind: 'ready' }
    | { readonly kind: 'not-ready'; readonly reasons: readonly Unreadiness[] }
    | {
          readonly kind: 'endpoint-failed';
          readonly error: CocoonError;
          /** One after another. */
          readonly failures: number;
      }
    | { readonly kind: 'endpoint-recovered'; readonly failures: number }
    /** One of several endpoints is in another state than before. */
    | {
          readonly kind: 'endpoint-changed';
          readonly endpoint: string;
          readonly state: EndpointHealth['state'];
          readonly detail: string;
      }
    | {
          readonly kind: 'endpoints-disagree';
          readonly error: EndpointsDisagreeError;
          readonly choice: DisagreementChoice;
      }
    /** The history that this node followed is not the chain's: it looks back anew. */
    | { readonly kind: 'history-replaced'; readonly detail: string }
    /** Listings between these UNIX times of the chain were too old to be looked at. */
    | { readonly kind: 'listings-skipped'; readonly from: number; readonly to: number }
    | { readonly kind: 'upload-refused'; readonly address: string; readonly detail: string };

/** Why a node takes no jobs. */
export interface Unreadiness {
    readonly code:
        | 'starting'
        | 'stopping'
        | 'chain-unreachable'
        | 'chain-behind'
        | 'market-lost'
        | 'stake-missing'
        | 'stake-paused'
        | 'stake-held'
        | 'stake-convicted'
        | 'wrong-node-key'
        | 'node-runs-twice'
        | 'operating-balance-low'
        | 'collateral-locked'
        | 'disk-low'
        | 'suspended';
    /** A sentence for the operator. */
    readonly detail: string;
}
