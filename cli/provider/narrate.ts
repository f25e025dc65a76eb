import type { DisagreementChoice, NodeEvent, ProviderEvent } from '../../provider';
import { failureOf, formatDuration, formatGram } from '../terminal';

/** Says what a node does, a sentence for each event that its owner may want to know of. */
export interface Narrator {
    /** Undefined where there is nothing to say. */
    job(event: ProviderEvent): string | undefined;
    node(event: NodeEvent): string | undefined;
}

/** @param work - what the node takes */
export function createNarrator(work: 'jobs' | 'checks' = 'jobs'): Narrator {
    let earned = 0n;
    let paidJobs = 0;
    /** Tenths of a job that were told, so that progress does not flood the screen. */
    const told = new Map<string, number>();

    const sentence = (event: ProviderEvent, job: string): string | undefined => {
        switch (event.kind) {
            case 'seen':
                return `open for bids, for at most ${formatGram(event.ceiling)}.`;
            case 'described':
                return `${count(event.items, 'item')} for ${event.name}.`;
            case 'passed':
                return `no bid: ${event.detail}`;
            case 'bidding':
                return `bidding ${formatGram(event.price)}, which locks ${formatGram(event.lock)}.`;
            case 'bid':
                return undefined;
            case 'outbid':
                return `lost: ${event.detail}`;
            case 'won':
                return `won for ${formatGram(event.price)}.`;
            case 'gathered':
                return `model and ${count(event.items, 'input')} are here.`;
            case 'progress': {
                const tenth = Math.floor((event.finished * 10) / event.items);
                if (tenth === 0 || tenth === 10 || tenth <= (told.get(job) ?? 0)) return undefined;
                told.set(job, tenth);
                return `${event.finished} of ${event.items} items done.`;
            }
            case 'executed': {
                const faulty =
                    event.faulty === 0 ? '' : `, ${event.faulty} of them without a result`;
                const time = formatDuration(event.elapsedMs);
                return `executed ${count(event.items, 'item')} in ${time}${faulty}.`;
            }
            case 'waits':
                return event.lacks === 'room'
                    ? `waits for room. ${event.detail}`
                    : `waits for what it names. ${event.detail}`;
            case 'paused':
                return `paused. ${event.detail}`;
            case 'continued':
                return `goes on. ${event.detail}`;
            case 'committed':
                return 'the results are committed to; waiting for the client.';
            case 'drawn':
                return event.detail;
            case 'opened-to-verifier':
                return `the sketch of result ${event.leaf} is given to the verifier, which has sealed its own.`;
            case 'contradicted':
                return 'the verifier sealed something else on chain than it gave; that seal is shown.';
            case 'opened':
                return `the sketch of result ${event.leaf} is opened; the verifier compares.`;
            case 'found':
            case 'jury':
                return event.detail;
            case 'declined':
                return `given back: ${event.detail}`;
            case 'missed':
                return `not delivered in time: ${event.detail}`;
            case 'slashed':
                return `the stake lost ${formatGram(event.nano)} for it.`;
            case 'spent':
            case 'ticked':
                return undefined;
            case 'closed':
                told.delete(job);
                earned += event.earned;
                if (event.earned > 0n) paidJobs += 1;
                return event.earned > 0n
                    ? `paid ${formatGram(event.earned)}. ${event.detail} ` +
                          `${formatGram(earned)} for ${count(paidJobs, 'job')} since the start.`
                    : `over without payment: ${event.detail}`;
            case 'trouble':
                return `${event.detail} Trying again.`;
            case 'failed':
                return `given up: ${failureOf(event.error).message}`;
        }
    };
    return {
        job: (event) => {
            const job = nameOf(event);
            const text = sentence(event, job);
            return text === undefined ? undefined : `${job}: ${text}`;
        },
        node: (event) => {
            switch (event.kind) {
                case 'suspended':
                    return `Suspended: ${event.suspensions.map(({ detail }) => detail).join(' ')}`;
                case 'resumed':
                    return `Goes on after ${formatDuration(event.afterMs)}: nothing suspends it any more.`;
                case 'pace':
                    return event.mode === 'hurried' || event.mode === 'owed'
                        ? `What was begun: ${event.detail}`
                        : undefined;
                case 'preferences-changed':
                    return 'The preferences have changed.';
                case 'ready':
                    return `Ready for ${work}.`;
                case 'not-ready':
                    return `Takes no ${work}: ${event.reasons.map(({ detail }) => detail).join(' ')}`;
                case 'endpoint-failed':
                    return event.failures === 1
                        ? `${event.error.message} Trying again.`
                        : undefined;
                case 'endpoint-recovered':
                    return 'The endpoint answers again.';
                case 'endpoint-changed':
                case 'history-replaced':
                    return event.detail;
                case 'endpoints-disagree':
                    return `${event.error.message} ${CHOICES[event.choice]}`;
                case 'listings-skipped':
                    return `Jobs listed within ${formatDuration((event.to - event.from) * 1000)} were too old to be looked at.`;
                case 'upload-refused':
                    return undefined;
            }
        },
    };
}

const CHOICES: Readonly<Record<DisagreementChoice, string>> = {
    majority: 'Taking the word of the majority.',
    nothing: 'Nothing is signed for it.',
    waits: 'Waiting for them to agree as long as there is time.',
    proven: 'Time is short: taking what is proven.',
    first: 'Time is short: taking the word of the healthier one.',
};

/** A job as one reads it aloud: the end of its Escrow's address, and its number. */
export function nameOf({
    escrow,
    jobId,
}: {
    readonly escrow: { toString(): string };
    readonly jobId: number;
}): string {
    return `Job ${escrow.toString().slice(-6)}/${jobId}`;
}

function count(number: number, word: string): string {
    return `${number} ${word}${number === 1 ? '' : 's'}`;
}
