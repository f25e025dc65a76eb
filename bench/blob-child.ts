/** One side of a transfer, in a process of its own: see blobs.ts. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { createNetworkNode } from '../network';
import type { HashHex } from '../protocol';
import { createBlobFetcher } from '../provider/blob-fetcher';
import { createBlobStore, serveBlobs } from '../sdk/node';
import { MemoryWatch } from './memory-watch';

/** What a child is told, as JSON in its first argument. */
export type ChildTask =
    | { readonly role: 'serve'; readonly folder: string }
    | {
          readonly role: 'fetch';
          readonly over: 'http' | 'libp2p';
          readonly folder: string;
          readonly sha256: HashHex;
          readonly bytes: number;
          readonly sources: readonly string[];
          /** Chunks after which the process kills itself; undefined: none. */
          readonly dieAfter?: number;
      };

/** What a fetching child prints. */
export interface FetchFigures {
    readonly elapsedMs: number;
    /** Resident memory, bytes, before and at most. */
    readonly memory: { readonly before: number; readonly peak: number };
    readonly cpuMs: number;
    /** Chunks that came; 0 over http. */
    readonly chunks: number;
}

const UNLIMITED = { bytesPerSecond: Infinity, burstBytes: Infinity };

async function main(): Promise<void> {
    const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
    const big = { maxBytes: 64 * 1024 ** 3, maxBlobBytes: 16 * 1024 ** 3 };
    mkdirSync(task.folder, { recursive: true });
    const blobs = createBlobStore({ folder: task.folder, ...big });
    let sent = 0;
    const node = await createNetworkNode({
        nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
        allowPrivate: true,
        listen: task.role === 'serve' ? ['/ip4/127.0.0.1/tcp/0'] : [],
        shelf: {
            async find(sha256) {
                if (!(await blobs.verify(sha256))) return undefined;
                const found = blobs.locate(sha256);
                return found && { ...found, size: found.length };
            },
        },
        partialFolder: join(task.folder, 'partial'),
        limits: { strangers: UNLIMITED },
        onSent: () => sent++,
    });
    if (task.role === 'serve') {
        const server = await serveBlobs(blobs, { logger: pino({ level: 'silent' }) });
        const [peer] = node.addresses;
        console.log(JSON.stringify({ http: `${server.url}/blobs`, peer }));
        process.on('message', () => process.send?.({ sent }));
        process.on('disconnect', () => process.exit());
        return;
    }
    const { sha256, bytes, sources, dieAfter } = task;
    const memory = new MemoryWatch();
    memory.start();
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    let chunks = 0;
    if (task.over === 'http') {
        const signal = new AbortController().signal;
        const fetcher = createBlobFetcher({ blobs, fetch, signal });
        await fetcher.ensure(sha256, sources, { maxBytes: bytes });
    } else {
        await node.blobs.fetch({
            sha256,
            sources,
            maxBytes: bytes,
            take: (path) => blobs.adopt(path, sha256),
            onChunk: () => {
                if (++chunks === dieAfter) process.kill(process.pid, 'SIGKILL');
            },
        });
    }
    const { user, system } = process.cpuUsage(cpu);
    const figures: FetchFigures = {
        elapsedMs: performance.now() - startedAt,
        memory: memory.figures,
        cpuMs: (user + system) / 1000,
        chunks,
    };
    console.log(JSON.stringify(figures));
    process.exit();
}

if (require.main === module) {
    main().catch((error: unknown) => {
        console.error(error);
        process.exit(1);
    });
}
