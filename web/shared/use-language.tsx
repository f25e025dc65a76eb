import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { Language } from './languages';
import { type Phrasebook, type Say, sayIn } from './phrases';
import { preferredLanguage, rememberLanguage } from './preferred-language';

interface Choice {
    readonly language: Language;
    readonly choose: (language: Language) => void;
}

const Context = createContext<Choice>({ language: 'en', choose: () => undefined });

/** Gives a page its language, and tells the document which it is. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
    const [language, setLanguage] = useState(preferredLanguage);
    useEffect(() => {
        document.documentElement.lang = language;
    }, [language]);
    const choice = useMemo(
        () => ({
            language,
            choose: (next: Language) => {
                rememberLanguage(next);
                setLanguage(next);
            },
        }),
        [language],
    );
    return <Context value={choice}>{children}</Context>;
}

export function useLanguage(): Choice {
    return useContext(Context);
}

/** Says the phrases of a book in the language of the page. */
export function useSay<Key extends string>(book: Phrasebook<Key>): Say<Key> {
    const { language } = useLanguage();
    return useMemo(() => sayIn(book, language), [book, language]);
}
