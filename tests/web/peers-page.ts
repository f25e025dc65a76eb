import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Page } from 'playwright-core';
import type { PeersOptions, WebPeers } from '../../network/browser';

const ROOT = join(__dirname, '..', '..');

/** What the address of a page ends in that is told of nobody. */
export const ALONE = '?alone';
export const PEERS_HTML =
    '<!doctype html><title>A page</title><script type="module" src="/page.js"></script>';

interface PageWindow {
    readonly peers: WebPeers;
}

/** The script of a page with `cocoon/peers` and nothing else. */
export function peersScript(options: PeersOptions): Buffer {
    const { outputFiles } = buildSync({
        stdin: {
            contents: `import { createPeers } from './network/browser';
                const options = ${JSON.stringify(options)};
                if (location.search === '${ALONE}') delete options.join;
                window.peers = createPeers(options);`,
            resolveDir: ROOT,
        },
        ...{ bundle: true, write: false, format: 'esm', platform: 'browser' },
    });
    const [{ contents = new Uint8Array() } = {}] = outputFiles;
    return Buffer.from(contents);
}

/** What a peer answers to such a page over HTTP. */
export function askPeer(page: Page, peer: string, body: string): Promise<string> {
    return page.evaluate(
        async ([to, sent]) => {
            const { peers } = globalThis as unknown as PageWindow;
            const init = { method: 'PUT', body: sent };
            const answer = await peers.fetch(`p2p://${to}/`, init, () => Promise.resolve([]));
            return answer.text();
        },
        [peer, body] as const,
    );
}
