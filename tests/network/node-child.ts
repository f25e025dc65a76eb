/** A node in a process of its own, which is told what to do by lines of JSON. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keyPairFromSeed } from '@ton/crypto';
import { createNetworkNode } from '../../network';
import { isRelayed } from '../../network/dial';
import type { HashHex } from '../../protocol';

export interface ChildOptions {
    readonly seed: string;
    readonly folder: string;
    readonly listen: readonly string[];
    readonly announce?: readonly string[];
    readonly relays?: number;
    readonly mayRelay?: boolean;
    readonly upnp?: boolean;
    /** STUN servers; WebRTC is spoken where they are given. */
    readonly stun?: readonly string[];
    readonly relayMaxBytes?: number;
}

export type ChildCommand =
    | { readonly do: 'join'; readonly addresses: readonly string[] }
    | { readonly do: 'put'; readonly bytes: number }
    | { readonly do: 'fetch'; readonly sha256: HashHex; readonly sources: readonly string[] }
    | { readonly do: 'echo' }
    | { readonly do: 'look' };

export interface ChildLook {
    readonly peer: string;
    readonly addresses: readonly string[];
    readonly relays: boolean;
    readonly chunks: number;
    readonly sent: number;
    readonly connections: readonly {
        readonly peer: string;
        readonly address: string;
        readonly relayed: boolean;
    }[];
}

async function main(): Promise<void> {
    const options = JSON.parse(process.argv[2] ?? '') as ChildOptions;
    const { folder, relayMaxBytes } = options;
    mkdirSync(folder, { recursive: true });
    let [chunks, sent] = [0, 0];
    const path = (sha256: HashHex) => join(folder, sha256);
    const node = await createNetworkNode({
        nodeKey: keyPairFromSeed(Buffer.from(options.seed, 'hex')).secretKey,
        listen: options.listen,
        announce: options.announce,
        relays: options.relays,
        mayRelay: options.mayRelay,
        upnp: options.upnp,
        ...(options.stun !== undefined && { webRtc: { stun: options.stun } }),
        shelf: {
            async find(sha256) {
                const found = await stat(path(sha256)).catch(() => undefined);
                return found && { path: path(sha256), size: found.size };
            },
        },
        partialFolder: join(folder, 'partial'),
        limits: {
            strangers: { bytesPerSecond: Infinity, burstBytes: Infinity },
            chunkTimeoutMs: 8_000,
            ...(relayMaxBytes === undefined
                ? {}
                : { relay: { maxReservations: 8, maxBytes: relayMaxBytes, maxMs: 600_000 } }),
        },
        onSent: () => sent++,
    });
    const act = async (command: ChildCommand): Promise<unknown> => {
        switch (command.do) {
            case 'join':
                return node.join(command.addresses);
            case 'put': {
                const bytes = createHash('shake256', { outputLength: command.bytes })
                    .update(options.seed)
                    .digest();
                const sha256 = createHash('sha256').update(bytes).digest('hex') as HashHex;
                await writeFile(path(sha256), bytes);
                return sha256;
            }
            case 'fetch': {
                const { sha256, sources } = command;
                const take = (from: string) => rename(from, path(sha256));
                const onChunk = () => void chunks++;
                await node.blobs.fetch({ sha256, sources, maxBytes: 2 ** 30, take, onChunk });
                return true;
            }
            case 'echo':
                await node.http.serve(createServer((asked, answer) => void asked.pipe(answer)));
                return true;
            case 'look': {
                const look: ChildLook = {
                    peer: node.peer.toString(),
                    addresses: node.addresses,
                    relays: node.relays,
                    chunks,
                    sent,
                    connections: node.libp2p.getConnections().map((connection) => ({
                        peer: connection.remotePeer.toString(),
                        address: connection.remoteAddr.toString(),
                        relayed: isRelayed(connection),
                    })),
                };
                return look;
            }
        }
    };
    for await (const line of createInterface(process.stdin)) {
        const { id, command } = JSON.parse(line) as { id: number; command: ChildCommand };
        // Not awaited: a look may come in the middle of a fetch.
        const tell = (answer: object) =>
            process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
        act(command).then(
            (result) => tell({ result }),
            (error: unknown) => tell({ error: error instanceof Error ? error.message : error }),
        );
    }
    process.exit();
}

void main();
