import { isLanguage, LANGUAGES } from './languages';
import { useLanguage } from './use-language';

/** Lets the user choose the language of the page. */
export function LanguagePicker({ label }: { readonly label: string }) {
    const { language, choose } = useLanguage();
    return (
        <select
            className="language"
            aria-label={label}
            value={language}
            onChange={({ target }) => {
                if (isLanguage(target.value)) choose(target.value);
            }}
        >
            {Object.entries(LANGUAGES).map(([tag, name]) => (
                <option key={tag} value={tag} lang={tag}>
                    {name}
                </option>
            ))}
        </select>
    );
}
