import { useSyncExternalStore } from 'react';

/** What the page shows: the part of its address after the #. */
export type Route =
    | { readonly page: 'overview' | 'stakes' | 'models' | 'parameters' | 'node' | 'unknown' }
    | { readonly page: 'jobs'; readonly filter: URLSearchParams }
    | { readonly page: 'job'; readonly escrow: string; readonly jobId: number }
    | { readonly page: 'stake'; readonly stake: string };

const PLAIN = new Set(['stakes', 'models', 'parameters', 'node'] as const);

export function routeOf(hash: string): Route {
    const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
    const [page = '', one = '', two = ''] = path.split('/').map(decodePart);
    if (page === '') return { page: 'overview' };
    if (page === 'jobs') return { page: 'jobs', filter: new URLSearchParams(query) };
    if (page === 'job' && one !== '' && /^\d{1,10}$/.test(two)) {
        return { page: 'job', escrow: one, jobId: Number(two) };
    }
    if (page === 'stake' && one !== '') return { page: 'stake', stake: one };
    for (const plain of PLAIN) if (page === plain) return { page: plain };
    return { page: 'unknown' };
}

export function useRoute(): Route {
    const hash = useSyncExternalStore(
        (changed) => {
            window.addEventListener('hashchange', changed);
            return () => window.removeEventListener('hashchange', changed);
        },
        () => location.hash,
    );
    return routeOf(hash);
}

function decodePart(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
