import { useCallback, useEffect, useState } from 'react';
import type { Cocoon, KeptJob } from '..';

/** The jobs that are kept, and how to read them again. */
export interface JobList {
    /** The newest first; undefined until they are read. */
    readonly jobs: readonly KeptJob[] | undefined;
    readonly error: unknown;
    readonly refresh: () => void;
}

/** Lists the jobs that were submitted here, also before a reload. */
export function useJobs(cocoon: Cocoon): JobList {
    const [{ jobs, error }, setList] = useState<Omit<JobList, 'refresh'>>({
        jobs: undefined,
        error: undefined,
    });
    const [wish, setWish] = useState(0);
    useEffect(() => {
        let gone = false;
        cocoon.jobs().then(
            (found) => {
                if (!gone) setList({ jobs: found, error: undefined });
            },
            (reason: unknown) => {
                if (!gone) setList((before) => ({ ...before, error: reason }));
            },
        );
        return () => {
            gone = true;
        };
    }, [cocoon, wish]);
    return { jobs, error, refresh: useCallback(() => setWish((before) => before + 1), []) };
}
