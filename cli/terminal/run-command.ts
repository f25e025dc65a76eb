import { type Command, CommanderError } from 'commander';
import { AlreadyToldError, InterruptedError, OutputClosedError, UsageError } from './errors';
import { createTerminal, type Surroundings, type Terminal, type TerminalMode } from './terminal';

/** What a verb works with. */
export interface CommandContext {
    readonly terminal: Terminal;
    /** Aborts at the first SIGINT or SIGTERM, with an InterruptedError. */
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Something to close when the verb has ended, however it ended. */
    readonly atEnd: (close: () => Promise<void>) => void;
}

/** Exit codes of all commands. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export const EXIT_HELP =
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n' +
    'COCOON_DEBUG=1 shows where an error comes from; NO_COLOR=1 turns colours off.';

export interface RunCommandOptions {
    /** Makes the program with its verbs; `--json`, `--yes` and `--quiet` are added to it here. */
    readonly program: (context: CommandContext) => Command;
    /** What the user typed after the name of the command; that of this process unless set. */
    readonly argv?: readonly string[];
    readonly surroundings?: Surroundings;
}

/**
 * Runs a command to its end. Every error becomes a sentence and a hint, or under `--json` one
 * document `{"error":{"code","message","hint"}}`. The first SIGINT or SIGTERM aborts the signal of
 * the verb, the second SIGINT ends the process at once. Nothing is thrown.
 *
 * @returns the exit code, see `EXIT`
 */
export async function runCommand(options: RunCommandOptions): Promise<number> {
    const { argv = process.argv.slice(2), surroundings = process } = options;
    const { stdout, stderr, env } = surroundings;
    const ending = new AbortController();
    const { signal } = ending;
    let mode: TerminalMode = {
        json: argv.includes('--json'),
        yes: false,
        quiet: false,
    };
    const terminal = createTerminal(surroundings, () => mode, signal);
    const closings: (() => Promise<void>)[] = [];
    const atEnd = (close: () => Promise<void>) => void closings.push(close);
    const program = options.program({ terminal, signal, env, atEnd });
    addCommonOptions(program);
    for (const command of withSubcommands(program)) {
        command.exitOverride().showHelpAfterError(false);
        command.configureHelp({ showGlobalOptions: true });
        command.configureOutput({
            writeOut: (text) => void stdout.write(text),
            // Errors are told below, in the form that was asked for.
            writeErr: (text) => void (mode.json || stderr.write(text)),
            outputError: () => undefined,
        });
    }
    program.hook('preAction', (_program, verb) => {
        const flags = verb.optsWithGlobals<Partial<TerminalMode>>();
        mode = { json: !!flags.json, yes: !!flags.yes, quiet: !!flags.quiet };
    });

    const release = [onSignals(ending), onBrokenPipe(stdout, ending)];
    try {
        await program.parseAsync(argv, { from: 'user' });
        terminal.settle();
        return EXIT.ok;
    } catch (error) {
        return exitCodeFor(error, terminal, surroundings);
    } finally {
        // What cannot be closed ends with the process.
        await Promise.allSettled(closings.map((close) => close()));
        for (const undo of release) undo();
    }
}

/**
 * The action of a verb: gets its flags, those of the program included, and its arguments.
 *
 * @example
 * program.command('show <file>').action(action<Flags>((flags, [file]) => show(flags, file)));
 */
export function action<F>(
    work: (flags: F, args: readonly string[]) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
    return (...given) => {
        const command = given[given.length - 1] as Command;
        return work(command.optsWithGlobals<F & Record<string, unknown>>(), command.args);
    };
}

function addCommonOptions(program: Command): void {
    program
        .option('--json', 'print JSON on standard output, and nothing else there')
        .option('-y, --yes', 'answer all questions with yes')
        .option('-q, --quiet', 'no notes and no progress')
        .addHelpText('after', `\n${EXIT_HELP}`);
}

function exitCodeFor(error: unknown, terminal: Terminal, { stderr, env }: Surroundings): number {
    if (error instanceof OutputClosedError) return EXIT.ok;
    if (error instanceof AlreadyToldError) {
        terminal.settle();
        return EXIT.failed;
    }
    if (error instanceof CommanderError) {
        if (error.exitCode === 0) return EXIT.ok;
        // Without a verb commander has shown the help.
        const missing = error.code === 'commander.help';
        const message = missing ? 'Say what to do.' : sentence(error.message);
        if (!missing || terminal.mode.json) terminal.fail(new UsageError(message));
        return EXIT.usage;
    }
    if (env['COCOON_DEBUG'] === '1' && error instanceof Error) {
        stderr.write(`${error.stack ?? error.message}\n`);
        if (error.cause instanceof Error) stderr.write(`Caused by: ${error.cause.stack}\n`);
    }
    terminal.fail(error);
    if (error instanceof InterruptedError) return EXIT.interrupted;
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

function sentence(message: string): string {
    const text = message.replace(/^error: /, '').trim();
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? '' : '.'}`;
}

function withSubcommands(command: Command): Command[] {
    return [command, ...command.commands.flatMap(withSubcommands)];
}

function onSignals(ending: AbortController): () => void {
    let interrupts = 0;
    const interrupt = () => {
        interrupts += 1;
        if (interrupts > 1) process.exit(EXIT.interrupted);
        ending.abort(new InterruptedError());
    };
    const terminate = () => ending.abort(new InterruptedError());
    process.on('SIGINT', interrupt).on('SIGTERM', terminate);
    return () => void process.off('SIGINT', interrupt).off('SIGTERM', terminate);
}

/** A reader such as `head` may leave early, which is no error of ours. */
function onBrokenPipe(stdout: NodeJS.WriteStream, ending: AbortController): () => void {
    const closed = (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') throw error;
        ending.abort(new OutputClosedError());
    };
    stdout.on('error', closed);
    // The failed write may be told after the end of the command.
    return () => void stdout.off('error', closed).on('error', () => undefined);
}
