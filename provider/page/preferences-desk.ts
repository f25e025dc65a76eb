import { createHash } from 'node:crypto';
import {
    allKeys,
    changePreferences,
    givenValues,
    keyNamed,
    PreferencesError,
    type PreferenceValue,
    typedValue,
} from '../preferences';

/** Where preferences are kept. */
export interface PreferencesStore {
    /** The text of the file; empty where there is none. */
    read(): Promise<string>;
    /** Replaces the file, whole or not at all. */
    write(text: string): Promise<void>;
}

/** All preferences, as a form shows them. */
export interface PreferencesView {
    /** Names the text that they were read from. */
    readonly revision: string;
    readonly preferences: readonly PreferenceView[];
    /** Why the file cannot be read; then all are shown as usual. */
    readonly broken: string | undefined;
}

export interface PreferenceView {
    readonly name: string;
    readonly kind: 'text' | 'number' | 'yes-no' | 'list';
    /** As it holds; null: unset. */
    readonly value: PreferenceValue | null;
    readonly usual: PreferenceValue | null;
    /** Whether the file has it. */
    readonly given: boolean;
    readonly says: string;
    readonly allowed: string;
    readonly unit: string | undefined;
    readonly choices: readonly string[] | undefined;
}

/** Values by name; null makes one as usual again. */
export type PreferenceChanges = Readonly<Record<string, PreferenceValue | null>>;

export type ChangeResult =
    | { readonly kind: 'changed'; readonly view: PreferencesView }
    /** The file is another one by now. */
    | { readonly kind: 'moved'; readonly view: PreferencesView }
    | { readonly kind: 'refused'; readonly errors: readonly PreferenceFault[] };

export interface PreferenceFault {
    /** Undefined: the file as a whole. */
    readonly preference: string | undefined;
    readonly message: string;
    readonly hint: string;
}

/** Shows and changes the preferences of a file. */
export interface PreferencesDesk {
    view(): Promise<PreferencesView>;
    /** Makes all changes, or none of them where one is wrong. */
    change(changes: PreferenceChanges, revision: string | undefined): Promise<ChangeResult>;
}

export function createPreferencesDesk(store: PreferencesStore): PreferencesDesk {
    let turn: Promise<unknown> = Promise.resolve();
    const change: PreferencesDesk['change'] = async (changes, revision) => {
        const before = await store.read();
        if (revision !== undefined && revision !== revisionOf(before)) {
            return { kind: 'moved', view: viewOf(before) };
        }
        const { text, errors } = changed(before, changes);
        if (errors.length > 0) return { kind: 'refused', errors };
        if (text !== before) await store.write(text);
        return { kind: 'changed', view: viewOf(text) };
    };
    return {
        view: async () => viewOf(await store.read()),
        change(changes, revision) {
            const mine = turn.then(() => change(changes, revision));
            turn = mine.catch(() => undefined);
            return mine;
        },
    };
}

function changed(
    before: string,
    changes: PreferenceChanges,
): { readonly text: string; readonly errors: readonly PreferenceFault[] } {
    const errors: PreferenceFault[] = [];
    let text = before;
    for (const [name, value] of Object.entries(changes)) {
        try {
            keyNamed(name);
            text = changePreferences(text, name, readValue(name, value));
        } catch (error) {
            if (!(error instanceof PreferencesError)) throw error;
            const { key, message, hint } = error;
            errors.push({ preference: key, message, hint });
        }
    }
    return { text, errors };
}

/** Texts mean what they mean on the command line. */
function readValue(name: string, value: PreferenceValue | null): PreferenceValue | undefined {
    if (value === null) return undefined;
    return typeof value === 'string' ? typedValue(name, value) : value;
}

function viewOf(text: string): PreferencesView {
    const { given, broken } = readGiven(text);
    return {
        revision: revisionOf(text),
        broken,
        preferences: allKeys().map(([name, { kind, usual, says, allowed, unit, choices }]) => ({
            ...{ name, kind, says, allowed, unit, choices },
            value: given.get(name) ?? usual ?? null,
            usual: usual ?? null,
            given: given.has(name),
        })),
    };
}

function readGiven(text: string): {
    readonly given: ReadonlyMap<string, PreferenceValue>;
    readonly broken: string | undefined;
} {
    try {
        return { given: givenValues(text), broken: undefined };
    } catch (error) {
        if (!(error instanceof PreferencesError)) throw error;
        return { given: new Map(), broken: `${error.message} ${error.hint}` };
    }
}

function revisionOf(text: string): string {
    return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
