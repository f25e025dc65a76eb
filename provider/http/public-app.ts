import { type Express, type RequestHandler, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Logger } from 'pino';
import type { Address } from '@ton/core';
import { blobRoutes, type BlobStore, createApp, refuse } from '../../sdk/node';
import type { Unreadiness } from '../events';
import type { ProofShelf } from '../proofs';
import type { ServedResult } from '../state';
import { jobOf } from './job-of';
import type { SealDesk } from '../seal-desk';
import { keyRoutes, type KeyRoutesOptions } from './key-routes';
import { sealRoutes } from './seal-routes';
import type { Uploads } from './uploads';
import { type WhyNoBid, whyRoutes } from './why-routes';

/** What strangers see of a node. */
export interface PublicView {
    /** The results of a job, while they are served. */
    result(escrow: Address, jobId: number): Pick<ServedResult, 'document'> | undefined;
    health(): NodeHealth;
    /** Why the node takes no jobs; empty when it does. */
    unready(): readonly Unreadiness[];
}

export interface NodeHealth {
    readonly ok: boolean;
    readonly stake: string;
    /** Jobs that the node works on. */
    readonly jobs: number;
    /** Addresses in the peer-to-peer network, where the node is in it. */
    readonly peers?: readonly string[];
}

export interface PublicAppOptions {
    readonly blobs: BlobStore;
    readonly view: PublicView;
    readonly proofs?: ProofShelf | undefined;
    /** Not answered unless set. */
    readonly why?: WhyNoBid | undefined;
    readonly uploads?: Pick<Uploads, 'routes'> | undefined;
    /** Keys of sealed jobs are neither taken nor given unless set. */
    readonly keys?: KeyRoutesOptions | undefined;
    /** Openings are not given off chain unless set. */
    readonly seals?: SealDesk | undefined;
    /** What the node serves beside, such as an explorer of the market; nothing unless set. */
    readonly more?: Router | undefined;
    /** Proxies in front of the node whose word about a client's address is taken. */
    readonly trustedProxies?: number | undefined;
    readonly logger: Logger;
}

/** A proof may take a moment of work; of one address a minute. */
const PROOFS_PER_MINUTE = 600;

/**
 * What a node shows to everybody: `GET /health`, `/ready`, `/results/<escrow>/<job id>` and its
 * `/proof/<index>`, `/jobs/<escrow>/<job id>/why`, `GET` and `PUT /blobs/<sha256>`, `PUT
 * /keys/<hash>`, `GET /keys/<escrow>/<job id>/<stake>`, `PUT /seals/<escrow>/<job id>`. Nothing else
 * can be changed through it.
 */
export function publicApp(options: PublicAppOptions): Express {
    const { blobs, view, uploads, proofs, why, keys, seals, more, logger } = options;
    const routers = [
        healthRoutes(view),
        resultRoutes(blobs, view),
        ...(proofs === undefined ? [] : [proofRoutes(proofs, view)]),
        ...(why === undefined ? [] : [whyRoutes(why)]),
        ...(keys === undefined ? [] : [keyRoutes(keys)]),
        ...(seals === undefined ? [] : [sealRoutes(seals)]),
        ...(uploads === undefined ? [] : [uploads.routes]),
        ...(more === undefined ? [] : [more]),
        blobRoutes({ blobs }),
    ];
    const hardened = Router().use(securityHeaders);
    const app = createApp([hardened, ...routers], logger);
    app.set('trust proxy', options.trustedProxies ?? false);
    app.set('etag', false);
    return app;
}

/** Answers are data: no browser shall show, frame or guess at them. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
    response.set({
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
        'X-Frame-Options': 'DENY',
        'Referrer-Policy': 'no-referrer',
        'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    next();
};

/** `GET /health`: the process lives; `GET /ready`: it can take jobs, or says why not. */
export function healthRoutes(view: Pick<PublicView, 'health' | 'unready'>): Router {
    const router = Router();
    router.get('/health', (_request, response) => {
        const health = view.health();
        response.status(health.ok ? 200 : 503).json(health);
    });
    router.get('/ready', (_request, response) => {
        const reasons = view.unready();
        const ready = reasons.length === 0;
        response.status(ready ? 200 : 503).json({ ready, reasons });
    });
    return router;
}

function resultRoutes(blobs: BlobStore, view: PublicView): Router {
    const router = Router();
    router.get('/results/:escrow/:jobId', async (request, response) => {
        const job = jobOf(request.params);
        if (job === undefined) {
            return refuse(response, 400, 'Name a job as /results/<escrow>/<job id>.');
        }
        const result = view.result(job.escrow, job.jobId);
        const bytes = result && (await blobs.read(result.document));
        if (bytes === undefined) return refuse(response, 404, 'No results of this job here.');
        response.type('application/json').send(Buffer.from(bytes));
    });
    return router;
}

function proofRoutes(proofs: ProofShelf, view: PublicView): Router {
    const router = Router();
    const limit = rateLimit({
        windowMs: 60_000,
        limit: PROOFS_PER_MINUTE,
        legacyHeaders: false,
        validate: false,
        handler: (_request, response) => refuse(response, 429, 'Too many proofs; wait a minute.'),
    });
    router.get('/results/:escrow/:jobId/proof/:index', limit, async (request, response) => {
        const job = jobOf(request.params);
        const { index = '' } = request.params;
        if (job === undefined || typeof index !== 'string' || !/^\d{1,7}$/.test(index)) {
            return refuse(
                response,
                400,
                'Name a leaf as /results/<escrow>/<job id>/proof/<index>.',
            );
        }
        if (view.result(job.escrow, job.jobId) === undefined) {
            return refuse(response, 404, 'No results of this job here.');
        }
        const proof = await proofs.prove(job.escrow, job.jobId, Number(index));
        if (proof === undefined) return refuse(response, 404, 'The job has no such leaf.');
        response.json(proof);
    });
    return router;
}
