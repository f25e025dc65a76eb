import { type Express, Router } from 'express';
import type { Logger } from 'pino';
import { Address } from '@ton/core';
import { blobRoutes, type BlobStore, createApp, refuse } from '../sdk/node';
import type { HashHex } from '../protocol';

/** What the HTTP interface of a node shows. */
export interface NodeView {
    /** Hash of the result document of a job, while it is served. */
    document(escrow: Address, jobId: number): HashHex | undefined;
    health(): NodeHealth;
}

export interface NodeHealth {
    readonly ok: boolean;
    readonly stake: string;
    /** Jobs that the node works on or serves. */
    readonly jobs: number;
}

export interface NodeHttpOptions {
    readonly blobs: BlobStore;
    readonly view: NodeView;
    /** Largest blob that strangers may give, bytes. */
    readonly acceptUpTo: number;
    readonly logger: Logger;
}

/**
 * The HTTP interface of a node: `GET /health`, `GET /results/<escrow>/<job id>`, `GET` and `PUT
 * /blobs/<sha256>`. Nothing else can be changed through it.
 */
export function nodeHttp({ blobs, view, acceptUpTo, logger }: NodeHttpOptions): Express {
    const router = Router();
    router.get('/health', (_request, response) => {
        const health = view.health();
        response.status(health.ok ? 200 : 503).json(health);
    });
    router.get('/results/:escrow/:jobId', async (request, response) => {
        const escrow = addressOf(request.params.escrow);
        const { jobId } = request.params;
        if (escrow === undefined || !/^\d{1,10}$/.test(jobId)) {
            return refuse(response, 400, 'Name a job as /results/<escrow>/<job id>.');
        }
        const document = view.document(escrow, Number(jobId));
        const bytes = document && (await blobs.read(document));
        if (bytes === undefined) return refuse(response, 404, 'No results of this job here.');
        response.type('application/json').send(Buffer.from(bytes));
    });
    return createApp([router, blobRoutes({ blobs, acceptUpTo })], logger);
}

function addressOf(text: string | undefined): Address | undefined {
    try {
        return text === undefined ? undefined : Address.parse(text);
    } catch {
        return undefined;
    }
}
