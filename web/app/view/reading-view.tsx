import { useEffect, useRef, useSyncExternalStore } from 'react';
import { strangersText } from '../../shared/format';
import { useWords } from '../page';
import type { SayInApp } from '../phrases';
import { hasWrong } from '../reading/read-again';
import type { ReadingRun, RunState } from '../reading/reading-run';
import { OfferView } from './offer-view';
import { PictureWithText } from './picture-with-text';
import { Problem } from './problem';
import { ProgressView } from './progress-view';
import { ReceiptView } from './receipt-view';
import { TextView } from './text-view';

const STEPS = ['ocr-detector', 'ocr-recogniser'] as const;

/** One picture: what is done, what is paid, and what was read. */
export function ReadingView({
    run,
    onRetry,
    onReadAgain,
    onClose,
}: {
    readonly run: ReadingRun;
    readonly onRetry: () => void;
    readonly onReadAgain: () => void;
    readonly onClose: () => void;
}) {
    const { say } = useWords();
    const state = useSyncExternalStore(run.subscribe, run.state);
    const reading = useSyncExternalStore(run.subscribe, run.reading);
    const { text, name } = reading;
    const title = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        // The button that had the focus is gone: whoever reads with the keyboard goes on here.
        if (document.activeElement === document.body) title.current?.focus({ preventScroll: true });
    }, [state.phase]);
    return (
        <article className="reading" aria-labelledby="reading-title">
            <div className="row between">
                <h2 id="reading-title" className="stranger" tabIndex={-1} ref={title}>
                    {strangersText(name, 80)}
                </h2>
                <button type="button" onClick={onClose}>
                    {say('close')}
                </button>
            </div>
            <p className="unseen" role="status">
                {newsOf(state, say)}
            </p>
            <PictureWithText picture={reading.picture} name={name} text={text} />
            <div className="stack side">
                {text === undefined && <Steps state={state} done={Object.keys(reading.steps)} />}
                <Now state={state} onRetry={onRetry} />
                {text !== undefined && hasWrong(reading) && (
                    <div className="banner bad stack" role="alert">
                        <p>{say('foundWrong')}</p>
                        <button type="button" onClick={onReadAgain}>
                            {say('readAgain')}
                        </button>
                    </div>
                )}
                {text !== undefined && <TextView text={text} />}
                <ReceiptView run={run} reading={reading} />
            </div>
        </article>
    );
}

/** What whoever hears the page has waited for; the other states tell of themselves. */
function newsOf(state: RunState, say: SayInApp): string {
    if (state.phase === 'offer') return say('payable', { step: numberOf(state.offer.step) });
    return state.phase === 'done' ? say('ready') : '';
}

function Now({ state, onRetry }: { readonly state: RunState; readonly onRetry: () => void }) {
    const { say } = useWords();
    switch (state.phase) {
        case 'elsewhere':
        case 'preparing':
        case 'queued':
            return (
                <p className="card" role="status">
                    {say(state.phase)}
                </p>
            );
        case 'offer':
            return <OfferView key={state.offer.step} offer={state.offer} />;
        case 'working':
            return <ProgressView submission={state.submission} />;
        case 'failed':
            return (
                <Problem error={state.error}>
                    <button type="button" onClick={onRetry}>
                        {say('tryAgain')}
                    </button>
                </Problem>
            );
        case 'done':
            return null;
    }
}

function Steps({ state, done }: { readonly state: RunState; readonly done: readonly string[] }) {
    const { say } = useWords();
    const now = stepOf(state) ?? STEPS.find((step) => !done.includes(step));
    return (
        <ol className="steps" aria-label={say('steps')}>
            {STEPS.map((step, index) => {
                const at = STEPS.findIndex((one) => one === now);
                const how = index < at ? 'stepDone' : index === at ? 'stepNow' : 'stepLater';
                return (
                    <li key={step} className={how} aria-current={index === at ? 'step' : undefined}>
                        <span aria-hidden="true" className="number">
                            {index < at ? '✓' : index + 1}
                        </span>
                        {say(step)} <span className="unseen">({say(how)})</span>
                    </li>
                );
            })}
        </ol>
    );
}

function numberOf(step: string): number {
    return STEPS.findIndex((one) => one === step) + 1;
}

function stepOf(state: RunState): string | undefined {
    if (state.phase === 'offer') return state.offer.step;
    return state.phase === 'working' || state.phase === 'queued' ? state.step : undefined;
}
