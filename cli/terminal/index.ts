/**
 * How the commands talk: results on standard output (text, or JSON under `--json`), notes, progress
 * and questions on standard error, errors as a sentence and a hint, exit codes 0, 1, 2, 130.
 */

export { formatBytes, formatDuration, formatGram, formatTime, plainGram } from './amounts';
export { addressArgument, collect, gramAmount, gramOption, wholeNumber } from './arguments';
export {
    AlreadyToldError,
    DeclinedError,
    InterruptedError,
    NotInteractiveError,
    OutputClosedError,
    UsageError,
} from './errors';
export { failureOf, jsonText, type Failure } from './json';
export { createPaint, type Colour, type Paint } from './paint';
export {
    action,
    EXIT,
    EXIT_HELP,
    runCommand,
    type CommandContext,
    type RunCommandOptions,
} from './run-command';
export { createTerminal, type Surroundings, type Terminal, type TerminalMode } from './terminal';
export { change, gram, table, type Column } from './table';
