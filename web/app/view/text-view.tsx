import { useState } from 'react';
import type { PictureText } from '../../../tasks';
import { strangersText } from '../../shared/format';
import { useWords } from '../page';

/** What was read, as text to be read aloud, selected and copied. */
export function TextView({ text }: { readonly text: PictureText }) {
    const { say } = useWords();
    const [copied, setCopied] = useState(false);
    const failed = text.lines.filter(({ failure }) => failure !== undefined).length;
    const copy = async () => {
        await navigator.clipboard.writeText(text.text);
        setCopied(true);
    };
    return (
        <section className="card stack" aria-labelledby="text-title">
            <div className="row between">
                <h3 id="text-title">{say('result')}</h3>
                {text.text !== '' && (
                    <button type="button" onClick={() => void copy()}>
                        {say('copy')}
                    </button>
                )}
            </div>
            <p className="unseen" role="status">
                {copied ? say('copied') : ''}
            </p>
            {text.text === '' ? (
                <p>{say('noText')}</p>
            ) : (
                <pre className="text stranger" tabIndex={0} aria-labelledby="text-title">
                    {strangersText(text.text, 100_000)}
                </pre>
            )}
            {failed > 0 && <p className="banner warn">{say('failedLines', { count: failed })}</p>}
        </section>
    );
}
