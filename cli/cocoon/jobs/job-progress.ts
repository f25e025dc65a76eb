import type { JobEvent } from '../../../sdk';
import { formatBytes, formatGram, formatTime, type Terminal } from '../../terminal';

/**
 * Says what happens to a job while it happens.
 *
 * @param label - what the job is, such as `lines`; empty for the only one
 * @param accepts - whether complete results are accepted
 */
export function jobTeller(
    terminal: Terminal,
    label: string,
    accepts = true,
): (event: JobEvent) => void {
    const head = label === '' ? '' : `${label}: `;
    const say = (text: string) => terminal.progress(`${head}${text}`);
    const seen = new Set<string>();
    const once = (key: string, tell: () => void) => {
        if (seen.has(key)) return;
        seen.add(key);
        tell();
    };
    return (event) => {
        switch (event.kind) {
            case 'estimated':
                return say('Telling nodes of the job…');
            case 'announced':
                return say(`Told nodes: ${event.reached.length}; posting…`);
            case 'posted':
            case 'resumed':
                return say('Posted.');
            case 'listed':
                return say(`Open for bids until ${formatTime(event.biddingEnd)}…`);
            case 'bid': {
                const { stake, price, accepted } = event;
                const bid = `${formatGram(price)} by ${stake.toString()}`;
                return say(accepted ? `Bid of ${bid}…` : `A bid of ${bid} was not better…`);
            }
            case 'assigned':
                return say(
                    `Won by ${event.stake.toString()} for ${formatGram(event.price)}; working…`,
                );
            case 'key-given':
                return say('The winner has the key; working…');
            case 'key-refused':
                return once('key', () =>
                    terminal.warn(`${head}${event.error.message} It is offered again.`),
                );
            case 'declined':
                seen.clear();
                return say('The winner gave it back; open for bids again…');
            case 'expired':
                return say(EXPIRED[event.what]);
            case 'committed':
                return say('Done; fetching the results…');
            case 'drawn':
                return once('drawn', () =>
                    say(
                        event.accepted
                            ? 'Accepted, and drawn for a check…'
                            : 'Not accepted, so it is checked…',
                    ),
                );
            case 'check':
                return say(`Check, round ${event.round + 1}: ${CHECK_PHASES[event.phase]}…`);
            case 'found':
                return say(
                    `${FINDINGS[event.finding]}; it can be disputed until ${formatTime(event.appealEnd)}…`,
                );
            case 'jury':
                return say(`A jury executes result ${event.leaf}: ${JURY_PHASES[event.phase]}…`);
            case 'downloading': {
                const { finished, items, bytes } = event;
                // Without a terminal each would be a line of its own.
                if (!terminal.interactive && finished < items) return;
                return say(`${finished} of ${items} results, ${formatBytes(bytes)}…`);
            }
            case 'withheld':
                return once('withheld', () =>
                    terminal.warn(
                        `${head}${event.error.message} It is asked again while there is time.`,
                    ),
                );
            case 'partial':
                return once('partial', () =>
                    terminal.warn(
                        `${head}The node owes ${event.missing.length} results; it is asked again while there is time.`,
                    ),
                );
            case 'fetched':
                return say('Fetched; checking…');
            case 'verified':
                return say(
                    accepts
                        ? 'All results are proved; accepting…'
                        : 'All results are proved; they are checked once the time to accept is over…',
                );
            case 'accepted':
                return say('Accepted; settling…');
            case 'closed':
                return say('Settled.');
        }
    };
}

const EXPIRED = {
    bidding: 'Nobody bid; taking the money back…',
    commit: 'The winner did not deliver; taking the money back…',
    acceptance: 'The time to accept is over; having it checked…',
    check: 'A step of the check is over; going on…',
    appeal: 'Nobody disputes it; settling…',
    jury: 'A step of the jury is over; going on…',
} as const;

const CHECK_PHASES = {
    claim: 'verifiers claim it',
    seal: 'the verifier executes the drawn result',
    open: 'the node opens its sketch',
    reveal: 'the verifier compares',
} as const;

const JURY_PHASES = {
    seed: 'it is about to be drawn',
    claim: 'jurors claim seats',
    seal: 'jurors execute',
    reveal: 'jurors reveal',
    over: 'its verdict is in',
} as const;

const FINDINGS = {
    passed: 'The verifier got the same result',
    right: 'A jury found the result right',
    wrong: 'A jury found the result wrong',
    'false-error': 'A jury found a result where the node reported an error',
} as const;
