import type { ReasonCode } from './reasons';

/** What kind of reason a code is, in the order in which they are shown. */
export const REASON_KINDS = [
    'paid',
    'too dear',
    'outbid',
    'capacity',
    'not eligible',
    'suspended',
    'stake',
    'not fetched',
    'too late',
    'failed',
    'ended unpaid',
    'slashed',
] as const;

export type ReasonKind = (typeof REASON_KINDS)[number];

/** What a code means to the owner of a node. */
export interface Meaning {
    readonly kind: ReasonKind;
    /** What happened, as the end of a sentence that begins with a count of jobs. */
    readonly says: string;
    /** What to do. */
    readonly advice: string;
}

const RULES = 'Change provider.rules to work for such jobs.';
const NOTHING = 'Nothing needs to be done.';

/** All codes; docs/earnings.md has the same table. */
export const MEANINGS: Readonly<Record<ReasonCode, Meaning>> = {
    'paid-accepted': {
        kind: 'paid',
        says: 'were accepted by their clients and paid',
        advice: NOTHING,
    },
    'paid-checked': {
        kind: 'paid',
        says: 'were accepted, checked, and paid',
        advice: NOTHING,
    },
    'paid-silent': {
        kind: 'paid',
        says: 'were checked because their clients were silent, and paid',
        advice: NOTHING,
    },
    'paid-unchecked': {
        kind: 'paid',
        says: 'were paid after a check without a finding',
        advice: NOTHING,
    },
    'over-ceiling': {
        kind: 'too dear',
        says: 'paid less than your price',
        advice: 'Lower provider.pricing to win such jobs; see "cocoon-provider prices".',
    },
    outbid: {
        kind: 'outbid',
        says: 'went to a better bid',
        advice:
            'Lower provider.pricing to win such jobs; a longer record of passed checks helps too. ' +
            'See "cocoon-provider prices".',
    },
    busy: {
        kind: 'capacity',
        says: 'found no room in your node before their time for bids was over',
        advice: 'Give the node more cores, or raise provider.limits.maxJobs.',
    },
    'too-slow': {
        kind: 'capacity',
        says: 'had to be done sooner than this machine can',
        advice: 'Give the node more cores: provider.limits.processes.',
    },
    'no-room': {
        kind: 'capacity',
        says: 'found no room on the disk',
        advice: 'Raise provider.limits.diskGiB.',
    },
    closing: {
        kind: 'capacity',
        says: 'came while the node was about to end',
        advice: 'Start the node again.',
    },
    'runs-twice': {
        kind: 'capacity',
        says: 'came while another node acted for your stake',
        advice: 'Stop the other node for good, then start this one again.',
    },
    'client-not-allowed': {
        kind: 'not eligible',
        says: 'came from clients that your rules exclude',
        advice: RULES,
    },
    'model-not-allowed': {
        kind: 'not eligible',
        says: 'asked for models that your rules exclude',
        advice: RULES,
    },
    'licence-not-allowed': {
        kind: 'not eligible',
        says: 'asked for models whose licence your rules exclude',
        advice: RULES,
    },
    'model-refused': {
        kind: 'not eligible',
        says: 'asked for models that cannot run on this machine',
        advice: 'See "cocoon-provider why" for what was wrong with the model.',
    },
    'model-quarantined': {
        kind: 'not eligible',
        says: 'asked for models whose processes kept crashing or being killed here',
        advice: 'Wait, or lift it with "cocoon-provider quarantine --lift".',
    },
    'over-limits': {
        kind: 'not eligible',
        says: 'asked for more than your limits give',
        advice: 'Raise provider.limits to work for such jobs.',
    },
    'check-terms': {
        kind: 'not eligible',
        says: 'could cost more in a check than they bring',
        advice: 'Nothing needs to be done: such terms are unsafe for honest nodes.',
    },
    'spec-mismatch': {
        kind: 'not eligible',
        says: 'were malformed',
        advice: 'The client has to prepare the job again.',
    },
    sealed: {
        kind: 'not eligible',
        says: 'have sealed inputs whose key the client did not give',
        advice: NOTHING,
    },
    'client-without-peers': {
        kind: 'not eligible',
        says: 'came from clients that cannot reach this node by its key',
        advice:
            'A public URL brings these jobs too: provider.http.publicUrl, see docs/owners.md; ' +
            'provider.peers.webrtc brings those of pages in browsers.',
    },
    'old-parameters': {
        kind: 'not eligible',
        says: 'were posted under parameters that the market has replaced',
        advice: 'The client has to post from its wallet, which brings the new ones.',
    },
    suspended: {
        kind: 'suspended',
        says: 'came while a preference of yours suspended the node',
        advice: 'Change that preference if you want to work at such times.',
    },
    'reserve-too-small': {
        kind: 'stake',
        says: 'needed more reserve than your stake has',
        advice: 'Add to the reserve to work for jobs of that price.',
    },
    'collateral-locked': {
        kind: 'stake',
        says: 'came while your collateral was locked',
        advice: 'Wait for the locks of earlier jobs to end, or add collateral.',
    },
    'daily-limit': {
        kind: 'stake',
        says: 'came after the daily limit was used up',
        advice: 'Raise it with "cocoon-provider resume --daily-limit <gram>", or wait for midnight UTC.',
    },
    'operating-balance-low': {
        kind: 'stake',
        says: 'came while the operating balance was too low for a bid',
        advice: 'Send GRAM to the stake; anyone may.',
    },
    'stake-paused': {
        kind: 'stake',
        says: 'came while your stake was paused',
        advice: 'Run "cocoon-provider resume".',
    },
    'stake-held': {
        kind: 'stake',
        says: 'came while a dispute held your stake',
        advice: 'Wait until the dispute has ended.',
    },
    'stake-convicted': {
        kind: 'stake',
        says: 'came after your stake was convicted',
        advice: 'Withdraw what is left, and open a new stake.',
    },
    'stake-refused': {
        kind: 'stake',
        says: 'were not backed by your stake',
        advice: 'Run "cocoon-provider why" for the exit code, and see "cocoon-provider status".',
    },
    'spec-unavailable': {
        kind: 'not fetched',
        says: 'had a spec that nobody gave to your node, and no other node passed on',
        advice:
            'Clients give it to nodes that they can reach: check that provider.http.publicUrl works ' +
            'from outside.',
    },
    'manifest-unavailable': {
        kind: 'not fetched',
        says: 'named no place that serves their manifest',
        advice: 'The client has to serve it; it must not be a private address.',
    },
    'inputs-unavailable': {
        kind: 'not fetched',
        says: 'named no place that serves their inputs or model',
        advice: 'The client has to serve them; check the line of this machine where it is often.',
    },
    'too-late': {
        kind: 'too late',
        says: 'ended their time for bids before your node was ready',
        advice:
            'A model that is measured already is bid for at once; a faster endpoint, and a larger ' +
            'provider.limits.prefetchMiB, help.',
    },
    over: {
        kind: 'too late',
        says: 'were assigned or gone before your node looked',
        advice: 'Bids at or under the take price win at once: a lower price wins, or a faster endpoint.',
    },
    'bids-used-up': {
        kind: 'too late',
        says: 'were listed again after this node had bid too often',
        advice: NOTHING,
    },
    'bid-refused': {
        kind: 'failed',
        says: 'had Escrows that refused the bid of your node',
        advice: 'Run "cocoon-provider why" for the exit code.',
    },
    'endpoints-disagree': {
        kind: 'failed',
        says: 'were told differently by your endpoints',
        advice: 'Replace the endpoint that is wrong; three endpoints outvote one.',
    },
    'execution-failed': {
        kind: 'failed',
        says: 'could not be executed on this machine',
        advice: 'See the log of the node.',
    },
    failed: {
        kind: 'failed',
        says: 'were given up',
        advice: 'See the log of the node.',
    },
    cancelled: {
        kind: 'ended unpaid',
        says: 'were taken back by their clients',
        advice: NOTHING,
    },
    'no-bid': {
        kind: 'ended unpaid',
        says: 'ended without a bid',
        advice: NOTHING,
    },
    'not-taken': {
        kind: 'ended unpaid',
        says: 'were not taken by their Escrow',
        advice: NOTHING,
    },
    void: {
        kind: 'ended unpaid',
        says: 'pay for checked results alone, and their checks found nothing',
        advice: 'No verifier came. Nothing needs to be done.',
    },
    'provider-convicted': {
        kind: 'ended unpaid',
        says: 'ended with the conviction of your stake for another job',
        advice: 'Withdraw what is left, and open a new stake.',
    },
    'not-committed': {
        kind: 'slashed',
        says: 'were not delivered in time, which cost their locks',
        advice: 'Take fewer jobs at a time (provider.limits.maxJobs), and keep the machine on.',
    },
    'false-error': {
        kind: 'slashed',
        says: 'reported an error where there is a result, which cost their locks',
        advice: 'Check the machine: memory and time limits of the models, and the log.',
    },
    conceded: {
        kind: 'slashed',
        says: 'were admitted to be wrong, which cost their locks and fines',
        advice: 'Check the machine: the same model gave other outputs for the same inputs.',
    },
    convicted: {
        kind: 'slashed',
        says: 'were found wrong, or not opened in time: the stake is convicted',
        advice: 'Check the machine before you open another stake, and keep it on after it delivered.',
    },
};

/** What to do about a code. */
export function adviceFor(code: ReasonCode): string {
    return MEANINGS[code].advice;
}
