import type { ReactNode } from 'react';
import { isCocoonError } from '../../protocol';
import { shortened, strangersText } from '../shared/format';
import { useWords } from './words';

/** An account, short, with all of it for those who point at it or hear the page. */
export function Account({ address, stake = false }: { address: string; stake?: boolean }) {
    const text = strangersText(address, 80);
    const short = <span aria-hidden="true">{shortened(text)}</span>;
    const whole = <span className="unseen">{text}</span>;
    return stake ? (
        <a className="mono" title={text} href={`#/stake/${encodeURIComponent(address)}`}>
            {short}
            {whole}
        </a>
    ) : (
        <span className="mono" title={text}>
            {short}
            {whole}
        </span>
    );
}

export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode] | undefined)[] }) {
    return (
        <dl className="facts">
            {facts.flatMap((fact) =>
                fact === undefined
                    ? []
                    : [
                          <div key={fact[0]}>
                              <dt>{fact[0]}</dt>
                              <dd>{fact[1]}</dd>
                          </div>,
                      ],
            )}
        </dl>
    );
}

/** What stands in place of an answer that is not there. */
export function Missing({ error }: { error: unknown }) {
    const { say } = useWords();
    if (error === undefined) return <p className="soft">{say('loading')}</p>;
    const status = (error as { readonly status?: unknown }).status;
    if (status === 404) return <p className="banner">{say('notFound')}</p>;
    return (
        <p className="banner bad" role="alert">
            {say('offline', { reason: reasonOf(error) })}
        </p>
    );
}

export function reasonOf(error: unknown): string {
    if (!isCocoonError(error)) return String((error as Error).message ?? error).slice(0, 300);
    return `${error.message} ${error.hint ?? ''}`.trim().slice(0, 500);
}

/** A heading with what belongs under it. */
export function Card({ title, id, children }: { title: string; id: string; children: ReactNode }) {
    return (
        <section className="card stack" aria-labelledby={id}>
            <h2 id={id}>{title}</h2>
            {children}
        </section>
    );
}
