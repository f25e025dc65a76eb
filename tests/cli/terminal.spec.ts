import { Command } from 'commander';
import { Address } from '@ton/core';
import {
    action,
    type CommandContext,
    formatBytes,
    formatDuration,
    jsonText,
    runCommand,
    wholeNumber,
} from '../../cli/terminal';
import { CocoonError } from '../../protocol';
import { type Streams, streams } from './terminal-streams';

class Broken extends CocoonError {
    override readonly name = 'Broken';
    readonly code = 'BROKEN';

    constructor() {
        super('It is broken.', { hint: 'Mend it.' });
    }
}

type Work = (
    context: CommandContext,
    flags: Record<string, unknown>,
    args: readonly string[],
) => unknown;

/** Runs a program with one verb that does the given work. */
async function run(
    argv: readonly string[],
    work: Work = () => undefined,
    world: Streams = streams(),
) {
    const code = await runCommand({
        argv,
        surroundings: world.surroundings,
        program: (context) => {
            const program = new Command('thing').version('1.2.3').option('--home <folder>', 'home');
            program
                .command('do [what]')
                .option('--count <n>', 'how often', wholeNumber(1, 9))
                .action(
                    action<Record<string, unknown>>(async (flags, args) => {
                        await work(context, flags, args);
                    }),
                );
            return program;
        },
    });
    return { code, out: world.out(), err: world.err() };
}

const fail = (error: unknown): Work => {
    return () => {
        throw error;
    };
};

describe('A command', () => {
    it('ends with 0, its result on standard output and its notes on standard error', async () => {
        const work: Work = ({ terminal }) => {
            terminal.note('On the way.');
            terminal.result({ sum: 1n }, 'The sum is 1.');
        };
        expect(await run(['do'], work)).toEqual({
            code: 0,
            out: 'The sum is 1.\n',
            err: 'On the way.\n',
        });
        expect(await run(['do', '--json', '--quiet'], work)).toEqual({
            code: 0,
            out: '{"sum":"1"}\n',
            err: '',
        });
    });

    it('gets the flags of the program wherever they stand, and its arguments', async () => {
        let seen: unknown;
        const work: Work = (_context, flags, args) => void (seen = { flags, args });
        await run(['--home', '/a', 'do', 'it', '--count', '3', '--yes'], work);
        expect(seen).toEqual({ flags: { home: '/a', count: 3, yes: true }, args: ['it'] });
        await run(['do', '--home', '/b'], work);
        expect(seen).toMatchObject({ flags: { home: '/b' } });
    });

    it('ends with 1 and a sentence and a hint, without a stack', async () => {
        const { code, out, err } = await run(['do'], fail(new Broken()));
        expect({ code, out, err }).toEqual({
            code: 1,
            out: '',
            err: 'Error: It is broken.\nMend it.\n',
        });
        const strange = await run(['do'], fail(new TypeError('x is no function')));
        expect(strange.code).toBe(1);
        expect(strange.err).toBe(
            'Error: x is no function\nSet COCOON_DEBUG=1 and run it again to see where it happened.\n',
        );
    });

    it('shows where an error comes from when COCOON_DEBUG says so', async () => {
        const { err } = await run(['do'], fail(new TypeError('x')), streams({ COCOON_DEBUG: '1' }));
        expect(err).toContain('terminal.spec.ts');
    });

    it('tells errors as one JSON document on standard output under --json', async () => {
        const { code, out, err } = await run(['do', '--json'], fail(new Broken()));
        expect(JSON.parse(out)).toEqual({
            error: { code: 'BROKEN', message: 'It is broken.', hint: 'Mend it.' },
        });
        expect({ code, err }).toEqual({ code: 1, err: '' });
    });

    it('ends with 2 when it is used wrongly, also under --json', async () => {
        for (const argv of [
            ['dance'],
            ['do', '--nothing'],
            ['do', '--count', '10'],
            ['do', 'a', 'b'],
            [],
        ]) {
            expect((await run(argv)).code).toBe(2);
            const { code, out } = await run([...argv, '--json']);
            expect(code).toBe(2);
            expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE' } });
        }
        const { err } = await run(['do', '--count', '10']);
        expect(err).toContain('It is a whole number from 1 to 9.');
    });

    it('explains itself and its exit codes with --help, and ends with 0', async () => {
        for (const argv of [['--help'], ['help'], ['do', '--help']]) {
            const { code, out } = await run(argv);
            expect(code).toBe(0);
            expect(out).toContain('--json');
        }
        expect((await run(['--help'])).out).toContain('130 interrupted');
        expect(await run(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
    });

    it('ends with 130 when a signal stops it, and hears no signals afterwards', async () => {
        const before = process.listenerCount('SIGINT');
        const work: Work = ({ signal }) =>
            new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => reject(signal.reason as Error));
                process.emit('SIGTERM');
            });
        const { code, err } = await run(['do'], work);
        expect(code).toBe(130);
        expect(err).toContain('Interrupted.');
        expect(process.listenerCount('SIGINT')).toBe(before);
    });

    it('ends quietly when nobody reads its output any more', async () => {
        const world = streams();
        const work: Work = ({ signal }) =>
            new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => reject(signal.reason as Error));
                const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
                world.surroundings.stdout.emit('error', gone);
            });
        expect(await run(['do'], work, world)).toEqual({ code: 0, out: '', err: '' });
    });
});

