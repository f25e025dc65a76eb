import { Router } from 'express';
import * as z from 'zod';
import { toJson } from '../provider/http';
import { refuse } from '../sdk/node';
import { type CheckSummary, sumChecks } from './check-books';
import { checkRow } from './page-view';
import type { CheckRecord, CheckRecords } from './state';

/** All that is kept; a list of it is read as a whole. */
const MOST = 100_000;
/** Adding up reads all records, and several pages may ask at once, milliseconds. */
const FRESH_MS = 1_000;

const query = z.object({
    limit: z.coerce.number().int().min(1).max(100).default(25),
    before: z
        .string()
        .regex(/^\d{1,15}\/[^/]{1,80}\/\d{1,10}$/)
        .optional(),
});

/**
 * What a verifier has done, for its owner's page, which sees to who may ask: `GET /api/checks`, the
 * newest first, and `GET /api/checks/summary`.
 *
 * @param checks - undefined while the verifier does not run
 */
export function checkRoutes(
    checks: () => Pick<CheckRecords, 'latest'> | undefined,
    now: () => number,
): Router {
    const router = Router();
    let known: { readonly summary: CheckSummary; readonly at: number } | undefined;
    const records = () => checks()?.latest(MOST) ?? [];
    router.get('/api/checks/summary', (_request, response) => {
        if (known === undefined || now() - known.at > FRESH_MS) {
            known = { summary: sumChecks(records(), now()), at: now() };
        }
        response.type('application/json').send(toJson(known.summary));
    });
    router.get('/api/checks', (request, response) => {
        const asked = query.safeParse(request.query);
        if (!asked.success) {
            return refuse(
                response,
                400,
                'Ask with ?limit=1 to 100 and ?before= what the answer before gave as "next".',
            );
        }
        const { limit, before } = asked.data;
        const all = records();
        const from = before === undefined ? 0 : all.findIndex((one) => placeOf(one) === before) + 1;
        const shown = all.slice(from, from + limit);
        const last = shown.at(-1);
        const more = last !== undefined && all.length > from + limit;
        const answer = { entries: shown.map(checkRow), next: more ? placeOf(last) : null };
        response.type('application/json').send(toJson(answer));
    });
    return router;
}

/** Where the next part of a list begins. */
function placeOf({ seenAt, escrow, jobId }: CheckRecord): string {
    return `${seenAt}/${escrow.toRawString()}/${jobId}`;
}
