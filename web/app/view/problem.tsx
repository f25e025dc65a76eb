import type { ReactNode } from 'react';
import { isCocoonError } from '../../../protocol';
import { InsufficientFundsError, JobEndedError } from '../../../sdk';
import { formatGram, strangersText } from '../../shared/format';
import { useWords, type Words } from '../page';
import type { PhraseKey, SayInApp } from '../phrases';
import { EN } from '../phrases/en';

/** Words for what went wrong, and what can be done about it. */
export function Problem({
    error,
    children,
}: {
    readonly error: unknown;
    readonly children?: ReactNode;
}) {
    const words = useWords();
    const declined = isCocoonError(error) && error.code === 'USER_DECLINED';
    return (
        <div className={`banner ${declined ? 'warn' : 'bad'} stack`} role="alert">
            <p className="stranger">{wordsFor(error, words)}</p>
            {children}
        </div>
    );
}

/** Errors of the chain's endpoints are one thing for a user. */
const ENDPOINT = /^(ENDPOINT_|ENDPOINTS_)/;
/** The widget was closed, or the wallet refused: whether it has paid is not known. */
const TON_CONNECT = /^\[?TON_CONNECT/;

export function wordsFor(error: unknown, { say, language }: Words): string {
    if (error instanceof JobEndedError) {
        const why = endingWords(error.outcome, say);
        const sentence = say('failedJob', { job: error.jobId, why });
        return `${sentence}. ${say(error.outcome === 'no-bid' ? 'endedUnsold' : 'endedBack')}`;
    }
    if (error instanceof InsufficientFundsError) {
        const [needed, balance] = [error.needed, error.balance].map((nano) =>
            formatGram(nano, language, 4),
        );
        return say('INSUFFICIENT_FUNDS', { needed: needed ?? '', balance: balance ?? '' });
    }
    if (error instanceof DOMException && error.name === 'QuotaExceededError') {
        return say('STORAGE_FULL');
    }
    if (!isCocoonError(error)) {
        const detail = error instanceof Error ? error.message : String(error);
        if (TON_CONNECT.test(detail)) return say('walletSilent');
        return say('UNKNOWN', { detail: strangersText(detail, 300) });
    }
    const { code } = error;
    if (ENDPOINT.test(code)) return say('ENDPOINT');
    if (isPhrase(code)) return say(code);
    return say('UNKNOWN', { detail: strangersText(`${error.message} ${error.hint}`, 500) });
}

function isPhrase(code: string): code is PhraseKey {
    return Object.hasOwn(EN, code);
}

/** Why a job ended without a result. */
export function endingWords(outcome: JobEndedError['outcome'], say: SayInApp): string {
    switch (outcome) {
        case 'no-bid':
        case 'not-committed':
        case 'cancelled':
            return say(`ended-${outcome}`);
        case 'convicted':
        case 'conceded':
        case 'false-error':
        case 'provider-convicted':
            return say('ended-wrong');
        case 'void':
            return say('ended-void');
        case 'accepted':
        case 'refused':
        case 'passed':
        case 'passed-silent':
        case 'void-paid':
            return say('ended-other', { outcome });
    }
}
