import { Counter, Histogram, Registry } from 'prom-client';
import type { NodeEvent, ProviderEvent } from './events';
import { endReason, type ReasonCode } from './outcomes/reasons';
import { gauges, nodeGauges, type NodeReadings } from './node-gauges';
import type { KillCause } from './state';

/** What a node counts for Prometheus, in a registry of its own. */
export interface NodeMetrics {
    readonly registry: Registry;
    hear(event: ProviderEvent): void;
    hearNode(event: NodeEvent): void;
    item(elapsedMs: number): void;
    upload(result: 'taken' | 'refused'): void;
    /** A process that executed a model ended without being asked to. */
    death(cause: KillCause): void;
}

/** Values that are read when they are asked for. */
export interface Readings extends NodeReadings {
    readonly jobs: number;
    readonly waiting: number;
    readonly executing: number;
    readonly promisedMs: number;
    readonly uploadBytes: number;
    readonly resultsServed: number;
}

/** Seconds of one item: from a tenth of a millisecond to minutes. */
const ITEM_BUCKETS = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120];

export function createMetrics(
    read: () => Readings,
    build: { readonly version: string },
): NodeMetrics {
    const registry = new Registry();
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
        new Counter({ name: `cocoon_${name}`, help, labelNames, registers });
    const gauge = gauges(registry);

    const jobs = counter('jobs_total', 'Jobs by how they ended for this node', 'outcome');
    const seen = counter('jobs_seen_total', 'Jobs that were listed while the node ran');
    const bids = counter('bids_total', 'Bids that the stake sent on');
    const drawn = counter('jobs_drawn_total', 'Jobs that are checked, by why', 'because');
    const passes = counter('passes_total', 'Jobs without a bid, by reason', 'reason');
    const outcomes = counter('outcomes_total', 'Jobs by the reason of their outcome', 'code');
    const slashed = counter('slashed_nano_total', 'nanoGRAM that faults took from the stake');
    const earned = counter(
        'earned_nano_total',
        'nanoGRAM that jobs brought the stake, by how they ended',
        'outcome',
    );
    const spent = counter('spent_nano_total', 'nanoGRAM that actions took', 'action');
    const items = counter('items_total', 'Executed items by result', 'result');
    const troubles = counter('job_troubles_total', 'Times that a job could not go on');
    const endpoint = counter('endpoint_errors_total', 'Failures of the endpoint', 'code');
    const deaths = counter('child_deaths_total', 'Ends of processes of models', 'cause');
    const uploads = counter('uploads_total', 'Blobs that strangers sent', 'result');
    const itemSeconds = new Histogram({
        name: 'cocoon_item_seconds',
        help: 'Time of an item in its child',
        buckets: ITEM_BUCKETS,
        registers,
    });
    gauge('jobs_running', 'Jobs that the node has bid for or works on', () => read().jobs);
    gauge(
        'jobs_waiting',
        'Jobs that wait for a look, for room or for their blobs',
        () => read().waiting,
    );
    gauge('execution_queue', 'Jobs with items to execute', () => read().executing);
    gauge('promised_seconds', 'Work that was promised', () => read().promisedMs / 1000);
    gauge('upload_bytes', 'What strangers left on disk', () => read().uploadBytes);
    gauge('results_served', 'Jobs whose results are served', () => read().resultsServed);
    nodeGauges(registry, read, build);
    const end = (outcome: string, code: ReasonCode) => {
        jobs.inc({ outcome });
        outcomes.inc({ code });
    };
    return {
        registry,
        hear(event) {
            switch (event.kind) {
                case 'drawn':
                    return drawn.inc({ because: event.accepted ? 'draw' : 'silence' });
                case 'seen':
                    return seen.inc();
                case 'passed':
                    passes.inc({ reason: event.reason });
                    return end('passed', event.reason);
                case 'bid':
                    return bids.inc();
                case 'outbid':
                    return end('lost', 'outbid');
                case 'executed':
                    items.inc({ result: 'done' }, event.items - event.faulty);
                    return items.inc({ result: 'faulty' }, event.faulty);
                case 'declined':
                    return end('declined', event.reason);
                case 'missed':
                    return end('forfeited', 'not-committed');
                case 'spent':
                    return spent.inc({ action: event.action }, Number(event.nano));
                case 'closed':
                    earned.inc({ outcome: event.outcome }, Number(event.earned));
                    return end(event.outcome, endReason(event.outcome, 'check').code);
                case 'failed':
                    return end('failed', 'failed');
                case 'slashed':
                    return slashed.inc(Number(event.nano));
                case 'trouble':
                    return troubles.inc();
                case 'waits':
                case 'described':
                case 'bidding':
                case 'won':
                case 'gathered':
                case 'progress':
                case 'paused':
                case 'continued':
                case 'committed':
                case 'opened-to-verifier':
                case 'contradicted':
                case 'opened':
                case 'found':
                case 'jury':
                case 'ticked':
                    return;
            }
        },
        hearNode(event) {
            if (event.kind === 'endpoint-failed' || event.kind === 'endpoints-disagree')
                endpoint.inc({ code: event.error.code });
        },
        item: (elapsedMs) => itemSeconds.observe(elapsedMs / 1000),
        upload: (result) => uploads.inc({ result }),
        death: (cause) => deaths.inc({ cause }),
    };
}
