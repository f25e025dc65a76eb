import * as z from 'zod';
import {
    dayPageSchema,
    jobPageSchema,
    jobViewSchema,
    modelPageSchema,
    parametersSchema,
    stakePageSchema,
    stakeViewSchema,
    statusSchema,
} from '../../explorer/browser';
import { CocoonError } from '../../protocol';

/** The node that the page reads did not give what it was asked for. */
export class NodeReadError extends CocoonError {
    override readonly name = 'NodeReadError';
    readonly code = 'NODE_READ';

    constructor(
        detail: string,
        /** Of HTTP; undefined where nothing came. */
        readonly status: number | undefined,
        cause?: unknown,
    ) {
        super(detail, { hint: 'Try again, or read another node.', cause });
    }
}

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** Reads the index of one node; whatever it answers is parsed before it is shown. */
export interface NodeApi {
    /** URL of the explorer, with a slash at the end. */
    readonly base: string;
    readonly status: Read<typeof statusSchema>;
    readonly jobs: Read<typeof jobPageSchema, Parameters>;
    readonly job: Read<typeof jobViewSchema, { escrow: string; jobId: number }>;
    readonly stakes: Read<typeof stakePageSchema, Parameters>;
    readonly stake: Read<typeof stakeViewSchema, { stake: string }>;
    readonly models: Read<typeof modelPageSchema>;
    readonly days: Read<typeof dayPageSchema, Parameters>;
    readonly parameters: Read<typeof parametersSchema>;
    /** Calls back with the jobs that changed, as `escrow/id`, or undefined for many; ends by the result. */
    listen(onNews: (jobs: readonly string[] | undefined) => void): () => void;
}

type Read<S extends z.ZodType, P = void> = (
    parameters: P,
    signal?: AbortSignal,
) => Promise<z.output<S>>;

const TIMEOUT_MS = 20_000;

const newsSchema = z.object({
    many: z.boolean(),
    jobs: z.array(z.string().max(120)).max(200),
});

/** @param base - URL of an explorer, with a slash at the end */
export function openNode(base: string): NodeApi {
    const read = async <S extends z.ZodType>(
        schema: S,
        path: string,
        parameters: Parameters = {},
        signal?: AbortSignal,
    ): Promise<z.output<S>> => {
        const url = new URL(`api/v1/${path}`, base);
        for (const [name, value] of Object.entries(parameters)) {
            if (value !== undefined) url.searchParams.set(name, String(value));
        }
        const body = await fetchJson(url, signal);
        const parsed = schema.safeParse(body);
        if (parsed.success) return parsed.data;
        throw new NodeReadError('its answer is not understood.', 200, parsed.error);
    };
    return {
        base,
        status: (_, signal) => read(statusSchema, 'status', {}, signal),
        jobs: (parameters, signal) => read(jobPageSchema, 'jobs', parameters, signal),
        job: ({ escrow, jobId }, signal) =>
            read(jobViewSchema, `jobs/${encodeURIComponent(escrow)}/${jobId}`, {}, signal),
        stakes: (parameters, signal) => read(stakePageSchema, 'stakes', parameters, signal),
        stake: ({ stake }, signal) =>
            read(stakeViewSchema, `stakes/${encodeURIComponent(stake)}`, {}, signal),
        models: (_, signal) => read(modelPageSchema, 'models', {}, signal),
        days: (parameters, signal) => read(dayPageSchema, 'days', parameters, signal),
        parameters: (_, signal) => read(parametersSchema, 'parameters', {}, signal),
        listen(onNews) {
            const source = new EventSource(new URL('api/v1/stream', base));
            source.addEventListener('news', ({ data }: MessageEvent<string>) => {
                const news = newsSchema.safeParse(parseJson(data));
                if (news.success) onNews(news.data.many ? undefined : news.data.jobs);
            });
            return () => source.close();
        },
    };
}

async function fetchJson(url: URL, signal?: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    try {
        response = await fetch(url, {
            signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
            credentials: 'omit',
        });
    } catch (error) {
        signal?.throwIfAborted();
        throw new NodeReadError('it cannot be reached.', undefined, error);
    }
    if (!response.ok) throw new NodeReadError(`HTTP ${response.status}.`, response.status);
    try {
        return await response.json();
    } catch (error) {
        throw new NodeReadError('its answer is not JSON.', response.status, error);
    }
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
