import type { Logger } from 'pino';
import { factsOf } from './bookkeeping';
import type { NodeEvent, ProviderEvent } from './events';
import type { NodeMetrics } from './metrics';
import type { NodeState } from './state';

export interface TellerOptions {
    readonly state: NodeState;
    readonly metrics: Pick<NodeMetrics, 'hear' | 'hearNode'>;
    readonly now: () => number;
    readonly logger: Logger;
    readonly onEvent?: ((event: ProviderEvent) => void) | undefined;
    readonly onNodeEvent?: ((event: NodeEvent) => void) | undefined;
}

/** Tells the ledger, the metrics and the caller what happens. */
export interface Teller {
    job(event: ProviderEvent): void;
    node(event: NodeEvent): void;
}

export function createTeller(options: TellerOptions): Teller {
    const { state, metrics, now, logger, onEvent, onNodeEvent } = options;
    /** The node does not stop for a listener that throws. */
    const call = <E>(listener: ((event: E) => void) | undefined, event: E) => {
        try {
            listener?.(event);
        } catch (error) {
            logger.error({ err: error }, 'a listener failed');
        }
    };
    const book = (event: ProviderEvent) => {
        const { escrow, jobId } = event;
        const seenAt = state.jobs.get(escrow, jobId)?.seenAt;
        if (seenAt === undefined) return;
        const job = { escrow, jobId, seenAt };
        if (event.kind === 'spent') return state.ledger.charge(job, event.nano);
        const facts = factsOf(event, now(), state.ledger.at(job));
        if (facts !== undefined) state.ledger.note(job, facts);
    };
    return {
        job(event) {
            book(event);
            metrics.hear(event);
            call(onEvent, event);
        },
        node(event) {
            metrics.hearNode(event);
            call(onNodeEvent, event);
        },
    };
}
