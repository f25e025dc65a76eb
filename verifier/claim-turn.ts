import type { CheckedJob, Ticket } from './eligibility';

/** The part of the window for claims over which they are spread, unless set. */
export const CLAIM_SPREAD = 0.5;

/** Of each window so much is left for the claim to reach the chain, seconds. */
const LEFT_SECONDS = 8;

/** Tickets of a weight of 1 GRAM lie under this: see `ticketOf`. */
const TICKETS = 2n ** 96n;
const GRAM = 1_000_000_000n;
const PARTS = 1_000_000n;

/**
 * When a ticket is to be claimed, UNIX seconds: low ones first, so that who would be outdone sees it
 * and saves the gas. Every node that goes by the rule comes to the same order, whatever its weight.
 *
 * @param spread - over which part of the window, from its beginning; 0 to 1
 */
export function claimTime(
    { state, phaseEnd, parameters }: Pick<CheckedJob, 'state' | 'phaseEnd' | 'parameters'>,
    { ticket }: Pick<Ticket, 'ticket'>,
    spread: number,
): number {
    const { claimWindow, juryClaimWindow, verifierStake } = parameters.verification;
    const window = state === 'jury' ? juryClaimWindow : claimWindow;
    // Who has the least stake that may claim has tickets up to here.
    const gram = verifierStake / GRAM;
    const most = TICKETS / (gram > 1n ? gram : 1n);
    const part = Number((ticket * PARTS) / most) / Number(PARTS);
    const over = Math.max(0, Math.min(window * spread, window - LEFT_SECONDS));
    return phaseEnd - window + over * Math.min(part, 1);
}
