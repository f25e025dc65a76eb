import type { Address } from '@ton/core';
import { useEffect, useRef } from 'react';
import type { JobEvent, Submission } from '../../../sdk';
import { useSubmission } from '../../../sdk/react';
import { formatGram, shortened } from '../../shared/format';
import { useAddresses, useWords, type Words } from '../page';

/** What happens to a job, while it happens. */
export function ProgressView({ submission }: { readonly submission: Submission }) {
    const { say, language } = useWords();
    const { events } = useSubmission(submission);
    const now = sentenceOf(events, { say, language, nodeOf: useNodes() });
    const title = useRef<HTMLHeadingElement>(null);
    const posted = events.some(({ kind }) => kind === 'posted');
    useEffect(() => {
        // Windows of wallets leave the focus nowhere when they close.
        const lost = posted && document.activeElement === document.body;
        if (lost) title.current?.focus({ preventScroll: true });
    }, [posted]);
    return (
        <section className="card stack" aria-labelledby="progress-title">
            <h3 id="progress-title" tabIndex={-1} ref={title}>
                {say('progress')}
            </h3>
            <p className="now" role="status">
                <span className="spinner" aria-hidden="true" />
                {now}
            </p>
            <Bids events={events} />
        </section>
    );
}

function Bids({ events }: { readonly events: readonly JobEvent[] }) {
    const { say, language } = useWords();
    const nodeOf = useNodes();
    const listed = events.some(({ kind }) => kind === 'listed');
    const bids = events.filter((event) => event.kind === 'bid');
    if (!listed && bids.length === 0) return null;
    const best = bids.filter(({ accepted }) => accepted).at(-1);
    return (
        <div>
            <h4>{say('bids')}</h4>
            {bids.length === 0 && <p className="soft small">{say('noBids')}</p>}
            <ol className="bids" data-bids={bids.length} aria-live="polite">
                {bids.map((bid, index) => (
                    <li key={index}>
                        <span>
                            {say('bidOf', {
                                node: nodeOf(bid.stake),
                                price: formatGram(bid.price, language),
                            })}
                        </span>
                        {bid === best && <span className="tag good">{say('bidBest')}</span>}
                        {!bid.accepted && <span className="tag">{say('bidRefused')}</span>}
                    </li>
                ))}
            </ol>
        </div>
    );
}

/** The newest of what happened that has a sentence. */
function sentenceOf(events: readonly JobEvent[], telling: Telling): string {
    for (const event of [...events].reverse()) {
        const sentence = wordsOf(event, telling);
        if (sentence !== undefined) return sentence;
    }
    return telling.say('uploading');
}

interface Telling extends Words {
    readonly nodeOf: (stake: Address) => string;
}

function wordsOf(event: JobEvent, { say, language, nodeOf }: Telling): string | undefined {
    switch (event.kind) {
        case 'estimated':
            return say('uploading');
        case 'announced':
            return say('toSign');
        case 'posted':
            return say('sent');
        case 'listed':
        case 'resumed':
        case 'committed':
        case 'withheld':
        case 'verified':
        case 'accepted':
        case 'expired':
            return say(event.kind);
        case 'assigned': {
            const price = formatGram(event.price, language);
            return say('assigned', { node: nodeOf(event.stake), price });
        }
        case 'declined':
            return say('declined', { node: nodeOf(event.stake) });
        case 'downloading':
        case 'partial':
        case 'fetched':
            return undefined;
        case 'bid':
        case 'key-given':
        case 'key-refused':
            return undefined;
        case 'drawn':
        case 'check':
        case 'found':
        case 'jury':
            return say('checkGoing');
        case 'closed':
            return undefined;
    }
}

/** A node by its stake, as people compare addresses. */
function useNodes(): (stake: Address) => string {
    const show = useAddresses();
    return (stake) => shortened(show(stake), 5);
}
