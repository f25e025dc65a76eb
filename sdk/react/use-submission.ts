import { useCallback, useEffect, useState } from 'react';
import type { Cocoon, JobEvent, JobResult, Submission, SubmitRequest } from '..';

/** A submission as a component sees it. */
export interface SubmissionState {
    readonly status: 'idle' | 'running' | 'done' | 'failed';
    /** From the first to the newest. */
    readonly events: readonly JobEvent[];
    readonly result: JobResult | undefined;
    /** Why there is no result; a `CocoonError` says what to do. */
    readonly error: unknown;
}

const IDLE: SubmissionState = { status: 'idle', events: [], result: undefined, error: undefined };

/** Follows a submission, from its first event. The job goes on when the component goes. */
export function useSubmission(submission: Submission | undefined): SubmissionState {
    const [state, setState] = useState(IDLE);
    useEffect(() => {
        setState(submission === undefined ? IDLE : { ...IDLE, status: 'running' });
        if (submission === undefined) return;
        let gone = false;
        const change = (how: (before: SubmissionState) => SubmissionState) => {
            if (!gone) setState(how);
        };
        const follow = async () => {
            try {
                for await (const event of submission) {
                    if (gone) return;
                    change((before) => ({ ...before, events: [...before.events, event] }));
                }
                const result = await submission.result;
                change((before) => ({ ...before, status: 'done', result }));
            } catch (error) {
                change((before) => ({ ...before, status: 'failed', error }));
            }
        };
        void follow();
        return () => {
            gone = true;
        };
    }, [submission]);
    return state;
}

/** What `useJob` gives. */
export interface JobControls extends SubmissionState {
    /** Has a job done; the one before is no longer followed, and goes on. */
    readonly submit: (request: SubmitRequest) => Submission;
    /** Goes on with a job that was submitted before, also by another page. */
    readonly resume: (id: string) => Submission;
    /** Forgets what is shown; the job goes on. */
    readonly reset: () => void;
}

/**
 * Submits and resumes jobs, one shown at a time.
 *
 * @example
 * const { submit, status, events, result, error } = useJob(cocoon);
 * <button onClick={() => submit({ manifest, items, ceiling })}>{status}</button>
 */
export function useJob(cocoon: Cocoon): JobControls {
    const [submission, setSubmission] = useState<Submission>();
    const state = useSubmission(submission);
    const show = useCallback((next: Submission) => {
        setSubmission(next);
        return next;
    }, []);
    return {
        ...state,
        submit: useCallback((request) => show(cocoon.submit(request)), [cocoon, show]),
        resume: useCallback((id) => show(cocoon.resume(id)), [cocoon, show]),
        reset: useCallback(() => setSubmission(undefined), []),
    };
}
