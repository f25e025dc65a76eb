/** Languages of the pages, under their own names. */
export const LANGUAGES = { en: 'English', ru: 'Русский', it: 'Italiano' } as const;

export type Language = keyof typeof LANGUAGES;

export function isLanguage(text: unknown): text is Language {
    return typeof text === 'string' && Object.hasOwn(LANGUAGES, text);
}
