import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { create } from 'tar';

/** Answers one request of the registry. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A package registry on this machine, with the pages that a test puts into it. */
export interface Registry {
    readonly url: string;
    /** Paths that were asked for, in order. */
    readonly asked: string[];
    /** Serves bytes, JSON or whatever a function does at a path. */
    put(path: string, content: Uint8Array | object | Answer): void;
    /** Publishes a package: its description, and its tarball at `/<name>/-/package.tgz`. */
    publish(name: string, version: string, tarball: Uint8Array): void;
    stop(): Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
    const pages = new Map<string, Answer>();
    const asked: string[] = [];
    const server = createServer((request, response) => {
        const path = request.url ?? '';
        asked.push(path);
        const answer = pages.get(path);
        if (answer !== undefined) return answer(request, response);
        response.writeHead(404).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const registry: Registry = {
        url,
        asked,
        put(path, content) {
            if (typeof content === 'function') pages.set(path, content as Answer);
            else {
                const bytes =
                    content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
                pages.set(path, (_, response) => void response.end(bytes));
            }
        },
        publish(name, version, tarball) {
            const path = `/${name}/-/package.tgz`;
            registry.put(path, tarball);
            registry.put(`/${name.replace('/', '%2f')}/${version}`, {
                name,
                version,
                dist: { tarball: `${url}${path}` },
            });
        },
        async stop() {
            server.closeAllConnections();
            server.close();
            await once(server, 'close');
        },
    };
    return registry;
}

/** A tarball of these files below one top folder, as npm makes them. */
export async function pack(
    files: Readonly<Record<string, string | Uint8Array>>,
    top = 'package',
): Promise<Uint8Array> {
    const folder = await mkdtemp(join(tmpdir(), 'cocoon-pack-'));
    try {
        for (const [path, content] of Object.entries(files)) {
            const file = join(folder, top, path);
            await mkdir(dirname(file), { recursive: true });
            await writeFile(file, content);
        }
        return await buffer(create({ gzip: true, cwd: folder, portable: true }, [top]));
    } finally {
        await rm(folder, { recursive: true });
    }
}
