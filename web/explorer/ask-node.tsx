import { useState } from 'react';
import * as z from 'zod';
import { NodeReadError } from './api';
import { reasonOf } from './parts';
import { baseOf } from './use-node';
import { useWords, type Words } from './words';

const TIMEOUT_MS = 10_000;

/** As `GET /health` of a node answers. */
const healthSchema = z.object({
    stake: z.string().max(80),
    jobs: z.number().int().min(0),
});

type Answer =
    | { readonly is: 'asking' }
    | { readonly is: 'up'; readonly ms: number; readonly jobs: number }
    | { readonly is: 'another' }
    | { readonly is: 'down'; readonly error: unknown };

/** Asks a node itself, from the browser of whoever looks: nobody else's word about it is needed. */
export function AskNode({ endpoint, stake }: { endpoint: string; stake: string }) {
    const words = useWords();
    const [answer, setAnswer] = useState<Answer>();
    const base = baseOf(endpoint);
    if (base === undefined) return null;
    const ask = async () => {
        setAnswer({ is: 'asking' });
        setAnswer(await answerOf(base, stake));
    };
    return (
        <div className="ask">
            <button type="button" onClick={() => void ask()}>
                {words.say('askNode')}
            </button>
            <p role="status">{answer === undefined ? '' : sentenceOf(answer, words)}</p>
        </div>
    );
}

async function answerOf(base: string, stake: string): Promise<Answer> {
    const start = performance.now();
    try {
        const response = await fetch(`${base}health`, {
            credentials: 'omit',
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const ms = performance.now() - start;
        const health = healthSchema.safeParse(await response.json());
        if (!response.ok) throw new NodeReadError(`HTTP ${response.status}.`, response.status);
        if (health.data?.stake !== stake) return { is: 'another' };
        return { is: 'up', ms, jobs: health.data.jobs };
    } catch (error) {
        return { is: 'down', error };
    }
}

function sentenceOf(answer: Answer, { say, took }: Words): string {
    switch (answer.is) {
        case 'asking':
            return say('loading');
        case 'up':
            return say('nodeUp', { time: took(answer.ms), count: answer.jobs });
        case 'another':
            return say('nodeAnother');
        case 'down':
            return say('nodeDown', { reason: reasonOf(answer.error) });
    }
}
