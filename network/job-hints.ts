import { gossipsub, type GossipSub, type Message, TopicValidatorResult } from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import { PeerBudget } from './peer-budget';
import type { Refusals } from './refusals';

/** Which job of which Market something is said about. It says nothing that counts. */
export interface JobHint {
    /** Address of the Market, raw: `<workchain>:<64 hex digits>`. */
    readonly market: string;
    /** Address of the Escrow, raw. */
    readonly escrow: string;
    /** Number of the job in it. */
    readonly job: bigint;
}

/** That a job may have been listed: to look at the chain sooner. */
export const JOB_TOPIC = '/cocoon/jobs/1';
/** That whoever signed the message has spec and manifest of a job: to ask it where they are lacking. */
export const DOCUMENTS_TOPIC = '/cocoon/documents/1';

const RAW_ADDRESS = /^-?[0-9]{1,3}:[0-9a-f]{64}$/;
const JOB_ID = /^(?:0|[1-9][0-9]{0,19})$/;
/** Two raw addresses, a number, two spaces. */
const MAX_HINT_BYTES = 160;
/** Hints that one peer may pass on: 20 at once, 5 each second. More are dropped unread. */
const HINTS = { bytesPerSecond: 5, burstBytes: 20 };
/** Whoever has documents waits so long at most to hear whether others say so, milliseconds. */
const LISTEN_MS = 1_000;
/** Others that say so are enough. */
const ENOUGH = 2;
/** Jobs for which is remembered who said so. */
const MAX_JOBS = 1024;

/** Gossip about jobs; small, checked before it is passed on, and limited for each neighbour. */
export function jobGossip() {
    return gossipsub({
        allowedTopics: [JOB_TOPIC, DOCUMENTS_TOPIC],
        allowPublishToZeroTopicPeers: true,
        maxInboundDataLength: 64 * 1024,
        runOnLimitedConnection: false,
    });
}

export interface JobHintsOptions {
    readonly gossip: GossipSub;
    readonly now: () => number;
    readonly onHint: (hint: JobHint, from: PeerId) => void;
    /** Told of a peer with a stake that has spec and manifest of a job. */
    readonly onDocuments: (hint: JobHint, peer: PeerId) => void;
    readonly isStaked: (peer: PeerId) => boolean;
    readonly refusals: Refusals;
    /** Ends what waits to be said. */
    readonly signal: AbortSignal;
}

/** What a node tells others of jobs. */
export interface JobHints {
    announceJob(hint: JobHint): Promise<void>;
    /** In a moment, and only where not enough others say so. */
    announceDocuments(hint: JobHint): void;
}

/** Subscribes to both topics. */
export function followJobHints(options: JobHintsOptions): JobHints {
    const { gossip, now, onHint, onDocuments, isStaked, refusals, signal } = options;
    const timers = new Set<NodeJS.Timeout>();
    signal.addEventListener('abort', () => timers.forEach(clearTimeout), { once: true });
    const said = new Map<string, number>();
    const hear = (hint: JobHint) => {
        const name = nameOf(hint);
        const times = (said.get(name) ?? 0) + 1;
        said.delete(name);
        said.set(name, times);
        const [oldest] = said.keys();
        if (said.size > MAX_JOBS && oldest !== undefined) said.delete(oldest);
    };

    /** What neighbours pass on, `counts` says whether it is worth a thing. */
    const watch = (topic: string, counts: (message: Message) => boolean) => {
        const budget = new PeerBudget(() => HINTS, now);
        gossip.topicValidators.set(topic, (neighbour, message) => {
            if (!budget.tryTake(neighbour.toString(), 1)) {
                refusals.count('hint: too many of a neighbour');
                return TopicValidatorResult.Ignore;
            }
            if (decodeHint(message.data) === undefined) {
                refusals.count('hint: malformed');
                return TopicValidatorResult.Reject;
            }
            return counts(message) ? TopicValidatorResult.Accept : TopicValidatorResult.Ignore;
        });
        gossip.subscribe(topic);
    };
    watch(JOB_TOPIC, () => true);
    watch(DOCUMENTS_TOPIC, (message) => {
        const author = authorOf(message);
        if (author !== undefined && isStaked(author)) return true;
        refusals.count('hint: documents of a stranger');
        return false;
    });
    gossip.addEventListener('gossipsub:message', ({ detail: { msg, propagationSource } }) => {
        const hint = decodeHint(msg.data);
        if (hint === undefined) return;
        if (msg.topic === JOB_TOPIC) onHint(hint, propagationSource);
        const author = msg.topic === DOCUMENTS_TOPIC ? authorOf(msg) : undefined;
        if (author === undefined) return;
        hear(hint);
        onDocuments(hint, author);
    });
    const publish = async (topic: string, hint: JobHint) =>
        void (await gossip.publish(topic, encodeHint(hint)));
    return {
        announceJob: (hint) => publish(JOB_TOPIC, hint),
        announceDocuments(hint) {
            if (signal.aborted) return;
            const timer = setTimeout(() => {
                timers.delete(timer);
                if ((said.get(nameOf(hint)) ?? 0) >= ENOUGH) return;
                // Without neighbours there is nobody to be told.
                publish(DOCUMENTS_TOPIC, hint).catch(() => undefined);
            }, Math.random() * LISTEN_MS);
            timer.unref();
            timers.add(timer);
        },
    };
}

/** Who signed a message; gossipsub has checked that. */
function authorOf(message: Message): PeerId | undefined {
    return message.type === 'signed' ? message.from : undefined;
}

function nameOf({ market, escrow, job }: JobHint): string {
    return `${market} ${escrow} ${job}`;
}

export function encodeHint(hint: JobHint): Uint8Array {
    return Buffer.from(nameOf(hint), 'latin1');
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
