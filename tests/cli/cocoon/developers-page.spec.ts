import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toNano } from '@ton/core';
import { mnemonicNew } from '@ton/crypto';
import { buildSync } from 'esbuild';
import { Secret } from '../../../cli/keystore';
import { walletAddress } from '../../../cli/network';
import { decodeTicket } from '../../../sdk';
import { ROOT, startMarket } from './world';

const PAGE = readFileSync(join(ROOT, 'docs', 'developers.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'cocoon-developers-'));
const bundle = join(ROOT, 'node_modules', '.cache', `developers-page-${process.pid}`);

afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(bundle, { recursive: true, force: true });
});

/** Compiles a program that imports the package by its name, as its users do. */
function compile(source: string): string {
    mkdirSync(bundle, { recursive: true });
    const outfile = join(bundle, 'program.js');
    const doors = ['sdk/node', 'models/node', 'models', 'protocol', 'wrappers'];
    buildSync({
        stdin: { contents: source, loader: 'ts', resolveDir: ROOT },
        outfile,
        bundle: true,
        packages: 'external',
        alias: {
            ...Object.fromEntries(doors.map((door) => [`cocoon/${door}`, `./${door}/index.ts`])),
            cocoon: './sdk/index.ts',
        },
        platform: 'node',
        format: 'cjs',
        target: 'node20',
        logLevel: 'error',
    });
    return outfile;
}

describe('The guide for developers', () => {
    it('has a program that does what it says', async () => {
        const [, source = ''] = /```ts\n([\s\S]*?)```/.exec(PAGE) ?? [];
        const program = compile(source);
        const words = await mnemonicNew(24);
        const stage = await startMarket();
        try {
            const address = await walletAddress(-3, new Secret<readonly string[]>(words));
            await stage.devnet.faucet(address, toNano('5'));
            const { stdout } = await promisify(execFile)(process.execPath, [program], {
                timeout: 60_000,
                env: {
                    PATH: process.env['PATH'],
                    ENDPOINT: stage.devnet.endpoint,
                    MARKET: stage.market.address.toString(),
                    WORDS: words.join(' '),
                    FOLDER: folder,
                },
            });
            expect(stdout).toMatch(/^0 0\.\d+\n1 0\.\d+\npaid 200000n\n$/);
            const ticket = decodeTicket(readFileSync(join(folder, 'ticket.json'), 'utf8'));
            expect(ticket.jobId).toBe(0);
        } finally {
            await stage.stop();
        }
    }, 120_000);

    it('names only commands that there are', () => {
        const commands = readFileSync(join(ROOT, 'docs', 'commands.md'), 'utf8');
        const named = [...PAGE.matchAll(/`cocoon ([a-z]+)/g)].map(
            ([, verb]) => `### cocoon ${verb}\n`,
        );
        expect(named.length).toBeGreaterThan(5);
        expect(named.filter((head) => !commands.includes(head))).toEqual([]);
    });
});
