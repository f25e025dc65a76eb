import { isLanguage, type Language } from './languages';

const KEY = 'cocoon/language';

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
