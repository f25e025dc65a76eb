import { useMemo } from 'react';
import type { Effect, JobEvent, JobRow } from '../../explorer/browser';
import { formatGram, shortened, strangersText } from '../shared/format';
import type { Language } from '../shared/languages';
import { useLanguage, useSay } from '../shared/use-language';
import { type UiKey, UI } from './phrases/ui';
import { isStepKey, STEPS, type StepKey } from './phrases/steps';
import type { Say } from '../shared/phrases';

/** What the parts of the page say and how they write things. */
export interface Words {
    readonly language: Language;
    readonly say: Say<UiKey>;
    /** Of a key that may come from a newer node; the key itself where it is not known. */
    readonly step: (key: string, values?: Readonly<Record<string, string | number>>) => string;
    readonly gram: (nano: string, digits?: number) => string;
    /** Thousandths of a nano. */
    readonly perItem: (milliNano: string) => string;
    readonly time: (unixSeconds: number) => string;
    readonly day: (days: number) => string;
    readonly number: (value: number) => string;
    readonly rate: (basisPoints: number) => string;
    readonly seconds: (count: number) => string;
    /** A short time, to three digits. */
    readonly took: (ms: number) => string;
}

export function useWords(): Words {
    const { language } = useLanguage();
    const say = useSay(UI);
    const sayStep = useSay(STEPS);
    return useMemo(() => wordsIn(language, say, sayStep), [language, say, sayStep]);
}

function wordsIn(language: Language, say: Say<UiKey>, sayStep: Say<StepKey>): Words {
    const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
    const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
    const numbers = new Intl.NumberFormat(language);
    const rates = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 });
    const short = new Intl.NumberFormat(language, {
        ...{ style: 'unit', unit: 'second', unitDisplay: 'short' },
        maximumSignificantDigits: 3,
    });
    const gram = (nano: string, digits?: number) => formatGram(BigInt(nano), language, digits);
    return {
        language,
        say,
        step: (key, values) => (isStepKey(key) ? sayStep(key, values) : strangersText(key, 80)),
        gram,
        perItem: (milliNano) => gram((BigInt(milliNano) / 1000n).toString()),
        time: (seconds) => times.format(seconds * 1000),
        day: (count) => days.format(count * 86_400_000),
        number: (value) => numbers.format(value),
        rate: (points) => rates.format(points / 10_000),
        seconds: (count) => duration(count, language),
        took: (ms) => short.format(ms / 1000),
    };
}

function duration(seconds: number, language: Language): string {
    const units = [
        ['day', 86_400],
        ['hour', 3_600],
        ['minute', 60],
    ] as const;
    const [unit, length] = units.find(([, size]) => seconds >= size && seconds % size === 0) ?? [
        'second',
        1,
    ];
    const format = { style: 'unit', unit, unitDisplay: 'long' } as const;
    return new Intl.NumberFormat(language, format).format(seconds / length);
}

/** A model as people know it. */
export function modelName({ say }: Words, name: string | undefined, hash: string): string {
    return name === undefined
        ? `${say('unknownModel')} ${shortened(hash, 4)}`
        : strangersText(name, 80);
}

export function stateOf(words: Words, job: JobRow): string {
    if (job.state === 'ended' && job.closing !== undefined) {
        return words.step(`outcome.${job.closing.outcome}`);
    }
    const state = words.step(`state.${job.state}`);
    return job.phase === undefined ? state : `${state}: ${words.step(`phase.${job.phase}`)}`;
}

export function toneOf(job: JobRow): 'good' | 'warn' | 'bad' | '' {
    switch (job.closing?.outcome) {
        case undefined:
            return job.state === 'overdue' || job.state === 'jury' ? 'warn' : '';
        case 'accepted':
        case 'passed':
        case 'passed-silent':
        case 'void-paid':
            return 'good';
        case 'convicted':
        case 'provider-convicted':
        case 'false-error':
        case 'not-committed':
        case 'conceded':
            return 'bad';
        case 'cancelled':
        case 'refused':
        case 'no-bid':
        case 'void':
            return 'warn';
    }
}

/** What a transaction sent on, as a sentence. */
export function effectOf(words: Words, effect: Effect): string {
    const { step, gram } = words;
    switch (effect.kind) {
        case 'listed':
            return step(`effect.listed.${effect.stage}`, { round: effect.round + 1 });
        case 'found':
            return step('effect.found', { finding: step(`finding.${effect.finding}`) });
        case 'burnt':
            return step('effect.burnt', { amount: gram(effect.amount) });
        case 'released':
        case 'held':
            return step(`effect.${effect.kind}`, { stake: shortened(effect.stake) });
        case 'paid':
            return step('effect.paid', {
                amount: gram(effect.value),
                stake: shortened(effect.stake),
            });
        case 'reward':
            return step(`effect.reward.${effect.reason}`, {
                amount: gram(effect.value),
                stake: shortened(effect.to),
            });
        case 'penalty':
            return step(`effect.penalty.${effect.penalty}`, { stake: shortened(effect.stake) });
        case 'closed':
            return step('effect.closed', {
                outcome: step(`outcome.${effect.outcome}`),
                refund: gram(effect.refund),
            });
    }
}

export function toneOfStep({ refused, effects }: JobEvent): 'good' | 'warn' | 'bad' | '' {
    if (refused !== undefined) return 'warn';
    if (effects.some(({ kind }) => kind === 'penalty')) return 'bad';
    if (effects.some(({ kind }) => kind === 'paid')) return 'good';
    return '';
}