describe('A question', () => {
    it('is not asked where nobody can answer, unless --yes did', async () => {
        let done = 0;
        const work: Work = async ({ terminal }) => {
            await terminal.confirm('Send 5 GRAM?');
            done += 1;
        };
        const { code, err } = await run(['do'], work);
        expect({ code, done }).toEqual({ code: 1, done: 0 });
        expect(err).toContain('Somebody has to answer "Send 5 GRAM?"');
        expect(err).toContain('Add --yes');
        expect((await run(['do', '-y'], work)).code).toBe(0);
        expect(done).toBe(1);
    });

    it('is asked on a terminal, on standard error', async () => {
        const world = streams({}, true);
        const stdin = world.surroundings.stdin as unknown as NodeJS.WritableStream;
        const work: Work = async ({ terminal }) => {
            const answer = terminal.confirm('Send 5 GRAM?');
            stdin.write('n\r');
            await answer;
        };
        const { code, out, err } = await run(['do'], work, world);
        expect({ code, out }).toEqual({ code: 1, out: '' });
        expect(err).toContain('Send 5 GRAM?');
        expect(err).toContain('Nothing was done.');
    });

    it('for a secret does not show the answer', async () => {
        const world = streams({}, true);
        const stdin = world.surroundings.stdin as unknown as NodeJS.WritableStream;
        let answer = '';
        const work: Work = async ({ terminal }) => {
            const asked = terminal.secret('Passphrase:', 'elsewhere');
            stdin.write('hush hush\r');
            answer = await asked;
        };
        const { out, err } = await run(['do'], work, world);
        expect(answer).toBe('hush hush');
        expect(out + err).not.toContain('hush');
    });
});

describe('Progress', () => {
    const work: Work = ({ terminal }) => {
        terminal.progress('1 of 2');
        terminal.progress('1 of 2');
        terminal.progress('2 of 2');
        terminal.note('Done.');
    };

    it('is one changing line on a terminal, and plain lines elsewhere', async () => {
        const onTerminal = await run(['do'], work, streams({}, true));
        expect(onTerminal.err).toBe('\r\u001b[2K1 of 2\r\u001b[2K2 of 2\nDone.\n');
        expect((await run(['do'], work)).err).toBe('1 of 2\n2 of 2\nDone.\n');
    });

    it('is not shown with --quiet', async () => {
        expect((await run(['do', '-q'], work)).err).toBe('');
    });
});

describe('Colours', () => {
    const work: Work = ({ terminal }) => terminal.result({}, terminal.paint('red', 'hot'));

    it('are for terminals alone, and not where NO_COLOR is set', async () => {
        expect((await run(['do'], work)).out).toBe('hot\n');
        expect((await run(['do'], work, streams({}, true))).out).toBe('\u001b[31mhot\u001b[39m\n');
        expect((await run(['do'], work, streams({ NO_COLOR: '1' }, true))).out).toBe('hot\n');
        expect((await run(['do'], work, streams({ TERM: 'dumb' }, true))).out).toBe('hot\n');
    });
});

describe('Text', () => {
    it('has amounts, addresses, bytes and times that JSON can hold', () => {
        const address = Address.parse(`0:${'11'.repeat(32)}`);
        const value = {
            nano: 10n ** 20n,
            address,
            bytes: new Uint8Array([1, 255]),
            list: [1n],
            none: undefined,
        };
        expect(JSON.parse(jsonText(value))).toEqual({
            nano: '100000000000000000000',
            address: address.toString(),
            bytes: '01ff',
            list: ['1'],
        });
    });

    it('has durations and sizes in units that people use', () => {
        const day = 86_400_000;
        expect(
            [0, 350, 12_000, 125_000, 3_600_000, 14 * day, day + 60_000].map(formatDuration),
        ).toEqual(['0 s', '0.35 s', '12 s', '2 min 5 s', '1 h', '14 d', '1 d 1 min']);
        expect([0, 1023, 1024, 3.25 * 1024 ** 3].map(formatBytes)).toEqual([
            '0 bytes',
            '1023 bytes',
            '1 KiB',
            '3.3 GiB',
        ]);
    });
});
