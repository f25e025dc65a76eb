import { gossipsub, type GossipSub, TopicValidatorResult } from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import { PeerBudget } from './peer-budget';
import type { Refusals } from './refusals';

/** That a job may have been listed: to look at the chain sooner. It says nothing that counts. */
export interface JobHint {
    /** Address of the Market, raw: `<workchain>:<64 hex digits>`. */
    readonly market: string;
    /** Address of the Escrow, raw. */
    readonly escrow: string;
    /** Number of the job in it. */
    readonly job: bigint;
}

export const JOB_TOPIC = '/cocoon/jobs/1';

const RAW_ADDRESS = /^-?[0-9]{1,3}:[0-9a-f]{64}$/;
const JOB_ID = /^(?:0|[1-9][0-9]{0,19})$/;
/** Two raw addresses, a number, two spaces. */
const MAX_HINT_BYTES = 160;
/** Hints that one peer may pass on: 20 at once, 5 each second. More are dropped unread. */
const HINTS = { bytesPerSecond: 5, burstBytes: 20 };

/** Gossip about jobs; small, checked before it is passed on, and limited for each neighbour. */
export function jobGossip() {
    return gossipsub({
        allowedTopics: [JOB_TOPIC],
        allowPublishToZeroTopicPeers: true,
        maxInboundDataLength: 64 * 1024,
        runOnLimitedConnection: false,
    });
}

export interface JobHintsOptions {
    readonly gossip: GossipSub;
    readonly now: () => number;
    readonly onHint: (hint: JobHint, from: PeerId) => void;
    readonly refusals: Refusals;
}

/** Subscribes; returns what announces a job to others. */
export function followJobHints({
    gossip,
    now,
    onHint,
    refusals,
}: JobHintsOptions): (hint: JobHint) => Promise<void> {
    const budget = new PeerBudget(() => HINTS, now);
    gossip.topicValidators.set(JOB_TOPIC, (neighbour, message) => {
        if (!budget.tryTake(neighbour.toString(), 1)) {
            refusals.count('hint: too many of a neighbour');
            return TopicValidatorResult.Ignore;
        }
        if (decodeHint(message.data) !== undefined) return TopicValidatorResult.Accept;
        refusals.count('hint: malformed');
        return TopicValidatorResult.Reject;
    });
    gossip.addEventListener('gossipsub:message', ({ detail: { msg, propagationSource } }) => {
        const hint = msg.topic === JOB_TOPIC ? decodeHint(msg.data) : undefined;
        if (hint !== undefined) onHint(hint, propagationSource);
    });
    gossip.subscribe(JOB_TOPIC);
    return async (hint) => void (await gossip.publish(JOB_TOPIC, encodeHint(hint)));
}

export function encodeHint({ market, escrow, job }: JobHint): Uint8Array {
    return Buffer.from(`${market} ${escrow} ${job}`, 'latin1');
}

/** Undefined where it is none. */
export function decodeHint(bytes: Uint8Array): JobHint | undefined {
    if (bytes.length > MAX_HINT_BYTES) return undefined;
    const [market = '', escrow = '', job = '', ...more] = Buffer.from(bytes)
        .toString('latin1')
        .split(' ');
    if (!RAW_ADDRESS.test(market) || !RAW_ADDRESS.test(escrow) || !JOB_ID.test(job)) {
        return undefined;
    }
    return more.length === 0 ? { market, escrow, job: BigInt(job) } : undefined;
}
