import { readFile } from 'node:fs/promises';
import {
    parsePreferences,
    type Preferences,
    PreferencesError,
    USUAL_PREFERENCES,
} from '../preferences';

/** The preferences of a file as they are now. */
export interface PreferencesFile {
    /** The last that could be read. */
    readonly preferences: Preferences;
    /** Why the file cannot be read now. */
    readonly error: PreferencesError | undefined;
    /** Reads the file. @returns whether anything is different */
    refresh(): Promise<boolean>;
}

/** The file need not be there: all is as usual then. It is small, and read again and again. */
export function openPreferencesFile(path: string): PreferencesFile {
    let preferences = USUAL_PREFERENCES;
    let error: PreferencesError | undefined;
    let last: string | undefined;
    return {
        get preferences() {
            return preferences;
        },
        get error() {
            return error;
        },
        async refresh() {
            const text = await readText(path);
            if (text === last) return false;
            last = text;
            try {
                preferences = parsePreferences(text);
                error = undefined;
            } catch (cause) {
                if (!(cause instanceof PreferencesError)) throw cause;
                error = cause;
            }
            return true;
        },
    };
}

async function readText(path: string): Promise<string> {
    try {
        return await readFile(path, 'utf8');
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
        throw error;
    }
}
