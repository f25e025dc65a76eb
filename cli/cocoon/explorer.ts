import { join } from 'node:path';
import { Command } from 'commander';
import pino from 'pino';
import { version } from '../../package.json';
import { startExplorer } from '../../explorer';
import { type ConfigFlags, configFrom } from '../config';
import { openNetwork } from '../network';
import { serveExplorer } from '../network/serve-explorer';
import { type CommandContext, wholeNumber } from '../terminal';

interface Flags extends ConfigFlags {
    readonly port: number;
    readonly host: string;
    readonly folder?: string;
    readonly publicEndpoint?: string;
    readonly rebuild?: true;
}

/** `cocoon explorer`: an index of the market, its API and its page, on this machine. */
export function explorerCommand(context: CommandContext): Command {
    const command = new Command('explorer')
        .description('show the market: open jobs, bids, prices, providers, checks and faults')
        .option(
            '--port <number>',
            'the port that the page is served on',
            wholeNumber(0, 65_535),
            8050,
        )
        .option('--host <address>', 'the address that it listens on', '127.0.0.1')
        .option('--folder <folder>', 'where the index is kept; in the home unless set')
        .option('--public-endpoint <url>', 'the JSON-RPC that the page names for checking')
        .option('--rebuild', 'make the index from the chain again')
        .addHelpText(
            'after',
            `
Reads the whole market from the configured endpoints and follows it until Ctrl-C; the index is kept,
and the next start goes on where this one ended. Any node can do the same: see provider.explorer.on.

Examples:
  $ cocoon explorer
  $ cocoon explorer --port 8050 --host 0.0.0.0
  $ curl http://127.0.0.1:8050/explorer/api/v1/status`,
        );
    return command.action(() => serve(command.optsWithGlobals<Flags>(), context));
}

async function serve(flags: Flags, context: CommandContext): Promise<void> {
    const { terminal, signal } = context;
    const config = configFrom(flags, context.env);
    terminal.progress(`Connecting to ${config.network.name}…`);
    const network = await openNetwork(config, signal);
    const logger = pino({ level: 'silent' });
    const name = network.market.address.hash.toString('hex').slice(0, 16);
    const explorer = startExplorer({
        ...{ chain: network.chain, deployment: network.deployment, logger, version },
        folder: flags.folder ?? join(config.home.folder, 'explorer', name),
        network: { name: network.name, id: network.id },
        // On this machine its own endpoint can be asked by the page, too.
        publicEndpoint: flags.publicEndpoint ?? localEndpoint(config.network.endpoint),
        rebuild: flags.rebuild,
    });
    try {
        const { port, host } = flags;
        const server = await serveExplorer(explorer, { port, host }, logger);
        const url = server.pageUrl;
        terminal.result({ url, api: `${url}api/v1/` }, `${url} shows the market, until Ctrl-C.`);
        await new Promise<void>((resolve) =>
            signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        await server.close();
    } finally {
        await explorer.stop();
    }
}

/** An endpoint of this machine, which has no key that the page would give away. */
function localEndpoint(endpoint: string): string | undefined {
    const { hostname } = new URL(endpoint);
    return hostname === 'localhost' || hostname === '127.0.0.1' ? endpoint : undefined;
}
