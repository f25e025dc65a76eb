import {
    createContext,
    type ReactNode,
    useContext,
    useEffect,
    useMemo,
    useRef,
    useState,
} from 'react';
import { type ExplorerStatus } from '../../explorer/browser';
import { type NodeApi, openNode } from './api';

const KEY = 'cocoon/explorer-node';

/** The explorer that serves this page. */
export function ownBase(): string {
    return new URL('./', document.baseURI).href;
}

/** URL of an explorer as it is asked, or undefined for what is none that a page may ask. */
export function baseOf(text: string): string | undefined {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
    if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) return undefined;
    const path = url.pathname.replace(/[^/]*\.html$/, '').replace(/\/*$/, '/');
    return `${url.origin}${path}`;
}

function firstBase(): string {
    const asked = new URLSearchParams(location.search).get('node') ?? localStorage.getItem(KEY);
    return (asked === null ? undefined : baseOf(asked)) ?? ownBase();
}

interface NodeChoice {
    readonly node: NodeApi;
    /** Grows whenever the index has something new. */
    readonly news: number;
    readonly status: ExplorerStatus | undefined;
    readonly error: unknown;
    readonly choose: (base: string) => void;
}

const Context = createContext<NodeChoice | undefined>(undefined);
/** Where no stream comes through, and for what time alone changes. */
const POLL_MS = 10_000;
/** News come faster than people read. */
const QUIET_MS = 700;

/** Gives the page the node that it reads, and tells it when there is something new. */
export function NodeProvider({ children }: { readonly children: ReactNode }) {
    const [base, setBase] = useState(firstBase);
    const node = useMemo(() => openNode(base), [base]);
    const [news, setNews] = useState(0);
    const [status, setStatus] = useState<ExplorerStatus>();
    const [error, setError] = useState<unknown>();

    useEffect(() => {
        let timer: number | undefined;
        const tell = () => {
            timer ??= window.setTimeout(() => {
                timer = undefined;
                setNews((count) => count + 1);
            }, QUIET_MS);
        };
        const stop = node.listen(tell);
        const poll = window.setInterval(tell, POLL_MS);
        return () => {
            stop();
            window.clearInterval(poll);
            window.clearTimeout(timer);
        };
    }, [node]);

    useEffect(() => {
        const ending = new AbortController();
        node.status(undefined, ending.signal).then(
            (found) => {
                setStatus(found);
                setError(undefined);
            },
            (reason: unknown) => {
                if (!ending.signal.aborted) setError(reason);
            },
        );
        return () => ending.abort();
    }, [node, news]);

    const choice = useMemo(
        () => ({
            node,
            news,
            status,
            error,
            choose: (next: string) => {
                if (next === ownBase()) localStorage.removeItem(KEY);
                else localStorage.setItem(KEY, next);
                setStatus(undefined);
                setError(undefined);
                setBase(next);
            },
        }),
        [node, news, status, error],
    );
    return <Context value={choice}>{children}</Context>;
}

export function useNode(): NodeChoice {
    const choice = useContext(Context);
    if (choice === undefined) throw new TypeError('There is no NodeProvider around this.');
    return choice;
}

/** What a read gave last, while the next one is under way too. */
export interface Answer<T> {
    readonly data: T | undefined;
    readonly error: unknown;
}

/**
 * Reads from the node, again whenever there are news.
 *
 * @param key - names what is read; another key drops what the one before gave
 */
export function useRead<T>(
    key: string,
    read: (node: NodeApi, signal: AbortSignal) => Promise<T>,
): Answer<T> {
    const { node, news } = useNode();
    const whole = `${node.base} ${key}`;
    const [answer, setAnswer] = useState<Answer<T> & { readonly of: string }>();
    const latest = useRef(read);
    latest.current = read;
    useEffect(() => {
        const ending = new AbortController();
        latest.current(node, ending.signal).then(
            (data) => setAnswer({ of: whole, data, error: undefined }),
            (error: unknown) => {
                if (ending.signal.aborted) return;
                setAnswer((before) => ({
                    of: whole,
                    data: before?.of === whole ? before.data : undefined,
                    error,
                }));
            },
        );
        return () => ending.abort();
    }, [node, whole, news]);
    return answer?.of === whole ? answer : { data: undefined, error: undefined };
}
