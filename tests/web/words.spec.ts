import { parseGram } from '../../web/app/parse-gram';
import { BOOK } from '../../web/app/phrases';
import { parameterValues } from '../../explorer/facts/parameter-values';
import { spanOf, ticksIn } from '../../web/explorer/chart-span';
import { isParameterKey, PARAMETERS } from '../../web/explorer/phrases/parameters';
import { STEPS } from '../../web/explorer/phrases/steps';
import { UI } from '../../web/explorer/phrases/ui';
import { formatGram, shortened, strangersText } from '../../web/shared/format';
import type { Language } from '../../web/shared/languages';
import { type Phrase, type Phrasebook, sayIn } from '../../web/shared/phrases';
import { MAIN_PARAMETERS } from '../../wrappers';

const TRANSLATIONS: readonly Language[] = ['ru', 'it'];
/** Whole numbers have the category `other` in Russian for no number, and `many` as it. */
const FORMS = { en: ['one', 'other'], ru: ['one', 'few', 'other'], it: ['one', 'other'] };
const BOOKS: Readonly<Record<string, Phrasebook>> = { BOOK, UI, STEPS, PARAMETERS };

describe('The words of the pages', () => {
    it.each(TRANSLATIONS)('have the same places in %s as in English', (language) => {
        for (const book of Object.values(BOOKS)) {
            for (const [key, phrase] of Object.entries(book.en)) {
                const other = book[language][key] ?? '';
                expect([key, placesOf(other)]).toEqual([key, placesOf(phrase)]);
            }
        }
    });

    it('have a form for each number, in the explorer, too', () => {
        for (const [language, forms] of Object.entries(FORMS)) {
            for (const book of [UI, STEPS, PARAMETERS]) {
                for (const phrase of Object.values<Phrase>(book[language as Language])) {
                    if (typeof phrase === 'string') continue;
                    expect(Object.keys(phrase)).toEqual(expect.arrayContaining(forms));
                }
            }
        }
    });

    it('explain each parameter of a Market', () => {
        const names = Object.keys(parameterValues(MAIN_PARAMETERS).values);
        expect(names.length).toBeGreaterThan(20);
        expect(names.filter((name) => !isParameterKey(name))).toEqual([]);
    });

    it('have a form for each plural category of their language', () => {
        const categories = (language: Language) =>
            new Intl.PluralRules(language).resolvedOptions().pluralCategories;
        for (const [language, forms] of Object.entries(FORMS)) {
            expect(categories(language as Language)).toEqual(expect.arrayContaining(forms));
            for (const phrase of Object.values(BOOK[language as Language])) {
                if (typeof phrase !== 'string') expect(Object.keys(phrase)).toEqual(forms);
            }
        }
        const say = sayIn(BOOK, 'ru');
        expect([1, 3, 5, 21].map((count) => say('failedLines', { count }).slice(0, 8))).toEqual([
            '1 строку',
            '3 строки',
            '5 строк ',
            '21 строк',
        ]);
    });

    it('write amounts to the last nano, as each language does', () => {
        expect(formatGram(123_456_789n, 'en')).toBe('0.123456789 GRAM');
        expect(formatGram(-1n, 'en')).toBe('-0.000000001 GRAM');
        expect(formatGram(5_000_000_000_000_000_001n, 'it')).toBe('5.000.000.000,000000001 GRAM');
        expect(formatGram(1_500_000_000n, 'ru')).toBe('1,5 GRAM');
        expect(formatGram(123_456_789n, 'en', 4)).toBe('0.1235 GRAM');
    });

    it('are of days under bars, and of hours under the prices of one day', () => {
        const noon = Date.UTC(2026, 8, 21, 12) / 1000;
        const week = spanOf([noon], true);
        expect(week).toEqual([noon - 6.5 * 86_400, noon + 43_200]);
        expect(ticksIn('en', week).format(noon * 1000)).toBe('Sep 21');
        const hour = spanOf([noon - 60, noon], false);
        expect(hour).toEqual([noon - 3_660, noon + 60]);
        expect(ticksIn('en', hour).format(noon * 1000)).toMatch(/^\d+:00/);
        expect(spanOf([noon - 30 * 86_400, noon], true)[0]).toBe(noon - 30.5 * 86_400);
    });

    it('read amounts that people write, and nothing else', () => {
        expect(parseGram('0.02')).toBe(20_000_000n);
        expect(parseGram(' 1,5 ')).toBe(1_500_000_000n);
        expect(parseGram('0.000000001')).toBe(1n);
        for (const bad of ['', '0', '-1', '1e3', '1.', '.5', '1.0000000001', '0x1', '1 2']) {
            expect([bad, parseGram(bad)]).toEqual([bad, undefined]);
        }
    });

    it('show marks that hide or reverse as what they are', () => {
        expect(strangersText('a\u202eb\u0000c\u200bd\ne')).toBe('a\ufffdb\ufffdc\ufffdd\ne');
        expect(strangersText('x'.repeat(99), 3)).toBe('xxx');
        expect(shortened('0123456789abcdef', 3)).toBe('012…def');
    });
});

function placesOf(phrase: Phrase): string[] {
    const text = typeof phrase === 'string' ? phrase : phrase.other;
    return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort();
}
