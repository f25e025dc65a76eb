/** @jest-environment jsdom */
import { act, renderHook, waitFor } from '@testing-library/react';
import type { Cocoon, JobEstimate, JobEvent, JobResult, KeptJob, SubmitRequest } from '../../sdk';
import { submission } from '../../sdk/client/submission';
import { useEstimate, useJob, useJobs } from '../../sdk/react';

const event = (kind: 'accepted' | 'listed') => ({ kind, biddingEnd: 1 }) as unknown as JobEvent;
const RESULT = { items: [] } as unknown as JobResult;
const REQUEST = { ceiling: 1n } as SubmitRequest;

/** Work that goes on when a test says so. */
function controlled() {
    let tell: (event: JobEvent) => void = () => undefined;
    let end: (result: JobResult) => void = () => undefined;
    let fail: (error: unknown) => void = () => undefined;
    const started = submission((pen) => {
        pen.named('a/1');
        tell = pen.tell;
        return new Promise<JobResult>((resolve, reject) => {
            end = resolve;
            fail = reject;
        });
    });
    return {
        started,
        tell: (one: JobEvent) => act(() => Promise.resolve(tell(one))),
        end: (result: JobResult) => act(() => Promise.resolve(end(result))),
        fail: (error: unknown) => act(() => Promise.resolve(fail(error))),
    };
}

describe('Hooks', () => {
    it('show a job from its submission to its result, and the next one from its beginning', async () => {
        const [first, second] = [controlled(), controlled()];
        const waiting = [first.started, second.started];
        const cocoon = { submit: () => waiting.shift() } as unknown as Cocoon;
        const { result } = renderHook(() => useJob(cocoon));
        expect(result.current).toMatchObject({ status: 'idle', events: [] });

        act(() => void result.current.submit(REQUEST));
        expect(result.current.status).toBe('running');
        await first.tell(event('listed'));
        await waitFor(() => expect(result.current.events).toEqual([event('listed')]));
        await first.end(RESULT);
        await waitFor(() =>
            expect(result.current).toMatchObject({ status: 'done', result: RESULT }),
        );

        act(() => void result.current.submit(REQUEST));
        expect(result.current).toMatchObject({ status: 'running', events: [], result: undefined });
        const error = new Error('declined');
        await second.fail(error);
        await waitFor(() => expect(result.current).toMatchObject({ status: 'failed', error }));
        act(() => result.current.reset());
        expect(result.current).toMatchObject({ status: 'idle', error: undefined });
    });

    it('forget the job before, whose events come later', async () => {
        const [first, second] = [controlled(), controlled()];
        const cocoon = {
            submit: () => first.started,
            resume: () => second.started,
        } as unknown as Cocoon;
        const { result, unmount } = renderHook(() => useJob(cocoon));
        act(() => void result.current.submit(REQUEST));
        act(() => void result.current.resume('a/2'));
        await first.tell(event('listed'));
        await second.tell(event('accepted'));
        await waitFor(() => expect(result.current.events).toEqual([event('accepted')]));
        unmount();
        await second.end(RESULT);
        expect(result.current.status).toBe('running');
    });

    it('list jobs, again when they are told to, and keep the list where that fails', async () => {
        const answers: (() => Promise<KeptJob[]>)[] = [
            () => Promise.resolve([{ id: 'a' } as KeptJob]),
            () => Promise.reject(new Error('quota')),
        ];
        const cocoon = { jobs: () => answers.shift()?.() } as unknown as Cocoon;
        const { result } = renderHook(() => useJobs(cocoon));
        expect(result.current.jobs).toBeUndefined();
        await waitFor(() => expect(result.current.jobs).toEqual([{ id: 'a' }]));
        act(() => result.current.refresh());
        await waitFor(() => expect(result.current.error).toEqual(new Error('quota')));
        expect(result.current.jobs).toEqual([{ id: 'a' }]);
    });

    it('estimate anew when the request changes, and drop the answer to the old one', async () => {
        const asked: { items: number; signal: AbortSignal; answer: (e: JobEstimate) => void }[] =
            [];
        const cocoon = {
            estimate: ({ items }: { items: number }, { signal }: { signal: AbortSignal }) =>
                new Promise<JobEstimate>((answer) => asked.push({ items, signal, answer })),
        } as unknown as Cocoon;
        const { result, rerender } = renderHook(({ items }) => useEstimate(cocoon, 5n, items), {
            initialProps: { items: 0 },
        });
        expect(asked).toEqual([]);
        rerender({ items: 1 });
        rerender({ items: 2 });
        expect(asked.map(({ items, signal }) => [items, signal.aborted])).toEqual([
            [1, true],
            [2, false],
        ]);
        await act(() => Promise.resolve(asked[0]?.answer({ value: 1n } as JobEstimate)));
        expect(result.current.estimate).toBeUndefined();
        await act(() => Promise.resolve(asked[1]?.answer({ value: 2n } as JobEstimate)));
        expect(result.current.estimate).toEqual({ value: 2n });
    });
});
