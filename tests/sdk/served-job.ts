import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Address } from '@ton/core';
import {
    encodeBatch,
    encodeItem,
    type Hash,
    type HashHex,
    hashToBigInt,
    hashToHex,
    type ItemErrorCode,
    itemHash,
    sha256,
    tensorOf,
    utf8ToBytes,
} from '../../protocol';
import {
    leafContext,
    type OpenResultsRequest,
    type ResultDocument,
    ResultLeaves,
    ResultRoot,
    resultsPath,
} from '../../sdk';

export const ESCROW = new Address(0, Buffer.alloc(32, 2));
export const JOB = 5;

/** An encoded item of one float tensor. */
export function item(value: number, elements = 1): Uint8Array {
    const values = Array.from({ length: elements }, () => value);
    return encodeItem({ y: tensorOf('float32', [elements], values) });
}

/** What a node committed for one item. */
export type Outcome = Uint8Array | ItemErrorCode;

/** Answers one request instead of the honest server. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void;

export interface ServedJobOptions {
    readonly outcomes: readonly Outcome[];
    /** Outputs over this many bytes are blobs of their own. */
    readonly inlineBytes?: number;
    /** Outputs in one batch. */
    readonly batchItems?: number;
    /** Served under `/results` instead of the honest document. */
    readonly document?: (honest: ResultDocument) => unknown;
}

/** A committed job on a real HTTP server that can be told to lie. */
export class ServedJob {
    readonly inputHashes: readonly Hash[];
    readonly leaves: ResultLeaves;
    readonly blobs = new Map<string, Uint8Array>();
    readonly batches: ResultDocument['batches'][number][] = [];
    /** Paths that were asked for, in order. */
    readonly asked: string[] = [];
    /** By path, or for all paths under `*`. */
    readonly faults = new Map<string, Fault>();
    readonly #server: Server;
    readonly #document: ResultDocument;
    readonly #options: ServedJobOptions;
    root = 0n;

    private constructor(options: ServedJobOptions) {
        const { outcomes, inlineBytes = 1000, batchItems = 1000 } = options;
        this.#options = options;
        this.inputHashes = outcomes.map((_, index) => itemHash(item(index)));
        this.leaves = ResultLeaves.empty(outcomes.length);
        let open: Uint8Array[] = [];
        const close = () => {
            if (open.length === 0) return;
            const bytes = encodeBatch(open);
            this.batches.push({ sha256: this.add(bytes), bytes: bytes.length, items: open.length });
            open = [];
        };
        for (const [index, outcome] of outcomes.entries()) {
            if (typeof outcome === 'number') {
                this.leaves.setError(index, outcome);
            } else if (outcome.length > inlineBytes) {
                this.add(outcome);
                this.leaves.setResult(index, sha256(outcome), { kind: 'blob' });
            } else {
                const batch = this.batches.length;
                this.leaves.setResult(index, sha256(outcome), { kind: 'batch', batch });
                open.push(outcome);
                if (open.length === batchItems) close();
            }
        }
        close();
        this.#document = {
            format: 'cocoon.results/1',
            count: outcomes.length,
            leaves: { sha256: this.add(this.leaves.bytes), bytes: this.leaves.bytes.length },
            batches: this.batches,
        };
        this.#server = createServer((request, response) => this.#answer(request, response));
    }

    static async start(options: ServedJobOptions): Promise<ServedJob> {
        const job = new ServedJob(options);
        const tree = new ResultRoot(leafContext(ESCROW, JOB), job.inputHashes, job.leaves);
        job.root = hashToBigInt(await tree.finish());
        await new Promise<void>((resolve) => job.#server.listen(0, '127.0.0.1', resolve));
        return job;
    }

    async stop(): Promise<void> {
        await new Promise((resolve) => {
            this.#server.close(resolve);
            this.#server.closeAllConnections();
        });
    }

    get endpoint(): string {
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    }

    get faulty(): number {
        return this.#options.outcomes.filter((outcome) => typeof outcome === 'number').length;
    }

    request(changes: Partial<OpenResultsRequest> = {}): OpenResultsRequest {
        const limits = { msPerItem: 1000, outputBytesPerItem: 100_000, memoryBytes: 2 ** 28 };
        return {
            endpoint: this.endpoint,
            escrow: ESCROW,
            jobId: JOB,
            spec: { limits },
            inputHashes: this.inputHashes,
            commit: { root: this.root, faulty: this.faulty },
            retry: { attempts: 2, firstDelayMs: 1, maxDelayMs: 1 },
            ...changes,
        };
    }

    /** Path of a blob. */
    static path(bytes: Uint8Array): string {
        return `/blobs/${hashToHex(sha256(bytes))}`;
    }

    static readonly document = resultsPath(ESCROW, JOB);

    /** How often a path was asked for. */
    count(path: string): number {
        return this.asked.filter((asked) => asked === path).length;
    }

    add(bytes: Uint8Array): HashHex {
        const hash = hashToHex(sha256(bytes));
        this.blobs.set(`/blobs/${hash}`, bytes);
        return hash;
    }

    #answer(request: IncomingMessage, response: ServerResponse): void {
        const path = request.url ?? '';
        this.asked.push(path);
        const fault = this.faults.get(path) ?? this.faults.get('*');
        if (fault !== undefined) return fault(request, response);
        const { document = (honest: ResultDocument): unknown => honest } = this.#options;
        const bytes =
            path === ServedJob.document
                ? utf8ToBytes(JSON.stringify(document(this.#document)))
                : this.blobs.get(path);
        if (bytes === undefined) response.writeHead(404).end();
        else response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
    }
}

/** Ways in which a server fails or lies. */
export const FAULTS = {
    refuses: (_request, response) => void response.writeHead(404).end(),
    isBroken: (_request, response) => void response.writeHead(500).end(),
    neverAnswers: () => undefined,
    stopsAfterHeaders: (_request, response) => void response.writeHead(200).flushHeaders(),
    drips: (_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
    },
    hangsUp: (request) => request.socket.destroy(),
    isTruncated: (_request, response) => {
        response.writeHead(200, { 'Content-Length': 10_000 });
        response.write('half', () => response.destroy());
    },
    isEndless: (_request, response) => {
        response.writeHead(200);
        const more = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
    },
    redirects: (_request, response) =>
        void response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
    saysNonsense: (_request, response) => void response.writeHead(200).end('{"format":'),
} satisfies Record<string, Fault>;
