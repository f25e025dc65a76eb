import type { Address } from '@ton/core';
import type { JobName, ProviderEvent } from '../../provider';
import type { JobEvent } from '../../sdk';
import type { MarketParameters } from '../../wrappers';

export interface DemoBid {
    readonly operator: string;
    /** nanoGRAM for all items. */
    readonly price: bigint;
    /** `outbid` by a better one later, `refused` because a better one stood. */
    readonly fate: 'won' | 'outbid' | 'refused';
}

export interface DemoStep {
    readonly step: string;
    /** Since the client began, milliseconds. */
    readonly atMs: number;
    /** Since the step before, milliseconds. */
    readonly tookMs: number;
}

/** Steps by the events that end them. */
const STEPS: Partial<Record<JobEvent['kind'], string>> = {
    estimated: 'cost estimated',
    announced: 'spec given to the nodes',
    posted: 'job and money in escrow',
    assigned: 'best bid has won',
    committed: 'executed, root on chain',
    fetched: 'results fetched',
    verified: 'results verified',
    accepted: 'acceptance sent',
    closed: 'settled on chain',
};

/** What the client saw of its job. */
export class JobLog {
    readonly #startedAt: number;
    readonly #times: { step: string; at: number }[] = [];
    readonly #bids: Extract<JobEvent, { kind: 'bid' }>[] = [];
    #parameters: MarketParameters | undefined;
    #root = 0n;

    /** @param startedAt - monotonic time, milliseconds */
    constructor(startedAt: number) {
        this.#startedAt = startedAt;
    }

    hear(event: JobEvent, at: number): void {
        const step = STEPS[event.kind];
        if (step !== undefined) this.#times.push({ step, at });
        if (event.kind === 'bid') this.#bids.push(event);
        if (event.kind === 'estimated') this.#parameters = event.estimate.parameters;
        if (event.kind === 'committed') this.#root = event.result.commit.root;
    }

    /** The committed root as 64 hex digits. */
    get root(): string {
        return this.#root.toString(16).padStart(64, '0');
    }

    /** What the market takes of a price, as the Escrow computes it. */
    protocolFee(paid: bigint): bigint {
        return (paid * BigInt(this.#parameters?.protocolFee ?? 0)) / 10_000n;
    }

    bids(nameOf: (stake: Address) => string, winner: Address): DemoBid[] {
        return this.#bids.map(({ stake, price, accepted }) => ({
            operator: nameOf(stake),
            price,
            fate: !accepted ? 'refused' : stake.equals(winner) ? 'won' : 'outbid',
        }));
    }

    steps(): DemoStep[] {
        return this.#times.map(({ step, at }, index) => ({
            step,
            atMs: at - this.#startedAt,
            tookMs: at - (this.#times[index - 1]?.at ?? this.#startedAt),
        }));
    }
}

/** What the nodes told of their work. */
export class WorkLog {
    readonly #closed = new Set<string>();
    readonly #executionMs = new Map<string, number>();
    #wake: () => void = () => undefined;

    hear(operator: string, event: ProviderEvent): void {
        if (event.kind === 'executed') this.#executionMs.set(jobKey(event), event.elapsedMs);
        if (event.kind !== 'closed') return;
        this.#closed.add(`${operator} ${jobKey(event)}`);
        this.#wake();
    }

    /** Time that the winner of a job took to execute all items, milliseconds. */
    executionMs(job: JobName): number {
        return this.#executionMs.get(jobKey(job)) ?? 0;
    }

    /** Resolves when the node of an operator has seen the end of the job, or soon anyway. */
    async closed(operator: string, job: JobName, timeoutMs = 10_000): Promise<void> {
        const deadline = AbortSignal.timeout(timeoutMs);
        while (!this.#closed.has(`${operator} ${jobKey(job)}`) && !deadline.aborted) {
            await new Promise<void>((resolve) => {
                this.#wake = resolve;
                deadline.addEventListener('abort', () => resolve(), { once: true });
            });
        }
    }
}

function jobKey({ escrow, jobId }: JobName): string {
    return `${escrow.toRawString()} ${jobId}`;
}
