import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { type HashHex, MAX_MODEL_BYTES } from '../../../protocol';
import { endpointUrl, offerBlobs } from '../../../sdk';
import { createBlobStore, type Listening, serveBlobs } from '../../../sdk/node';
import type { Config } from '../../config';
import { UsageError } from '../../terminal';
import { InputsUnofferedError, PortTakenError } from './offer-errors';

/** How the inputs of a job reach the nodes that may bid for it. */
export type OfferPlan =
    /** This machine serves them while a command runs. */
    | {
          readonly kind: 'here';
          readonly host: string;
          /** 0 takes a free one. */
          readonly port: number;
          /** As nodes reach it; undefined: as it listens. */
          readonly publicUrl: string | undefined;
      }
    /** They are given to nodes, or to stores of the configuration. */
    | { readonly kind: 'stores' };

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * Inputs are served from here where nodes can reach this machine: it has a public URL, it listens
 * on an address of its own network, or the chain is on this machine and so are its nodes, and no
 * stores are named.
 */
export function planOffer({ client, network, given }: Config): OfferPlan {
    const { host, port } = client.listen;
    const { publicUrl } = client;
    if (publicUrl !== undefined && port === 0) {
        throw new UsageError(
            'Inputs have a public URL, and no port that it can lead to.',
            'Set client.listen.port to the port behind client.publicUrl.',
        );
    }
    if (publicUrl !== undefined) return { kind: 'here', host, port, publicUrl };
    const chosen =
        given.has('client.listen.host') && !LOOPBACK.test(host) && !ANY_ADDRESS.has(host);
    const local =
        network.allowPrivateAddresses && LOOPBACK.test(new URL(network.endpoint).hostname);
    const served = chosen || (local && client.stores.length === 0);
    return served ? { kind: 'here', host, port, publicUrl } : { kind: 'stores' };
}

/** A file of a model on this machine. */
export interface ModelBlob {
    readonly sha256: HashHex;
    readonly path: string;
}

/** A folder of blobs that is served until it is closed. */
export interface Serving {
    /** Base URL of the blob store, as nodes reach it. */
    readonly source: string;
    readonly port: number;
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
}

/**
 * Serves blobs from a folder, with links to the files of the model.
 *
 * @throws PortTakenError
 */
export async function serveInputs(
    folder: string,
    plan: Extract<OfferPlan, { readonly kind: 'here' }>,
    model: readonly ModelBlob[],
): Promise<Serving> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const { sha256: name, path } of model) await linkOrCopy(path, join(folder, name));
    const blobs = createBlobStore({
        folder,
        maxBytes: Number.MAX_SAFE_INTEGER,
        maxBlobBytes: MAX_MODEL_BYTES,
    });
    const { host, port, publicUrl } = plan;
    let server: Listening;
    try {
        server = await serveBlobs(blobs, { host, port, logger: pino({ level: 'silent' }) });
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new PortTakenError(host, port, code ?? 'it cannot be opened', error);
    }
    return {
        source: endpointUrl(publicUrl ?? server.url, '/blobs'),
        port: Number(new URL(server.url).port),
        write: async (bytes) => void (await blobs.write(bytes)),
        close: () => server.close(),
    };
}

async function linkOrCopy(from: string, to: string): Promise<void> {
    try {
        await link(from, to);
    } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') return;
        // Another file system, or one without links.
        await copyFile(from, to);
    }
}

export interface PushInputsRequest {
    readonly blobs: readonly Uint8Array[];
    /** Base URLs of blob stores. */
    readonly stores: readonly string[];
    readonly signal: AbortSignal;
    readonly onPush: (done: number, of: number, store: string) => void;
}

/**
 * Gives all blobs to each store that takes them; a spec can name 16.
 *
 * @returns the stores that have all of them
 * @throws InputsUnofferedError where none has
 */
export async function pushInputs(request: PushInputsRequest): Promise<readonly string[]> {
    const { taken, refused } = await offerBlobs(request);
    if (taken.length > 0) return taken;
    throw new InputsUnofferedError(
        request.blobs.reduce((sum, { length }) => sum + length, 0),
        refused.map(({ reason }) => reason),
    );
}
