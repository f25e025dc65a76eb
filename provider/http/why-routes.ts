import { type Request, Router } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Address } from '@ton/core';
import { type HashHex, isHashHex } from '../../protocol';
import { encodeWhy, type NoBidReason } from '../../sdk';
import { refuse } from '../../sdk/node';
import { jobOf } from './job-of';

/** Questions of one address a minute. */
const PER_MINUTE = 120;

/** Why this node did not bid; undefined for jobs that were not announced to it. */
export type WhyNoBid = (escrow: Address, jobId: number, spec: HashHex) => NoBidReason | undefined;

/** `GET /jobs/<escrow>/<job id>/why?spec=<sha256>`; see sdk/no-bid-reason.ts. */
export function whyRoutes(why: WhyNoBid): Router {
    const router = Router();
    const limit = rateLimit({
        windowMs: 60_000,
        limit: PER_MINUTE,
        legacyHeaders: false,
        validate: false,
        keyGenerator: (request: Request) => ipKeyGenerator(request.ip ?? 'unknown'),
        handler: (_request, response) => {
            refuse(response, 429, 'Too many questions; wait a minute.');
        },
    });
    router.get('/jobs/:escrow/:jobId/why', limit, (request, response) => {
        const { spec } = request.query;
        const job = jobOf(request.params);
        if (job === undefined || typeof spec !== 'string' || !isHashHex(spec)) {
            const usage = 'Ask as /jobs/<escrow>/<job id>/why?spec=<sha256>.';
            return refuse(response, 400, usage);
        }
        const reason = why(job.escrow, job.jobId, spec);
        if (reason === undefined) return refuse(response, 404, 'This job was not announced here.');
        response.json(encodeWhy(reason));
    });
    return router;
}
