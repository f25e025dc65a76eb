import { useEffect, useState } from 'react';
import type { Cocoon, JobEstimate } from '..';

/** What a job costs at most, or why that is not known. */
export interface EstimateState {
    /** Undefined while it is asked for. */
    readonly estimate: JobEstimate | undefined;
    readonly error: unknown;
}

const ASKING: EstimateState = { estimate: undefined, error: undefined };

/**
 * Says what a job costs, anew whenever ceiling or items change.
 *
 * @param ceiling - most that all items together may cost, nanoGRAM
 * @param items - 0 asks nothing
 */
export function useEstimate(cocoon: Cocoon, ceiling: bigint, items: number): EstimateState {
    const [state, setState] = useState(ASKING);
    useEffect(() => {
        setState(ASKING);
        if (items === 0) return;
        const asking = new AbortController();
        const { signal } = asking;
        cocoon.estimate({ ceiling, items }, { signal }).then(
            (estimate) => {
                if (!signal.aborted) setState({ estimate, error: undefined });
            },
            (error: unknown) => {
                if (!signal.aborted) setState({ estimate: undefined, error });
            },
        );
        return () => asking.abort();
    }, [cocoon, ceiling, items]);
    return state;
}
