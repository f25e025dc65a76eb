import type { Language } from './languages';

/**
 * A text with places such as `{name}`. One that depends on a number has a form for each plural
 * category of its language (CLDR), chosen by the value for `count`.
 */
export type Phrase = string | ({ readonly other: string } & Partial<Record<PluralForm, string>>);
type PluralForm = Exclude<Intl.LDMLPluralRule, 'other'>;

/** The same phrases in each language; English says which there are. */
export type Phrasebook<Key extends string = string> = Readonly<
    Record<Language, Readonly<Record<Key, Phrase>>>
>;

/** Values for the places of a phrase; numbers are written as the language does. */
export type Values = Readonly<Record<string, string | number>>;

export type Say<Key extends string> = (key: Key, values?: Values) => string;

/**
 * Says the phrases of a book in one language.
 *
 * @example
 * const say = sayIn(BOOK, 'ru');
 * say('lines', { count: 3 }); // 3 строки
 */
export function sayIn<Key extends string>(book: Phrasebook<Key>, language: Language): Say<Key> {
    const plural = new Intl.PluralRules(language);
    const number = new Intl.NumberFormat(language);
    return (key, values = {}) => {
        const phrase = book[language][key];
        const text = typeof phrase === 'string' ? phrase : formOf(phrase, plural, values['count']);
        return text.replace(/\{(\w+)\}/g, (place, name: string) => {
            const value = values[name];
            if (value === undefined) return place;
            return typeof value === 'number' ? number.format(value) : value;
        });
    };
}

function formOf(
    phrase: Exclude<Phrase, string>,
    plural: Intl.PluralRules,
    count: string | number | undefined,
): string {
    const form = typeof count === 'number' ? plural.select(count) : 'other';
    return phrase[form] ?? phrase.other;
}
