/** Languages of the pages, under their own names. */
export const LANGUAGES = { en: 'English', ru: 'Русский', it: 'Italiano' } as const;

export type Language = keyof typeof LANGUAGES;

const KEY = 'cocoon/language';

export function isLanguage(text: unknown): text is Language {
    return typeof text === 'string' && Object.hasOwn(LANGUAGES, text);
}

/** The language that the user chose before, else the first of the browser's that there is. */
export function preferredLanguage(
    storage: Pick<Storage, 'getItem'> = localStorage,
    wished: readonly string[] = navigator.languages,
): Language {
    const chosen = storage.getItem(KEY);
    if (isLanguage(chosen)) return chosen;
    const known = wished.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage);
    return known ?? 'en';
}

export function rememberLanguage(
    language: Language,
    storage: Pick<Storage, 'setItem'> = localStorage,
): void {
    storage.setItem(KEY, language);
}
