import { readFile } from 'node:fs/promises';
import type { Terminal } from '../terminal';
import { PassphraseError } from './errors';
import { Secret } from './secret';

const MIN_LENGTH = 12;
const MIN_DIFFERENT = 6;
const ELSEWHERE =
    'Put the passphrase into a file that only you can read and name it in COCOON_PASSPHRASE_FILE.';

export interface PassphraseRequest {
    readonly terminal: Terminal;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** A new one is asked for twice and has to be strong enough. */
    readonly purpose: 'create' | 'open';
    /** What it protects, for the question. */
    readonly what?: string;
}

/**
 * The passphrase from the file that `COCOON_PASSPHRASE_FILE` names, from `COCOON_PASSPHRASE`, or
 * from whoever sits at the terminal.
 *
 * @throws PassphraseError, InterruptedError
 */
export async function askPassphrase(request: PassphraseRequest): Promise<Secret> {
    const { terminal, purpose, what = 'the keys' } = request;
    const given = await givenPassphrase(request.env);
    if (given !== undefined) {
        const weakness = purpose === 'create' ? weaknessOf(given.reveal()) : undefined;
        if (weakness === undefined) return given;
        throw new PassphraseError('PASSPHRASE_WEAK', `The passphrase is weak: ${weakness}`, ADVICE);
    }
    if (!terminal.interactive) {
        throw new PassphraseError(
            'PASSPHRASE_MISSING',
            `The passphrase of ${what} is needed, and nobody can be asked.`,
            ELSEWHERE,
        );
    }
    if (purpose === 'open')
        return new Secret(await terminal.secret(`Passphrase of ${what}:`, ELSEWHERE));
    terminal.note(`A passphrase protects ${what}. Nobody can recover a forgotten one.`);
    const chosen = await terminal.secret('New passphrase:', ELSEWHERE, weaknessOf);
    await terminal.secret('The same again:', ELSEWHERE, (again) =>
        again === chosen ? undefined : 'It is another one.',
    );
    return new Secret(chosen);
}

const ADVICE = 'Four or five random words make a good one.';

/** Why a passphrase protects nothing; undefined where it does. */
export function weaknessOf(passphrase: string): string | undefined {
    const length = [...passphrase].length;
    if (length < MIN_LENGTH)
        return `it has ${length} characters, and at least ${MIN_LENGTH} are needed.`;
    const different = new Set(passphrase).size;
    if (different < MIN_DIFFERENT) return `it repeats ${different} characters.`;
    return undefined;
}

async function givenPassphrase(
    env: Readonly<Record<string, string | undefined>>,
): Promise<Secret | undefined> {
    const path = env['COCOON_PASSPHRASE_FILE'];
    if (path !== undefined && path !== '') return fromFile(path);
    const given = env['COCOON_PASSPHRASE'];
    return given === undefined || given === '' ? undefined : new Secret(given);
}

async function fromFile(path: string): Promise<Secret> {
    let text: string;
    try {
        text = await readFile(path, 'utf8');
    } catch (error) {
        throw new PassphraseError(
            'PASSPHRASE_UNREADABLE',
            `The file ${path}, which COCOON_PASSPHRASE_FILE names, cannot be read.`,
            'Check the path and that this user may read it.',
            error,
        );
    }
    const passphrase = text.replace(/\r?\n$/, '');
    if (passphrase !== '') return new Secret(passphrase);
    throw new PassphraseError('PASSPHRASE_MISSING', `The file ${path} is empty.`, ELSEWHERE);
}
