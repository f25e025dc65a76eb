import type { ProviderEvent } from '../../provider';
import type { JobEvent } from '../../sdk';
import type { VerifierEvent } from '../../verifier';
import { EXIT_CODES } from '../../wrappers';
import type { NameOf } from './paid-jobs';
import { gram } from '../terminal/table';

/** Says what happens in words, one line for each event. */
export interface Narrator {
    readonly step: (step: string) => void;
    readonly job: (event: JobEvent, nameOf: NameOf) => void;
    readonly provider: (operator: string, event: ProviderEvent) => void;
    readonly verifier: (operator: string, event: VerifierEvent) => void;
    /** Says nothing more: nodes hear of what is over a moment later than the client does. */
    readonly end: () => void;
}

/** @param say - prints a line; the time since the start stands before it */
export function createNarrator(say: (line: string) => void): Narrator {
    const startedAt = performance.now();
    let ended = false;
    const tell = (line: string | undefined) => {
        if (line === undefined || ended) return;
        const elapsed = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(6);
        say(`${elapsed} s  ${line}`);
    };
    return {
        step: tell,
        job: (event, nameOf) => tell(jobLine(event, nameOf)),
        provider: (operator, event) => tell(providerLine(operator, event)),
        verifier: (operator, event) => tell(verifierLine(operator, event)),
        end: () => (ended = true),
    };
}

function jobLine(event: JobEvent, nameOf: NameOf): string | undefined {
    switch (event.kind) {
        case 'estimated':
            return `client: the job costs at most ${gram(event.estimate.value)} GRAM, deposits included`;
        case 'announced':
            return `client: gives the spec to ${event.reached.length} nodes`;
        case 'posted':
            return `client: job ${event.ticket.jobId} and its money are in escrow`;
        case 'listed':
            return 'market: the job is open for bids';
        case 'bid':
            return event.accepted
                ? `escrow: takes the bid of ${nameOf(event.stake)}`
                : `escrow: refuses the bid of ${nameOf(event.stake)}${reasonOf(event.exitCode)}`;
        case 'assigned':
            return `escrow: ${nameOf(event.stake)} has won at ${gram(event.price)} GRAM`;
        case 'key-given':
            return `client: gives the key of the job to ${nameOf(event.stake)}`;
        case 'key-refused':
            return `client: ${nameOf(event.stake)} does not take the key, offers it again`;
        case 'declined':
            return `escrow: ${nameOf(event.stake)} gives the job back`;
        case 'committed':
            return 'escrow: the root of all results is on chain';
        case 'fetched':
            return `client: fetches ${event.bytes} bytes of results`;
        case 'verified':
            return `client: ${event.items.length} results match the root`;
        case 'partial':
            return `client: ${event.missing.length} results are missing, asks for them again`;
        case 'withheld':
            return 'client: the node does not serve the results, asks again';
        case 'downloading':
        case 'resumed':
            return undefined;
        case 'drawn':
            return `escrow: the draw says that result ${event.leaf} is checked`;
        case 'check':
            return undefined;
        case 'found':
            return `escrow: the finding is "${event.finding}"`;
        case 'jury':
            return event.phase === 'seed'
                ? `escrow: a jury shall judge result ${event.leaf} (${event.cause})`
                : undefined;
        case 'accepted':
            return 'client: accepts by revealing its seed';
        case 'expired':
            return `escrow: the time for the ${event.what} is over`;
        case 'closed':
            return event.outcome === 'no-bid'
                ? `escrow: no bid came, ${gram(event.refund)} GRAM go back to the client`
                : `escrow: settled, ${gram(event.refund)} GRAM go back to the client`;
    }
}

function reasonOf(exitCode: number | undefined): string {
    const meaning = exitCode === undefined ? undefined : EXIT_CODES.get(exitCode)?.meaning;
    return meaning === undefined ? '' : `: ${meaning.toLowerCase().replace(/\.$/, '')}`;
}

function providerLine(operator: string, event: ProviderEvent): string | undefined {
    switch (event.kind) {
        case 'bidding':
            return `${operator}: bids ${gram(event.price)} GRAM, locks ${gram(event.lock)}`;
        case 'gathered':
            return `${operator}: has model and all ${event.items} inputs`;
        case 'executed': {
            const { items, faulty, elapsedMs } = event;
            const failed = faulty === 0 ? '' : `, ${faulty} of them failed`;
            return `${operator}: executed ${items} items in ${(elapsedMs / 1000).toFixed(2)} s${failed}`;
        }
        case 'passed':
            return `${operator}: leaves the job to others (${event.reason})`;
        case 'failed':
            return `${operator}: failed: ${event.error instanceof Error ? event.error.message : 'unknown'}`;
        case 'waits':
        case 'paused':
        case 'continued':
        case 'missed':
        case 'trouble':
            return `${operator}: ${event.detail}`;
        case 'slashed':
            return `${operator}: loses ${gram(event.nano)} GRAM of its stake for a fault`;
        case 'opened-to-verifier':
            return `${operator}: gives the verifier its sketch of result ${event.leaf}`;
        case 'contradicted':
            return `${operator}: shows a seal that the verifier contradicts`;
        case 'opened':
            return `${operator}: opens its sketch of result ${event.leaf}`;
        case 'drawn':
        case 'found':
        case 'jury':
        case 'declined':
        case 'described':
        case 'spent':
        case 'seen':
        case 'bid':
        case 'outbid':
        case 'won':
        case 'progress':
        case 'committed':
        case 'ticked':
        case 'closed':
            return undefined;
    }
}

function verifierLine(operator: string, event: VerifierEvent): string | undefined {
    switch (event.kind) {
        case 'claimed':
            return `${operator}: puts up ${gram(event.bond)} GRAM to ${event.duty.role === 'juror' ? 'sit in the jury' : 'check it'}`;
        case 'sealed':
            return `${operator}: has executed it again and sealed what it found`;
        case 'revealed':
            return event.jointly === true
                ? `${operator}: agrees with the provider, and ends the check with one message`
                : `${operator}: reveals: ${event.verdict}`;
        case 'rewarded':
            return event.earned > 0n
                ? `${operator}: has its bond back, and ${gram(event.earned)} GRAM`
                : undefined;
        case 'lost':
            return `${operator}: loses its bond: ${event.detail}`;
        case 'failed':
            return `${operator}: failed: ${event.error instanceof Error ? event.error.message : 'unknown'}`;
        case 'trouble':
            return `${operator}: ${event.detail}`;
        case 'seen':
        case 'described':
        case 'abstained':
        case 'claiming':
        case 'outdone':
        case 'executed':
        case 'sealing':
        case 'leaf-missing':
        case 'key-missing':
        case 'revealing':
        case 'ticked':
        case 'spent':
        case 'closed':
            return undefined;
    }
}
