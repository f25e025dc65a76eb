/** A React component: it is given a client of the market, and a recording is the user's. */
import type { Cocoon, ItemResult } from 'cocoon';
import { SILERO_VAD } from 'cocoon/models';
import { tensorValues } from 'cocoon/protocol';
import { useEstimate, useJob } from 'cocoon/react';
import { useState } from 'react';
import { framesOf } from '../frames';

type Frames = Awaited<ReturnType<typeof framesOf>>;
const CEILING = 100_000_000n;

export function Listen({ cocoon }: { readonly cocoon: Cocoon }) {
    const [items, setItems] = useState<Frames>([]);
    const { estimate, error: unknown } = useEstimate(cocoon, CEILING, items.length);
    const { status, events, result, error, submit, reset } = useJob(cocoon);
    const failure = error ?? unknown;
    return (
        <section>
            <input
                type="file"
                accept="audio/*"
                aria-label="A recording"
                onChange={({ target }) => {
                    const [file] = target.files ?? [];
                    reset();
                    if (file !== undefined) void framesOf(file).then(setItems);
                }}
            />
            {estimate !== undefined && (
                <p>
                    {items.length} frames: at most {Number(estimate.value) / 1e9} GRAM leave your
                    wallet; what is not needed comes back.
                </p>
            )}
            <button
                disabled={items.length === 0 || status === 'running'}
                onClick={() => submit({ manifest: SILERO_VAD.manifest, items, ceiling: CEILING })}
            >
                Listen
            </button>
            <ol>
                {events.map(({ kind }, at) => (
                    <li key={at}>{kind}</li>
                ))}
            </ol>
            {result !== undefined && (
                <p role="status">
                    {result.items.filter(isSpeech).length} of {items.length} frames are speech.
                </p>
            )}
            {failure !== undefined && <p role="alert">{String((failure as Error).message)}</p>}
        </section>
    );
}

function isSpeech(item: ItemResult): boolean {
    const output = item.status === 'done' ? item.output.get('output') : undefined;
    return output !== undefined && Number(tensorValues(output)[0]) > 0.5;
}
