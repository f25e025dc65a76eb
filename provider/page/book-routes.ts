import { type Response, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import * as z from 'zod';
import { refuse } from '../../sdk/node';
import { formatGram } from '../../wrappers/describe';
import { toJson } from '../http';
import { jobOf } from '../http/job-of';
import {
    addUpInSteps,
    earningsCsv,
    type EarningsReport,
    type EarningSums,
    type Grouping,
    GROUPINGS,
    MEANINGS,
    priceSentences,
    readPrices,
    timelineOf,
    totalOf,
} from '../outcomes';
import type { Pricing } from '../pricing';
import type { Costs, Ledger, LedgerEntry, LedgerJob } from '../state';

export interface BookRoutesOptions {
    readonly ledger: Ledger;
    readonly costs: Pick<Costs, 'all'>;
    readonly pricing: Pricing;
    readonly processes: number;
    /** Milliseconds since 1970. */
    readonly now: () => number;
}

const DAY_MS = 86_400_000;
/** What is shown unless more is asked for. */
const DAYS = 30;
/** Adding up reads all entries of the time, which keeps the node from other things meanwhile. */
const SUMS_PER_MINUTE = 60;

const days = z.coerce.number().int().min(1).max(400).default(DAYS);
const earningsQuery = z.object({ by: z.enum(GROUPINGS).default('day'), days });
const outcomesQuery = z.object({
    limit: z.coerce.number().int().min(1).max(100).default(25),
    before: z.string().max(120).optional(),
});

/** Sums of today and of the last days, the days of which are UTC. */
export interface EarningsSummary {
    readonly today: EarningSums;
    readonly week: EarningSums;
    readonly month: EarningSums;
    /** The last 30 days. */
    readonly days: EarningsReport['rows'];
    /** Why jobs of these days brought nothing. */
    readonly reasons: EarningsReport['reasons'];
}

/** What the books of a node say: `GET /api/earnings`, `/summary`, `/csv`, `/outcomes`, `/prices`. */
export function bookRoutes(options: BookRoutesOptions): Router {
    const { ledger, costs, pricing, processes, now } = options;
    const router = Router();
    const seldom = rateLimit({
        windowMs: 60_000,
        limit: SUMS_PER_MINUTE,
        keyGenerator: () => 'all',
        legacyHeaders: false,
        validate: false,
        handler: (_request, response) => refuse(response, 429, 'Too many sums; wait a minute.'),
    });
    const running = new Map<string, Promise<EarningsReport>>();
    /** Of whole days, today and those before; who asks meanwhile gets the same. */
    const sums = (count: number, by: Grouping) => {
        const name = `${by} ${count}`;
        const until = now() + 1;
        const since = firstOf(count, now());
        const request = { since, until, by, format: formatGram };
        const sum =
            running.get(name) ?? addUpInSteps(ledger, request).finally(() => running.delete(name));
        running.set(name, sum);
        return sum;
    };

    router.get('/api/earnings', seldom, async (request, response) => {
        const query = earningsQuery.safeParse(request.query);
        if (!query.success) return refuse(response, 400, USAGE);
        send(response, await sums(query.data.days, query.data.by));
    });
    router.get('/api/earnings/summary', seldom, async (_request, response) => {
        const { rows, total, reasons } = await sums(DAYS, 'day');
        const last = (count: number) => {
            const first = new Date(firstOf(count, now())).toISOString().slice(0, 10);
            return totalOf(rows.filter(({ key }) => key >= first));
        };
        const summary: EarningsSummary = {
            today: last(1),
            week: last(7),
            month: total,
            days: rows,
            reasons,
        };
        send(response, summary);
    });
    router.get('/api/earnings/csv', seldom, async (request, response) => {
        const query = earningsQuery.safeParse(request.query);
        if (!query.success) return refuse(response, 400, USAGE);
        const { by, days: count } = query.data;
        const report = await sums(count, by);
        response.attachment(`cocoon-earnings-by-${by}.csv`);
        response.type('text/csv; charset=utf-8').send(earningsCsv(report));
    });
    router.get('/api/outcomes', (request, response) => {
        const query = outcomesQuery.safeParse(request.query);
        const before = query.data?.before === undefined ? undefined : placeOf(query.data.before);
        if (!query.success || before === null) return refuse(response, 400, USAGE);
        const { limit } = query.data;
        const entries = ledger.latest(limit, before);
        const last = entries.at(-1);
        const more = entries.length === limit && last !== undefined;
        send(response, { entries: entries.map(outcomeRow), next: more ? placeText(last) : null });
    });
    router.get('/api/outcomes/:escrow/:jobId', (request, response) => {
        const job = jobOf(request.params);
        const entry = job && ledger.find(job.escrow, job.jobId);
        if (entry === undefined) return refuse(response, 404, 'The node has not seen this job.');
        send(response, { ...outcomeRow(entry), ...timelineOf(entry, formatGram) });
    });
    router.get('/api/prices', seldom, async (_request, response) => {
        const until = now();
        const since = until - DAYS * DAY_MS;
        const coreHourCost = 0;
        const report = await readPrices({
            ...{ ledger, costs, pricing, processes, since, until, coreHourCost },
        });
        const models = report.models.map((one) => ({
            ...one,
            sentences: priceSentences(one, report.observedMs),
        }));
        send(response, { ...report, models });
    });
    return router;
}

/** When the first of the last days began, milliseconds since 1970. */
function firstOf(days: number, now: number): number {
    return (Math.floor(now / DAY_MS) - days + 1) * DAY_MS;
}

const USAGE =
    'Ask with ?by=day, model, reason or client and ?days=1 to 400; outcomes with ?limit=1 to 100 ' +
    'and ?before= what the answer before gave as "next".';

/** A job in a list of outcomes. */
export interface OutcomeRow extends Pick<
    LedgerEntry,
    'jobId' | 'modelName' | 'items' | 'outcome' | 'detail' | 'price' | 'earned' | 'seenAt'
> {
    readonly escrow: string;
    readonly code: string | undefined;
    readonly kind: string | undefined;
    readonly advice: string | undefined;
}

function outcomeRow(entry: LedgerEntry): OutcomeRow {
    const { escrow, jobId, modelName, items, outcome, detail, price, earned, seenAt, why } = entry;
    const meaning = why && MEANINGS[why.code];
    return {
        escrow: escrow.toString(),
        ...{ jobId, modelName, items, outcome, detail, price, earned, seenAt },
        code: why?.code ?? entry.reason,
        kind: meaning?.kind,
        advice: meaning?.advice,
    };
}

/** Where the next part of a list begins, as text. */
function placeText({ seenAt, escrow, jobId }: LedgerJob): string {
    return `${seenAt}/${escrow.toRawString()}/${jobId}`;
}

/** @returns null for what is no place */
function placeOf(text: string): LedgerJob | null {
    const [seenAt = '', escrow = '', jobId = ''] = text.split('/');
    const job = jobOf({ escrow, jobId });
    return job === undefined || !/^\d{1,15}$/.test(seenAt)
        ? null
        : { ...job, seenAt: Number(seenAt) };
}

function send(response: Response, value: object): void {
    response.type('application/json').send(toJson(value));
}
