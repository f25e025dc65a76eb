import { z } from 'zod';
import { PreferencesError } from './errors';
import type { PreferenceKey, PreferenceValue } from './key';
import { allKeys, isKey, KEYS, type KeyTree, type Preferences } from './keys';

/** Preferences where the owner has said nothing. */
export const USUAL_PREFERENCES: Preferences = readPreferences({});

/**
 * Reads preferences from what YAML has made of their file; what is left out is as usual.
 *
 * @throws PreferencesError for what is no preference or no value of one
 */
export function readPreferences(parsed: unknown): Preferences {
    return valuesOf(KEYS, parsed ?? {}, '') as Preferences;
}

function valuesOf(tree: KeyTree, parsed: unknown, prefix: string): object {
    const map = z.record(z.string(), z.unknown()).safeParse(parsed ?? {});
    const where = prefix === '' ? 'The file' : prefix;
    if (!map.success) {
        const hint = 'Each line is a name, a colon and a value, deeper ones further to the right.';
        throw new PreferencesError(prefix, `${where} is no group of preferences.`, hint);
    }
    const name = (word: string) => (prefix === '' ? word : `${prefix}.${word}`);
    for (const word of Object.keys(map.data)) {
        if (!Object.hasOwn(tree, word)) throw unknownKey(name(word));
    }
    return Object.fromEntries(
        Object.entries(tree).map(([word, node]) => {
            const value = map.data[word];
            const path = name(word);
            return [word, isKey(node) ? valueOf(node, value, path) : valuesOf(node, value, path)];
        }),
    );
}

function valueOf(key: PreferenceKey<unknown>, value: unknown, path: string): unknown {
    const read = key.schema.safeParse(value ?? key.usual);
    if (read.success) return read.data;
    const sentence = `The preference ${path} cannot be ${JSON.stringify(value)}.`;
    throw new PreferencesError(path, sentence, `It is ${key.allowed}.`);
}

/** @throws PreferencesError where there is none of that name */
export function keyNamed(path: string): PreferenceKey<unknown> {
    const found = allKeys().find(([name]) => name === path);
    if (found === undefined) throw unknownKey(path);
    return found[1];
}

function unknownKey(path: string): PreferencesError {
    const near = allKeys()
        .map(([name]) => name)
        .filter((name) => name.startsWith(`${path}.`) || name.endsWith(`.${path}`));
    const hint =
        near.length > 0
            ? `Did you mean ${near.join(', ')}?`
            : '"cocoon-provider preferences" shows all of them.';
    return new PreferencesError(path, `There is no preference ${path}.`, hint);
}

/**
 * A value that was typed, as it stands in the file.
 *
 * @throws PreferencesError where it is none
 */
export function typedValue(path: string, text: string): PreferenceValue {
    const key = keyNamed(path);
    const value = parseTyped(key.kind, text.trim());
    if (key.schema.safeParse(value).success) return value;
    const sentence = `The preference ${path} cannot be ${JSON.stringify(text)}.`;
    throw new PreferencesError(path, sentence, `It is ${key.allowed}.`);
}

function parseTyped(kind: PreferenceKey<unknown>['kind'], text: string): PreferenceValue {
    switch (kind) {
        case 'number':
            return /^-?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : text;
        case 'yes-no':
            if (['true', 'yes', 'on'].includes(text)) return true;
            return ['false', 'no', 'off'].includes(text) ? false : text;
        case 'list':
            return text
                .split(',')
                .map((name) => name.trim())
                .filter((name) => name !== '');
        case 'text':
            return text;
    }
}
