import confirmPrompt from '@inquirer/confirm';
import passwordPrompt from '@inquirer/password';
import { DeclinedError, InterruptedError, NotInteractiveError } from './errors';
import { failureOf, jsonText } from './json';
import { createPaint, type Paint } from './paint';

/** Where a command reads and writes, and what its environment says. */
export interface Surroundings {
    readonly stdin: NodeJS.ReadStream;
    readonly stdout: NodeJS.WriteStream;
    readonly stderr: NodeJS.WriteStream;
    readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a command was told to talk. */
export interface TerminalMode {
    /** JSON on standard output and nothing else there. */
    readonly json: boolean;
    /** No questions: yes to all. */
    readonly yes: boolean;
    /** No notes and no progress. */
    readonly quiet: boolean;
}

/**
 * What a command says and asks. Results go to standard output; notes, progress and questions go to
 * standard error, so that output can be piped.
 */
export interface Terminal {
    readonly mode: TerminalMode;
    /** Whether somebody can answer questions. */
    readonly interactive: boolean;
    /** Colours for standard output. */
    readonly paint: Paint;
    /** A result: `value` on one line of JSON under `--json`, otherwise `text`. */
    result(value: unknown, text: string): void;
    /** Something that its reader should know. */
    note(text: string): void;
    /** Something that its reader should do something about; shown under `--quiet` too. */
    warn(text: string): void;
    /** What is going on now: one line that changes on a terminal, plain lines otherwise. */
    progress(text: string): void;
    /** Ends a line of progress. */
    settle(): void;
    /** Says what went wrong, and what to do. */
    fail(error: unknown): void;
    /**
     * Asks before something that cannot be undone; `--yes` answers.
     *
     * @throws DeclinedError, InterruptedError, NotInteractiveError
     */
    confirm(question: string): Promise<void>;
    /**
     * Asks for something that is not shown.
     *
     * @param elsewhere - what to do where nobody can be asked
     * @param check - the reason why an answer will not do
     * @throws InterruptedError, NotInteractiveError
     */
    secret(
        question: string,
        elsewhere: string,
        check?: (answer: string) => string | undefined,
    ): Promise<string>;
}

/** @param mode - asked each time: the arguments are read after the terminal was made */
export function createTerminal(
    { stdin, stdout, stderr, env }: Surroundings,
    mode: () => TerminalMode,
    signal?: AbortSignal,
): Terminal {
    const errorPaint = createPaint(stderr, env);
    const interactive = stdin.isTTY && stderr.isTTY;
    /** The line of progress that stands on the terminal, or was the last one. */
    let standing = '';

    const settle = () => {
        if (standing !== '' && stderr.isTTY) stderr.write('\n');
        standing = '';
    };
    const write = (text: string) => {
        settle();
        stderr.write(`${text}\n`);
    };
    const progress = (text: string) => {
        if (mode().quiet || text === standing) return;
        standing = text;
        if (!stderr.isTTY) return void stderr.write(`${text}\n`);
        const shown = text.slice(0, Math.max(20, (stderr.columns || 80) - 1));
        stderr.write(`\r\u001b[2K${shown}`);
    };
    const ask = async <T>(question: string, elsewhere: string, prompt: () => Promise<T>) => {
        if (!interactive) throw new NotInteractiveError(question, elsewhere);
        settle();
        try {
            return await prompt();
        } catch (error) {
            const name = error instanceof Error ? error.name : '';
            if (name === 'ExitPromptError' || name === 'AbortPromptError') {
                throw new InterruptedError();
            }
            throw error;
        }
    };
    const context = { input: stdin, output: stderr, ...(signal && { signal }) };

    return {
        get mode() {
            return mode();
        },
        interactive,
        paint: (colour, text) => (mode().json ? text : createPaint(stdout, env)(colour, text)),
        result: (value, text) => {
            settle();
            stdout.write(`${mode().json ? jsonText(value) : text}\n`);
        },
        note: (text) => {
            if (!mode().quiet) write(text);
        },
        warn: (text) => write(`${errorPaint('yellow', 'Warning:')} ${text}`),
        progress,
        settle,
        fail: (error) => {
            settle();
            const failure = failureOf(error);
            if (mode().json) return void stdout.write(`${jsonText({ error: failure })}\n`);
            write(`${errorPaint('red', 'Error:')} ${failure.message}`);
            write(failure.hint);
        },
        confirm: async (question) => {
            if (mode().yes) return;
            const elsewhere = 'Add --yes to go on without questions.';
            const config = { message: question, default: false };
            const agreed = await ask(question, elsewhere, () => confirmPrompt(config, context));
            if (!agreed) throw new DeclinedError();
        },
        secret: (question, elsewhere, check) =>
            ask(question, elsewhere, () =>
                passwordPrompt(
                    { message: question, validate: (answer) => check?.(answer) ?? true },
                    context,
                ),
            ),
    };
}
