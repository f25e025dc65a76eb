import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'express';
import pino from 'pino';
import { type Explorer, EXPLORER_PATH, type ExplorerOptions, startExplorer } from '../../explorer';
import { listenGuarded } from '../../provider/http';
import { createApp, type Listening } from '../../sdk/node';

/** Built by `npm run build:web`. */
export const PAGES = join(__dirname, '..', '..', 'dist', 'web');

/** An explorer on a port of its own, as `cocoon explorer` serves it. */
export class ServedExplorer {
    private constructor(
        readonly explorer: Explorer,
        private readonly server: Listening,
        private readonly folder: string,
    ) {}

    static async start(
        options: Pick<ExplorerOptions, 'chain' | 'deployment'> & Partial<ExplorerOptions>,
    ): Promise<ServedExplorer> {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-explorer-'));
        const explorer = startExplorer({
            folder,
            network: { name: 'devnet', id: -3 },
            version: 'test',
            pages: PAGES,
            ...options,
        });
        const routes = Router().use(EXPLORER_PATH, explorer.routes);
        const app = createApp([routes], pino({ level: 'silent' }));
        const server = await listenGuarded(app, { port: 0, host: '127.0.0.1' });
        return new ServedExplorer(explorer, server, folder);
    }

    get url(): string {
        return `${this.server.url}${EXPLORER_PATH}/`;
    }

    async caughtUp(jobs = 0, patienceMs = 30_000): Promise<void> {
        const end = Date.now() + patienceMs;
        for (;;) {
            const { caughtUp, counts } = this.explorer.status();
            if (caughtUp && counts.jobs >= jobs) return;
            if (Date.now() > end) throw new Error('The index does not catch up.');
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    async stop(): Promise<void> {
        await this.server.close();
        await this.explorer.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
