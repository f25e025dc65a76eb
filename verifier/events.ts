import type { JobName, NodeEvent } from '../provider';
import type { HashHex } from '../protocol';
import type { JobOutcome, ListingStage, RewardReason } from '../wrappers';
import type { AbstainReason } from './errors';
import type { Duty, RevealVerdict } from './state';

/** What a node does for the check of a job. Amounts nanoGRAM; `detail` is a sentence. */
export type VerifierNews =
    | { readonly kind: 'seen'; readonly stage: ListingStage; readonly round: number }
    | { readonly kind: 'described'; readonly model: HashHex; readonly name: string }
    /** It does not claim. */
    | { readonly kind: 'abstained'; readonly reason: AbstainReason; readonly detail: string }
    /** A claim is written down and about to be sent. */
    | { readonly kind: 'claiming'; readonly duty: Duty; readonly bond: bigint }
    /** The Escrow has the claim, as the best one or with a seat. */
    | { readonly kind: 'claimed'; readonly duty: Duty; readonly bond: bigint }
    /** The claim did not stand; its bond comes back. */
    | { readonly kind: 'outdone'; readonly duty: Duty; readonly detail: string }
    /** The item was executed, in all classes that the duty asks for. */
    | { readonly kind: 'executed'; readonly duty: Duty; readonly elapsedMs: number }
    /** What was found is written down and about to be sealed. */
    | { readonly kind: 'sealing'; readonly duty: Duty }
    | { readonly kind: 'sealed'; readonly duty: Duty }
    /** A source did not give the committed leaf. */
    | { readonly kind: 'leaf-missing'; readonly duty: Duty; readonly detail: string }
    /** The provider did not give the key of a sealed job. */
    | { readonly kind: 'key-missing'; readonly duty: Duty; readonly detail: string }
    /** What is to be revealed is written down and about to be sent. */
    | {
          readonly kind: 'revealing';
          readonly duty: Duty;
          readonly verdict: RevealVerdict;
      }
    | {
          readonly kind: 'revealed';
          readonly duty: Duty;
          readonly verdict: RevealVerdict;
          /** With the opening of the provider, in one message. */
          readonly jointly?: true;
      }
    | { readonly kind: 'ticked'; readonly what: string }
    | { readonly kind: 'spent'; readonly nano: bigint }
    /** A bond came back, perhaps with pay. */
    | {
          readonly kind: 'rewarded';
          readonly reason: RewardReason;
          readonly bond: bigint;
          readonly earned: bigint;
      }
    | {
          readonly kind: 'lost';
          readonly duty: Duty;
          readonly bond: bigint;
          readonly detail: string;
      }
    | { readonly kind: 'closed'; readonly outcome: JobOutcome; readonly earned: bigint }
    | {
          readonly kind: 'trouble';
          readonly error: unknown;
          readonly detail: string;
          readonly attempt: number;
      }
    | { readonly kind: 'failed'; readonly error: unknown };

export type VerifierEvent = JobName & VerifierNews;
export type VerifierNodeEvent = NodeEvent;
