import type { Address } from '@ton/core';
import type { CocoonError } from '../protocol';
import type { JobClosing } from '../wrappers';
import type { Announcement } from './announce-job';
import type { JobEstimate } from './estimate-job';
import type { ChainJobEvent } from './follow-job';
import type { DownloadProgress } from './stream-results';
import type { JobTicket } from './ticket';
import type { ItemResult } from './verify-results';

/** What happens to a job, on chain and off it. Amounts nanoGRAM. */
export type JobEvent =
    | { readonly kind: 'estimated'; readonly estimate: JobEstimate }
    | ({ readonly kind: 'announced' } & Announcement)
    | { readonly kind: 'posted'; readonly ticket: JobTicket }
    /** An earlier process posted the job, and this one goes on with it. */
    | { readonly kind: 'resumed'; readonly ticket: JobTicket }
    | ChainJobEvent
    /** The node that has won a sealed job has its key. */
    | { readonly kind: 'key-given'; readonly stake: Address; readonly endpoint: string }
    /** It did not take the key, which is offered again. */
    | { readonly kind: 'key-refused'; readonly stake: Address; readonly error: CocoonError }
    /** Told a few times a second while outputs arrive, and at the end of each pass. */
    | ({ readonly kind: 'downloading'; readonly endpoint: string } & DownloadProgress)
    /** The node does not say what the outputs are; it is asked again until the time is over. */
    | { readonly kind: 'withheld'; readonly endpoint: string; readonly error: CocoonError }
    /**
     * The node owes these outputs; it is asked again until the time is over, and this is told again
     * when some of them have come. As long as one is missing nothing is accepted. `items` are as in
     * `verified`.
     */
    | {
          readonly kind: 'partial';
          readonly missing: readonly number[];
          readonly items: readonly ItemResult[];
      }
    /** All outputs are here. */
    | { readonly kind: 'fetched'; readonly bytes: number; readonly endpoint: string }
    /** One result for each item, all proved; empty where `onItem` took them. */
    | { readonly kind: 'verified'; readonly items: readonly ItemResult[] }
    | { readonly kind: 'accepted' };

/** A job whose results are here. */
export interface JobResult {
    readonly ticket: JobTicket;
    /**
     * One for each item, in order; empty where `onItem` took them. An item that failed, and one
     * whose output was not delivered, are errors at their places.
     */
    readonly items: readonly ItemResult[];
    /**
     * Indexes of outputs that the node committed to and did not deliver. Where there are any, this
     * client has not accepted, and the job is checked: how that ended is in `closing`.
     */
    readonly missing: readonly number[];
    readonly winner: Address;
    /** Price of the winning bid for all items, nanoGRAM. */
    readonly price: bigint;
    /** Whether the Escrow took the client's acceptance. */
    readonly accepted: boolean;
    /** Whether the job was drawn for a check, or is checked since its client was silent. */
    readonly checked: boolean;
    /** How it ended; undefined while its check goes on, which follows without this client. */
    readonly closing: JobClosing | undefined;
}
