import { gram } from '../provider/decide-bid';
import type { JobOutcome } from '../wrappers';
import type { VerifierEvent } from './events';
import type { Duty, RevealVerdict } from './state';

/** What an event means for the operator, as a sentence; undefined where it is of no interest. */
export function sentenceOf(event: VerifierEvent): string | undefined {
    switch (event.kind) {
        case 'seen':
            return event.stage === 'check'
                ? `Listed for a check, round ${event.round + 1}.`
                : `A jury is drawn${event.stage === 'jury' ? '' : ' for an appeal'}.`;
        case 'described':
            return undefined;
        case 'abstained':
            return `Not claimed: ${event.detail}`;
        case 'claiming':
            return `Claiming ${placeOf(event.duty)} with a bond of ${gram(event.bond)}.`;
        case 'claimed':
            return `Claimed ${placeOf(event.duty)}; the best claim so far.`;
        case 'outdone':
            return `Outdone for ${placeOf(event.duty)}: ${event.detail}`;
        case 'executed':
            return `Executed the item in ${Math.round(event.elapsedMs)} ms.`;
        case 'sealing':
            return undefined;
        case 'sealed':
            return event.duty.role === 'verifier'
                ? 'Sealed what was found; the provider opens next.'
                : 'Sealed what was found; waiting for the other jurors.';
        case 'leaf-missing':
            return `The committed result was not given: ${event.detail}`;
        case 'key-missing':
            return `The key of the sealed job was not given: ${event.detail}`;
        case 'revealing':
            return undefined;
        case 'revealed':
            if (event.jointly) return 'Revealed its sketch together with that of the provider.';
            return REVEALED[event.duty.role === 'juror' ? 'seat' : event.verdict];
        case 'ticked':
            return TICKED[event.what];
        case 'spent':
            return undefined;
        case 'rewarded':
            if (event.reason === 'catch') {
                return `Got ${gram(event.earned)} out of the convicted stake: costs, and for the catch.`;
            }
            return event.earned > 0n
                ? `Earned ${gram(event.earned)}; the bond of ${gram(event.bond)} came back.`
                : `The bond of ${gram(event.bond)} came back.`;
        case 'lost':
            return `Lost the bond of ${gram(event.bond)} for ${placeOf(event.duty)}: ${event.detail}`;
        case 'closed':
            return `${CLOSED[event.outcome]} Earned ${gram(event.earned)}.`;
        case 'trouble':
            return `${event.detail} Trying again.`;
        case 'failed':
            return `Given up: ${event.error instanceof Error ? event.error.message : 'failed'}`;
    }
}

function placeOf({ role, turn }: Duty): string {
    if (role === 'verifier') return `round ${turn + 1} of the check`;
    return turn === 1 ? 'a seat in the jury' : 'a seat in the appeal jury';
}

const REVEALED: Readonly<Record<RevealVerdict | 'seat', string>> = {
    sketch: 'Revealed the sketch of its own result.',
    'broken-binding': 'Reported that the provider opened another result than it committed to.',
    'missing-data': 'Reported that the committed result cannot be had.',
    seat: 'Revealed the sketches of both classes.',
};

const TICKED: Readonly<Record<string, string>> = {
    'next-round': 'Time was over for this round; the next one begins.',
    stalled: 'Time was over for the last round.',
    'not-opened': 'The provider did not open in time, which convicts it.',
    'jury-seed': 'The jury is drawn.',
    'no-jury': 'Too few jurors came.',
    verdict: 'The jury has found.',
    end: 'The time for disputes is over.',
};

const CLOSED: Readonly<Record<JobOutcome, string>> = {
    accepted: 'The client accepted.',
    cancelled: 'The client cancelled.',
    refused: 'The posting was refused.',
    'no-bid': 'Nobody bid.',
    'not-committed': 'The provider delivered nothing.',
    passed: 'The check passed.',
    'passed-silent': 'The check passed; the client was silent.',
    convicted: 'The provider was convicted.',
    void: 'The check ended without a finding.',
    'void-paid': 'The check ended without a finding; the provider is paid.',
    conceded: 'The provider conceded.',
    'provider-convicted': 'The provider was convicted for another job.',
    'false-error': 'The provider claimed an error where there is a result.',
};
