import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import { createNetworkNode, type NetworkNode, type NetworkNodeOptions } from '../../network';
import type { HashHex } from '../../protocol';

export const MIB = 1024 ** 2;

/** A node with a folder of blobs. */
export interface TestNode extends NetworkNode {
    readonly folder: string;
    /** Bytes that were sent to others. */
    readonly sent: number[];
    put(bytes: Uint8Array): HashHex;
    path(sha256: HashHex): string;
    /** First address on loopback. */
    readonly address: string;
}

/** Nodes on loopback that are stopped together. */
export class NetworkWorld {
    readonly folder = mkdtempSync(join(tmpdir(), 'cocoon-network-'));
    readonly #nodes: NetworkNode[] = [];

    async node(options: Partial<NetworkNodeOptions> = {}): Promise<TestNode> {
        const folder = join(this.folder, `node-${this.#nodes.length}`);
        mkdirSync(folder);
        const sent: number[] = [];
        const path = (sha256: HashHex) => join(folder, sha256);
        const node = await createNetworkNode({
            nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
            listen: ['/ip4/127.0.0.1/tcp/0'],
            allowPrivate: true,
            shelf: {
                async find(sha256) {
                    const found = await stat(path(sha256)).catch(() => undefined);
                    return found && { path: path(sha256), size: found.size };
                },
            },
            partialFolder: join(folder, 'partial'),
            onSent: (_, bytes) => void sent.push(bytes),
            ...options,
        });
        this.#nodes.push(node);
        return Object.assign(Object.create(node) as NetworkNode, {
            folder,
            sent,
            path,
            put(bytes: Uint8Array) {
                const sha256 = createHash('sha256').update(bytes).digest('hex') as HashHex;
                writeFileSync(path(sha256), bytes);
                return sha256;
            },
            get address() {
                return node.addresses[0] as string;
            },
        });
    }

    async stop(): Promise<void> {
        await Promise.all(this.#nodes.map((node) => node.stop()));
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** Fetches into the folder of a node. */
export function fetchTo(
    node: TestNode,
    sha256: HashHex,
    sources: readonly string[],
    more: { maxBytes?: number; signal?: AbortSignal; onChunk?: (peer: string) => void } = {},
): Promise<void> {
    const take = (from: string) => rename(from, node.path(sha256));
    return node.blobs.fetch({ sha256, sources, maxBytes: 1024 * MIB, take, ...more });
}
