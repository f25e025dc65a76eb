import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { JobRow } from '../../explorer/browser';
import type { NodeApi, Parameters } from './api';
import { Missing } from './parts';
import { useNode } from './use-node';
import { modelName, stateOf, toneOf, useWords, type Words } from './words';

const PAGE = 100;
const ROW_PX = 76;

interface Loaded {
    readonly key: string;
    readonly jobs: readonly JobRow[];
    readonly next: string | undefined;
    readonly total: number | undefined;
}

/** All jobs of a filter: pages are read as they come near, and only the rows in sight exist. */
export function JobList({ filter }: { readonly filter: Parameters }) {
    const words = useWords();
    const { node, news } = useNode();
    const key = `${node.base} ${JSON.stringify(filter)}`;
    const [loaded, setLoaded] = useState<Loaded>();
    const [error, setError] = useState<unknown>();
    const loading = useRef(false);
    const list = useRef<HTMLUListElement>(null);
    const current = loaded?.key === key ? loaded : undefined;
    const jobs = current?.jobs ?? [];

    // What is new stands at the beginning; what was read before stays.
    useEffect(() => {
        const ending = new AbortController();
        node.jobs({ ...filter, limit: PAGE }, ending.signal).then(
            (page) => {
                setError(undefined);
                setLoaded((before) =>
                    before?.key === key
                        ? { ...before, jobs: merged(page.jobs, before.jobs), total: page.total }
                        : { key, jobs: page.jobs, next: page.next, total: page.total },
                );
            },
            (reason: unknown) => {
                if (!ending.signal.aborted) setError(reason);
            },
        );
        return () => ending.abort();
        // `key` stands for node and filter.
    }, [key, news]);

    const virtual = useWindowVirtualizer({
        count: jobs.length,
        estimateSize: () => ROW_PX,
        overscan: 12,
        scrollMargin: list.current?.offsetTop ?? 0,
    });
    const rows = virtual.getVirtualItems();
    const last = rows.at(-1)?.index ?? 0;
    const next = current?.next;
    useEffect(() => {
        if (next === undefined || last < jobs.length - 40 || loading.current) return;
        loading.current = true;
        void more(node, filter, next)
            .then((page) =>
                setLoaded((before) =>
                    before?.key === key
                        ? { ...before, jobs: [...before.jobs, ...page.jobs], next: page.next }
                        : before,
                ),
            )
            .catch(setError)
            .finally(() => (loading.current = false));
        // `key` stands for node and filter.
    }, [key, last, next, jobs.length]);

    if (current === undefined) return <Missing error={error} />;
    if (jobs.length === 0) return <p className="soft">{words.say('noJobs')}</p>;
    return (
        <>
            {current.total !== undefined && (
                <p className="soft" role="status">
                    {words.say('allJobs', { count: current.total })}
                </p>
            )}
            <ul ref={list} className="rows" style={{ height: virtual.getTotalSize() }}>
                {rows.map(({ index, start }) => {
                    const job = jobs[index];
                    return (
                        job && (
                            <li
                                key={`${job.escrow}/${job.jobId}`}
                                aria-setsize={current.total ?? -1}
                                aria-posinset={index + 1}
                                style={{
                                    height: ROW_PX,
                                    transform: `translateY(${start - virtual.options.scrollMargin}px)`,
                                }}
                            >
                                <JobLine job={job} words={words} />
                            </li>
                        )
                    );
                })}
            </ul>
        </>
    );
}

/** A job in two lines. */
export function JobLine({ job, words }: { readonly job: JobRow; readonly words: Words }) {
    const { say, gram, time } = words;
    const price = job.winner?.price;
    return (
        <a className="line" href={`#/job/${encodeURIComponent(job.escrow)}/${job.jobId}`}>
            <span className="name stranger">{modelName(words, job.modelName, job.model)}</span>
            <span className={`tag ${toneOf(job)}`}>{stateOf(words, job)}</span>
            <span className="money">
                {price === undefined
                    ? `${say('ceiling')} ${gram(job.ceiling ?? '0', 6)}`
                    : gram(price, 6)}
            </span>
            <span className="soft small facts-line">
                {say('itemCount', { count: job.items })} ·{' '}
                {say('bidCount', { count: job.bidCount })} ·{' '}
                <time dateTime={new Date(job.postedAt * 1000).toISOString()}>
                    {time(job.postedAt)}
                </time>
            </span>
        </a>
    );
}

function more(node: NodeApi, filter: Parameters, before: string) {
    return node.jobs({ ...filter, limit: PAGE, before });
}

/** Fresh rows before those that were read, each job once. */
function merged(fresh: readonly JobRow[], before: readonly JobRow[]): readonly JobRow[] {
    const keyOf = ({ escrow, jobId }: JobRow) => `${escrow}/${jobId}`;
    const known = new Set(fresh.map(keyOf));
    return [...fresh, ...before.filter((job) => !known.has(keyOf(job)))];
}
