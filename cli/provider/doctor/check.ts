import { CocoonError } from '../../../protocol';

/** What doctor has found out about one thing. */
export interface Check {
    /** The group that it belongs to. */
    readonly about:
        | 'machine'
        | 'runtime'
        | 'isolation'
        | 'sensors'
        | 'keys'
        | 'endpoint'
        | 'clock'
        | 'stake'
        | 'reachability';
    readonly state: 'ok' | 'warning' | 'problem';
    /** A sentence. */
    readonly says: string;
    /** What to do; undefined where nothing is needed or helps. */
    readonly mend?: string | undefined;
}

export type About = Check['about'];

/** One thing in order. */
export function ok(about: About, says: string): Check {
    return { about, state: 'ok', says };
}

export function warning(about: About, says: string, mend?: string): Check {
    return { about, state: 'warning', says, mend };
}

export function problem(about: About, says: string, mend?: string): Check {
    return { about, state: 'problem', says, mend };
}

/** A check that failed for a reason that it knows itself. */
export function failed(about: About, error: unknown, before = ''): Check {
    if (error instanceof CocoonError) return problem(about, before + error.message, error.hint);
    return problem(about, `${before}${error instanceof Error ? error.message : String(error)}.`);
}
