/** A provider in a process of its own, in the peer-to-peer network with the limits of every node. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Address } from '@ton/core';
import { createProvider } from '../../../provider';
import { createPeerNetwork } from '../../../provider/peer-network';
import { createRuntime } from '../../../runtime';
import { connect, withPeers } from '../../../sdk';
import { createBlobStore } from '../../../sdk/node';

export interface LoadedNodeSettings {
    readonly endpoint: string;
    readonly market: string;
    readonly stake: string;
    /** Hex. */
    readonly nodeKey: string;
    readonly secret: string;
    readonly folder: string;
    readonly workerPath: string;
    readonly nanoPerItem: string;
    /** A blob to be served to everybody, bytes. */
    readonly largeBlobBytes: number;
}

export interface NodeReady {
    readonly url: string;
    readonly addresses: readonly string[];
    readonly largeBlob: string;
}

export interface NodeLook {
    readonly rssMiB: number;
    readonly heapMiB: number;
    readonly buffersMiB: number;
    readonly connections: number;
    readonly streams: number;
    /** Errors that nobody caught, which would have ended a node. */
    readonly uncaught: readonly string[];
    /** The longest that the event loop stood still since the last look, milliseconds. */
    readonly stalledMs: number;
    /** What was refused, by reason. */
    readonly refused: Readonly<Record<string, number>>;
}

const MIB = 1024 ** 2;
const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(String(error?.stack)));
process.on('unhandledRejection', (error) =>
    uncaught.push(String(error instanceof Error ? error.stack : error)),
);

function say(answer: object): void {
    writeSync(1, `${JSON.stringify(answer)}\n`);
}

async function main(settings: LoadedNodeSettings): Promise<void> {
    const { folder, workerPath } = settings;
    const blobs = createBlobStore({ folder: join(folder, 'blobs') });
    const largeBlob = await blobs.write(Buffer.alloc(settings.largeBlobBytes, 'cocoon'));
    const nodeKey = Buffer.from(settings.nodeKey, 'hex');
    const own = await createPeerNetwork({
        ...{ blobs, nodeKey, allowPrivate: true },
        listen: ['/ip4/127.0.0.1/tcp/0'],
        partialFolder: join(folder, 'partial'),
    });
    const runtime = createRuntime({ processes: 1, workerPath });
    const provider = createProvider({
        chain: connect(settings.endpoint, { pollMs: 100 }),
        market: Address.parse(settings.market),
        stake: Address.parse(settings.stake),
        network: -3,
        secret: Buffer.from(settings.secret, 'hex'),
        ...{ nodeKey, runtime, blobs, byKeyOnly: true },
        stateFolder: join(folder, 'state'),
        pricing: { kind: 'per-item', nano: BigInt(settings.nanoPerItem) },
        fetch: withPeers(fetch, (url, init) => own.http.fetch(url, init)),
        peers: {
            fetch: (request) => own.blobs.fetch(request),
            serve: (server) => own.http.serve(server),
        },
    });
    await provider.start();
    let stalledMs = 0;
    let last = performance.now();
    setInterval(() => {
        const now = performance.now();
        stalledMs = Math.max(stalledMs, now - last - 20);
        last = now;
    }, 20).unref();
    const look = (): NodeLook => {
        const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
        const connections = own.libp2p.getConnections();
        const longest = stalledMs;
        stalledMs = 0;
        return {
            rssMiB: rss / MIB,
            heapMiB: heapUsed / MIB,
            buffersMiB: arrayBuffers / MIB,
            connections: connections.length,
            streams: connections.reduce((sum, { streams }) => sum + streams.length, 0),
            uncaught,
            stalledMs: longest,
            refused: own.refused ?? {},
        };
    };
    const ready: NodeReady = { url: provider.url, addresses: own.addresses, largeBlob };
    say(ready);
    for await (const line of createInterface(process.stdin)) {
        if (line === 'collect') globalThis.gc?.();
        if (line === 'look' || line === 'collect') say(look());
    }
    await provider.stop();
    await own.stop();
    await runtime.stop();
    process.exit();
}

void main(JSON.parse(process.argv[2] ?? '') as LoadedNodeSettings);
