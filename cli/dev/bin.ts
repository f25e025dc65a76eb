#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import pino from 'pino';
import type { ViteDevServer } from 'vite';
import { isCocoonError } from '../../protocol';
import type { Stage } from '../demo/stage';
import { type DevExplorer, startDevExplorer } from './dev-explorer';
import { setDevMarket, siteSettings } from './dev-market';

interface Flags {
    readonly port: number;
    readonly providers: number;
    readonly verifiers: number;
    readonly blockMs: number;
    readonly verbose?: true;
}

const program = new Command('cocoon-dev')
    .description('An embedded chain, a market with real nodes, and the pages, with reload.')
    .option('--port <number>', 'port of the pages', wholeNumber(0, 65_535), 5173)
    .option('--providers <number>', 'nodes that compute', wholeNumber(1, 5), 3)
    .option('--verifiers <number>', 'nodes that check', wholeNumber(0, 7), 3)
    .option('--block-ms <ms>', 'milliseconds between blocks', wholeNumber(50, 60_000), 400)
    .option('--verbose', 'log to standard error');

async function main(): Promise<void> {
    const flags = program.parse().opts<Flags>();
    const interrupted = new Promise<void>((resolve) => {
        process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
    });
    const stage = await setDevMarket({
        ...flags,
        blockIntervalMs: flags.blockMs,
        onStep: (step) => console.log(step),
        ...(flags.verbose && {
            logger: pino({ name: 'dev', level: 'debug' }, pino.destination(2)),
        }),
    });
    let explorer: DevExplorer | undefined;
    let pages: ViteDevServer | undefined;
    try {
        explorer = await startDevExplorer(stage);
        pages = await servePages(stage, explorer, flags.port);
        console.log(greeting(stage, explorer, pages));
        await interrupted;
    } finally {
        await pages?.close();
        await explorer?.stop();
        await stage.stop();
    }
}

/** The pages as they are in the sources, which reload when those change. */
async function servePages(
    stage: Stage,
    { page }: DevExplorer,
    port: number,
): Promise<ViteDevServer> {
    const { createServer } = await import('vite');
    const root = join(findProject(__dirname), 'web');
    process.env['COCOON_SITE'] = siteSettings(stage, page);
    const server = await createServer({
        ...{ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' },
        server: { port, host: '127.0.0.1' },
    });
    return server.listen();
}

/** Looks upwards, since sources and their compiled form stand at different depths. */
function findProject(from: string): string {
    if (existsSync(join(from, 'web', 'vite.config.ts'))) return from;
    if (dirname(from) === from) throw new Error('The folder web/ of the project is missing.');
    return findProject(dirname(from));
}

function greeting(
    { devnet, market, operators }: Stage,
    explorer: DevExplorer,
    pages: ViteDevServer,
): string {
    const [page = ''] = pages.resolvedUrls?.local ?? [];
    return [
        '',
        `  page      ${page}`,
        `  explorer  ${page}${explorer.page}`,
        `  chain     ${devnet.endpoint}`,
        `  market    ${market.address.toString({ testOnly: true })}`,
        ...operators.map(({ name, provider }) => `  ${name.padEnd(8)}  ${provider.url}`),
        '',
        'Connect the development wallet there; the faucet of the chain pays it. Stop with Ctrl-C.',
    ].join('\n');
}

function wholeNumber(min: number, max: number): (text: string) => number {
    return (text) => {
        const value = Number(text);
        if (/^\d{1,5}$/.test(text) && value >= min && value <= max) return value;
        throw new InvalidArgumentError(`Not a whole number from ${min} to ${max}.`);
    };
}

main().catch((error: unknown) => {
    if (isCocoonError(error)) console.error(`${error.message} ${error.hint}`);
    else console.error(error);
    process.exitCode = 1;
});
