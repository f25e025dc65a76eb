import type { NoBidReason } from '../../../sdk';
import { formatGram } from '../../shared/format';
import { useWords } from '../page';
import type { PhraseKey } from '../phrases';
import type { NoBidAnswer } from '../reading/reading';

/** Why nobody bid for a job, as nodes say, with how many say it. */
export function NoBidView({ why: { reasons, silent } }: { readonly why: NoBidAnswer }) {
    const { say, language } = useWords();
    const asked = reasons.flatMap((one) => (one.code === 'too-cheap' ? [one.asked] : []));
    const least = asked.reduce((one, two) => (two < one ? two : one), asked[0] ?? 0n);
    const counts = new Map<PhraseKey, number>();
    for (const { code } of reasons) counts.set(PHRASES[code], (counts.get(PHRASES[code]) ?? 0) + 1);
    if (silent > 0) counts.set('whySilent', silent);
    return (
        <ul className="small why" data-why={reasons.length + silent}>
            {[...counts].map(([phrase, count]) => (
                <li key={phrase}>{say(phrase, { count, amount: formatGram(least, language) })}</li>
            ))}
        </ul>
    );
}

const PHRASES: Readonly<Record<NoBidReason['code'], PhraseKey>> = {
    'too-cheap': 'whyTooCheap',
    busy: 'whyBusy',
    stake: 'whyBusy',
    suspended: 'whySuspended',
    'not-taken': 'whyRefused',
    'model-refused': 'whyRefused',
    'too-large': 'whyRefused',
    'check-terms': 'whyRefused',
    'old-parameters': 'whyRefused',
    malformed: 'whyRefused',
    'too-slow': 'whyTooSlow',
    'too-late': 'whyTooSlow',
    missing: 'whyMissing',
    failed: 'whyFailed',
    outbid: 'whyUndecided',
    undecided: 'whyUndecided',
    bid: 'whyUndecided',
};
