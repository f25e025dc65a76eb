import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { buildSync } from 'esbuild';
import { commandsPage, type ReadHelp, verbsIn } from '../../../cli/cocoon/help-pages';
import { createProgram } from '../../../cli/cocoon/program';
import { providerProgram, verifierProgram } from '../../../cli/provider';
import { type CommandContext, EXIT, runCommand } from '../../../cli/terminal';
import { streams } from '../terminal-streams';
import { ROOT } from './world';

const FILE = join(ROOT, 'docs', 'commands.md');
const bundle = join(ROOT, 'node_modules', '.cache', `commands-page-${process.pid}`);

afterAll(() => rmSync(bundle, { recursive: true, force: true }));

/** The help of a command, as a user reads it. */
function helpOf(program: (context: CommandContext) => Command): ReadHelp {
    return async (verbs) => {
        const output = streams();
        const code = await runCommand({
            program,
            argv: [...verbs, '--help'],
            surroundings: output.surroundings,
        });
        expect(code).toBe(EXIT.ok);
        return output.out();
    };
}

/** The same of a command that is a file to run. */
function helpOfFile(entry: string): ReadHelp {
    const outfile = join(bundle, 'bin.js');
    return async (verbs) => {
        mkdirSync(bundle, { recursive: true });
        buildSync({
            entryPoints: [join(ROOT, entry)],
            outfile,
            bundle: true,
            packages: 'external',
            platform: 'node',
            format: 'cjs',
            target: 'node20',
            logLevel: 'error',
        });
        const run = promisify(execFile);
        const { stdout } = await run(process.execPath, [outfile, ...verbs, '--help']);
        return stdout;
    };
}

describe('The page of commands', () => {
    it('is what the commands say: run `npm run docs:update` after a change of their help', async () => {
        const page = await commandsPage([
            {
                name: 'cocoon',
                intro: 'For people who have work: [developers.md](developers.md) is their guide.',
                help: helpOf(createProgram),
            },
            {
                name: 'cocoon-provider',
                intro: 'For people who have a computer: [owners.md](owners.md) is their guide.',
                help: helpOf(providerProgram),
            },
            {
                name: 'cocoon-verifier',
                intro: 'For people who check results: [verifier.md](verifier.md) says how.',
                help: helpOf(verifierProgram),
            },
            {
                name: 'cocoon-devnet',
                intro: 'A chain on one machine: [devnet.md](devnet.md) says what it does.',
                help: helpOfFile('devnet/bin.ts'),
            },
        ]);
        if (process.env['UPDATE_COMMANDS_PAGE'] !== undefined) writeFileSync(FILE, page);
        expect(page).toBe(readFileSync(FILE, 'utf8'));
    }, 120_000);

    it('finds the verbs in a help text', () => {
        const text =
            'Usage: x\n\nCommands:\n  run [options] <model>  runs it\n                  and more\n  help [command]  this\n\nEnd\n';
        expect(verbsIn(text)).toEqual(['run']);
        expect(verbsIn('Usage: x\n')).toEqual([]);
    });
});
