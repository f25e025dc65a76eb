import { raw, type RequestHandler, type Response, Router } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { refuse } from '../../sdk/node';
import { GIVEN_SEAL_BYTES, OPENING_MIME, readGivenSeal } from '../../sdk';
import { encodeSealedOpening } from '../../wrappers';
import { SealRefusedError } from '../errors';
import type { SealDesk } from '../seal-desk';
import { jobOf } from './job-of';

/** Of one address a minute: a sketch takes some milliseconds, and a first seal a write to the disk. */
const SEALS_PER_MINUTE = 120;
const STATUS = {
    unknown: 404,
    'too-early': 425,
    over: 410,
    'not-claimant': 403,
    'other-seal': 409,
    unsure: 503,
} as const;

/**
 * `PUT /seals/<escrow>/<job id>`: the verifier whose turn it is gives its seal with its signature, and
 * is given the opening for that seal; see sdk/given-seal.ts.
 */
export function sealRoutes(desk: SealDesk): Router {
    const router = Router();
    const body = raw({ type: () => true, limit: GIVEN_SEAL_BYTES });
    router.put('/seals/:escrow/:jobId', slowDown(), oneSeal, body, async (request, response) => {
        const job = jobOf(request.params);
        const bytes: unknown = request.body;
        if (job === undefined || !(bytes instanceof Uint8Array)) {
            return refuse(response, 400, 'Give a seal as PUT /seals/<escrow>/<job id>.');
        }
        try {
            const opening = await desk.openFor(job.escrow, job.jobId, readGivenSeal(bytes));
            response.set('Cache-Control', 'no-store');
            response.type(OPENING_MIME).send(encodeSealedOpening(opening).toBoc());
        } catch (error) {
            answer(error, response);
        }
    });
    return router;
}

/** What is longer is not read. */
const oneSeal: RequestHandler = (request, response, next) => {
    if (request.get('Content-Length') === String(GIVEN_SEAL_BYTES)) return next();
    // The rest of the body would be taken for the next request.
    response.set('Connection', 'close');
    refuse(response, 413, `A seal with its signature has ${GIVEN_SEAL_BYTES} bytes.`);
};

/** A refusal as an answer; anything else is trouble of this node. */
function answer(error: unknown, response: Response): void {
    if (!(error instanceof SealRefusedError)) throw error;
    refuse(response, STATUS[error.reason], error.message);
}

function slowDown(): RequestHandler {
    return rateLimit({
        windowMs: 60_000,
        limit: SEALS_PER_MINUTE,
        legacyHeaders: false,
        // Whether a proxy stands in front is what the operator says, not what clients send.
        validate: false,
        keyGenerator: (request) => ipKeyGenerator(request.ip ?? 'unknown'),
        handler: (_request, response) => refuse(response, 429, 'Too many seals; wait a minute.'),
    });
}
