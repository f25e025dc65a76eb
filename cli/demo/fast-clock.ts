import type { Devnet } from '../../devnet';
import type { ProviderEvent } from '../../provider';
import type { JobEvent } from '../../sdk';
import type { NameOf } from './paid-jobs';

/**
 * Moves the clock of the embedded chain ahead where nothing more can happen in a window: each node
 * has bid or left, or nobody appeals. So windows are long enough for a slow machine, and no wait for
 * others.
 */
export class FastClock {
    readonly #devnet: Pick<Devnet, 'now' | 'advanceTime'>;
    readonly #tell: (step: string) => void;
    /** Names of nodes that make no bid any more, by job. */
    readonly #left = new Map<number, Set<string>>();
    #jobId: number | undefined;
    #biddingEnd: number | undefined;
    #bids = new Set<string>();
    readonly #bidders: Set<string>;

    /** @param bidders - names of the nodes that may bid */
    constructor(
        devnet: Pick<Devnet, 'now' | 'advanceTime'>,
        bidders: readonly string[],
        tell: (step: string) => void = () => undefined,
    ) {
        this.#devnet = devnet;
        this.#bidders = new Set(bidders);
        this.#tell = tell;
    }

    /** One more node may bid. */
    join(name: string): void {
        this.#bidders.add(name);
    }

    /** A node does not bid any more. */
    leave(name: string): void {
        this.#bidders.delete(name);
    }

    /** What happens to the job of the moment. */
    hearJob(event: JobEvent, nameOf: NameOf): void {
        if (event.kind === 'posted') {
            this.#jobId = event.ticket.jobId;
            this.#biddingEnd = undefined;
            this.#bids = new Set();
        } else if (event.kind === 'listed') {
            this.#biddingEnd = event.biddingEnd;
        } else if (event.kind === 'bid') {
            this.#bids.add(nameOf(event.stake));
        } else if (event.kind === 'assigned') {
            this.#biddingEnd = undefined;
        } else if (event.kind === 'declined' && this.#jobId !== undefined) {
            this.#bids = new Set();
            this.#left.delete(this.#jobId);
        } else if (event.kind === 'found') {
            this.#skipTo(event.appealEnd, 'nobody appeals');
        }
        this.#endBidding();
    }

    /** What a node does, for this job or another. */
    hearNode(operator: string, event: ProviderEvent): void {
        const { kind, jobId } = event;
        if (kind !== 'passed' && kind !== 'outbid' && kind !== 'failed') return;
        const left = this.#left.get(jobId) ?? new Set();
        this.#left.set(jobId, left.add(operator));
        this.#endBidding();
    }

    #endBidding(): void {
        const bidders = [...this.#bidders];
        const { length } = bidders.filter((name) => this.#bids.has(name));
        // Where nobody bids, some may still measure the model: the window stays.
        if (this.#jobId === undefined || this.#biddingEnd === undefined || length === 0) return;
        const left = this.#left.get(this.#jobId);
        if (!bidders.every((name) => this.#bids.has(name) || left?.has(name))) return;
        const why = length === bidders.length ? 'all have bid' : 'all have bid or left';
        this.#skipTo(this.#biddingEnd, why);
        this.#biddingEnd = undefined;
    }

    #skipTo(until: number, why: string): void {
        const seconds = until - this.#devnet.now();
        if (seconds <= 0) return;
        this.#tell(`${why}: the clock of the chain goes ${seconds} s ahead`);
        void this.#devnet.advanceTime(seconds);
    }
}
