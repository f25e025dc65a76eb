import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { version } from '../../package.json';
import { startExplorer } from '../../explorer';
import type { Stage } from '../demo/stage';
import { serveExplorer } from '../network/serve-explorer';

/** An index of a market, for the explorer's page on another server. */
export interface DevExplorer {
    /** The page beside the dApp's, told which index to read. */
    readonly page: string;
    stop(): Promise<void>;
}

export async function startDevExplorer({ chain, deployment, devnet }: Stage): Promise<DevExplorer> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-dev-explorer-'));
    const logger = pino({ level: 'silent' });
    const explorer = startExplorer({
        ...{ chain, deployment, logger, version, folder },
        network: { name: 'devnet', id: -3 },
        publicEndpoint: devnet.endpoint,
    });
    const server = await serveExplorer(explorer, { port: 0, host: '127.0.0.1' }, logger);
    return {
        page: `explorer.html?node=${encodeURIComponent(server.pageUrl)}`,
        async stop() {
            await server.close();
            await explorer.stop();
            rmSync(folder, { recursive: true, force: true });
        },
    };
}
