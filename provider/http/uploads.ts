import { join } from 'node:path';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { type HashHex, isHashHex, MAX_JOB_SPEC_BYTES } from '../../protocol';
import { type BlobStore, createBlobStore, refuse } from '../../sdk/node';

/** What strangers may leave with a node. */
export interface UploadLimits {
    /** One blob, bytes; up to the size of a spec unless set. */
    readonly maxBlobBytes: number;
    /** All blobs over the size of a spec together, bytes. */
    readonly maxBytes: number;
    /** Such a blob is not dropped for another one before, seconds. */
    readonly keepSeconds: number;
    /** Uploads of one address in a minute. */
    readonly perMinute: number;
}

export const DEFAULT_UPLOADS: UploadLimits = {
    maxBlobBytes: 64 * 1024 ** 2,
    maxBytes: 1024 ** 3,
    keepSeconds: 900,
    perMinute: 120,
};

/** Bytes of specs that wait for their jobs; the oldest go. */
const SPECS_BYTES = 32 * 1024 ** 2;
const AT_A_TIME = 16;
const AT_A_TIME_EACH = 4;
/** One address may fill a quarter of the room. */
const SHARES = 4n;

/**
 * What strangers gave, in stores of its own: however much they send, no model, input or result
 * that a job needs is dropped for it. A job that needs one of these blobs has it taken over.
 */
export interface Uploads {
    readonly stores: readonly BlobStore[];
    readonly routes: Router;
    readonly usedBytes: number;
    close(): void;
}

export interface UploadsOptions {
    /** Where they are kept. */
    readonly folder: string;
    readonly limits: UploadLimits;
    /** The node's own blobs. */
    readonly blobs: Pick<BlobStore, 'has'>;
    /** Told of each upload. */
    readonly onUpload?: (result: 'taken' | 'refused', address: string, detail: string) => void;
    /** Told of each blob that is here now. */
    readonly onBlob?: (sha256: HashHex) => void;
}

export function createUploads(options: UploadsOptions): Uploads {
    const { folder, limits, blobs, onUpload } = options;
    const specs = createBlobStore({
        folder: join(folder, 'specs'),
        maxBytes: SPECS_BYTES,
        maxBlobBytes: MAX_JOB_SPEC_BYTES,
    });
    const large = createBlobStore({
        folder: join(folder, 'blobs'),
        maxBytes: limits.maxBytes,
        maxBlobBytes: Math.max(limits.maxBlobBytes, MAX_JOB_SPEC_BYTES),
    });
    const guests = createGuests(limits.maxBytes / Number(SHARES));
    const timers = new Set<NodeJS.Timeout>();

    const hold = (sha256: HashHex, guest: string, bytes: number) => {
        large.pin(sha256);
        const timer = setTimeout(() => {
            timers.delete(timer);
            large.unpin(sha256);
            guests.give(guest, bytes);
        }, limits.keepSeconds * 1000);
        timer.unref();
        timers.add(timer);
    };

    const put = async (request: Request<{ sha256: string }>, response: Response) => {
        const { sha256 } = request.params;
        const guest = guestOf(request);
        const no = (status: number, detail: string) => {
            onUpload?.('refused', guest, detail);
            // The rest of the body would be taken for the next request.
            response.set('Connection', 'close');
            refuse(response, status, detail);
        };
        if (!isHashHex(sha256)) return no(400, 'A blob is named by its SHA-256.');
        if ([blobs, specs, large].some((store) => store.has(sha256))) {
            return void response.status(200).json({ ok: true });
        }
        const bytes = lengthOf(request);
        if (bytes === undefined) return no(411, 'Name the length of the blob.');
        const most = Math.max(limits.maxBlobBytes, MAX_JOB_SPEC_BYTES);
        if (bytes > most) return no(413, `A blob has at most ${most} bytes here.`);
        const isSpec = bytes <= MAX_JOB_SPEC_BYTES;
        if (!guests.enter(guest)) return no(503, 'Too many uploads at a time.');
        const taken = isSpec || guests.take(guest, bytes);
        try {
            if (!taken) return no(507, 'There is no more room for blobs from your address.');
            await (isSpec ? specs : large).receive(sha256, request, bytes);
            if (!isSpec) hold(sha256, guest, bytes);
            onUpload?.('taken', guest, sha256);
            options.onBlob?.(sha256);
            response.status(201).json({ ok: true });
        } catch (error) {
            if (!isSpec) guests.give(guest, bytes);
            onUpload?.('refused', guest, error instanceof Error ? error.message : 'failed');
            throw error;
        } finally {
            guests.leave(guest);
        }
    };

    const routes = Router();
    routes.put('/blobs/:sha256', slowDown(limits.perMinute, onUpload), put);
    return {
        stores: [specs, large],
        routes,
        get usedBytes() {
            return specs.usedBytes + large.usedBytes;
        },
        close: () => {
            for (const timer of timers) clearTimeout(timer);
            timers.clear();
        },
    };
}

/** The address of a client; for IPv6 its network, since one host has many addresses. */
function guestOf(request: Request): string {
    return ipKeyGenerator(request.ip ?? 'unknown');
}

function slowDown(perMinute: number, onUpload: UploadsOptions['onUpload']): RequestHandler {
    return rateLimit({
        windowMs: 60_000,
        limit: perMinute,
        standardHeaders: 'draft-8',
        legacyHeaders: false,
        // Whether a proxy stands in front is what the operator says, not what clients send.
        validate: false,
        keyGenerator: guestOf,
        handler: (request, response) => {
            const detail = `At most ${perMinute} uploads a minute, please.`;
            onUpload?.('refused', guestOf(request), detail);
            response.set('Connection', 'close');
            refuse(response, 429, detail);
        },
    });
}

/** Uploads and bytes of each address. */
function createGuests(maxBytesEach: number) {
    const running = new Map<string, number>();
    const held = new Map<string, number>();
    let all = 0;
    const add = (counts: Map<string, number>, guest: string, by: number) => {
        const sum = (counts.get(guest) ?? 0) + by;
        if (sum > 0) counts.set(guest, sum);
        else counts.delete(guest);
    };
    return {
        enter: (guest: string): boolean => {
            if (all >= AT_A_TIME || (running.get(guest) ?? 0) >= AT_A_TIME_EACH) return false;
            all++;
            add(running, guest, 1);
            return true;
        },
        leave: (guest: string): void => {
            all--;
            add(running, guest, -1);
        },
        take: (guest: string, bytes: number): boolean => {
            if ((held.get(guest) ?? 0) + bytes > maxBytesEach) return false;
            add(held, guest, bytes);
            return true;
        },
        give: (guest: string, bytes: number): void => add(held, guest, -bytes),
    };
}

function lengthOf(request: Request): number | undefined {
    const text = request.get('Content-Length');
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
