import { type RequestHandler, raw, type Response, Router } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { Address } from '@ton/core';
import { ENVELOPE_BYTES, isHashHex, SealError } from '../../protocol';
import { refuse } from '../../sdk/node';
import type { ContentKeys } from '../content-keys';
import { KeyRefusedError } from '../errors';
import type { KeyDesk } from '../key-desk';
import { jobOf } from './job-of';

export interface KeyRoutesOptions {
    readonly contentKeys: Pick<ContentKeys, 'take'>;
    readonly desk: KeyDesk;
}

/** Of one address a minute: a key takes some milliseconds to open, and a write to the disk. */
const KEYS_PER_MINUTE = 120;
const STATUS = { unknown: 404, 'not-drawn': 403, unsure: 503 } as const;

/**
 * `PUT /keys/<hash of the key>`: a client gives the key of a sealed job; `GET /keys/<escrow>/<job
 * id>/<stake>`: a drawn node asks for the key of its item. Both are sealed for one node, so neither
 * needs a secret.
 */
export function keyRoutes({ contentKeys, desk }: KeyRoutesOptions): Router {
    const router = Router();
    const limit = slowDown();
    const body = raw({ type: () => true, limit: ENVELOPE_BYTES });
    router.put('/keys/:keyHash', limit, oneEnvelope, body, async (request, response) => {
        const { keyHash = '' } = request.params;
        const envelope: unknown = request.body;
        if (
            typeof keyHash !== 'string' ||
            !isHashHex(keyHash) ||
            !(envelope instanceof Uint8Array)
        ) {
            return refuse(response, 400, 'Give a key as PUT /keys/<its SHA-256>.');
        }
        try {
            await contentKeys.take(keyHash, envelope);
            response.status(201).json({ ok: true });
        } catch (error) {
            if (!(error instanceof SealError)) throw error;
            refuse(response, 422, error.message);
        }
    });
    router.get('/keys/:escrow/:jobId/:stake', limit, async (request, response) => {
        const job = jobOf(request.params);
        const stake = stakeOf(request.params.stake);
        if (job === undefined || stake === undefined) {
            return refuse(response, 400, 'Ask for a key as /keys/<escrow>/<job id>/<stake>.');
        }
        try {
            const itemKey = await desk.itemKeyFor(job.escrow, job.jobId, stake);
            response.set('Cache-Control', 'no-store');
            response.type('application/octet-stream').send(Buffer.from(itemKey));
        } catch (error) {
            answer(error, response);
        }
    });
    return router;
}

/** What is longer is not read. */
const oneEnvelope: RequestHandler = (request, response, next) => {
    if (request.get('Content-Length') === String(ENVELOPE_BYTES)) return next();
    // The rest of the body would be taken for the next request.
    response.set('Connection', 'close');
    refuse(response, 413, `A key has ${ENVELOPE_BYTES} bytes, sealed.`);
};

/** A refusal as an answer; anything else is trouble of this node. */
function answer(error: unknown, response: Response): void {
    if (!(error instanceof KeyRefusedError)) throw error;
    refuse(response, STATUS[error.reason], error.message);
}

function stakeOf(text: unknown): Address | undefined {
    try {
        return typeof text === 'string' ? Address.parse(text) : undefined;
    } catch {
        return undefined;
    }
}

function slowDown(): RequestHandler {
    return rateLimit({
        windowMs: 60_000,
        limit: KEYS_PER_MINUTE,
        legacyHeaders: false,
        // Whether a proxy stands in front is what the operator says, not what clients send.
        validate: false,
        keyGenerator: (request) => ipKeyGenerator(request.ip ?? 'unknown'),
        handler: (_request, response) => refuse(response, 429, 'Too many keys; wait a minute.'),
    });
}
