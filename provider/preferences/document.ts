import { parseDocument, YAMLError } from 'yaml';
import { PreferencesError } from './errors';
import type { PreferenceValue } from './key';
import { allKeys, type Preferences } from './keys';
import { readPreferences } from './read';

const HEAD = ` What the owner of this computer allows the node. What is left out is as usual:
 "cocoon-provider preferences" shows all preferences, their values and what they do now.
 A node that runs takes changes over at once.`;

/**
 * Reads the text of a file of preferences.
 *
 * @throws PreferencesError
 */
export function parsePreferences(text: string): Preferences {
    return readPreferences(documentOf(text).toJS());
}

/** The values that stand in a file, by their dotted names. */
export function givenValues(text: string): ReadonlyMap<string, PreferenceValue> {
    const document = documentOf(text);
    const given = new Map<string, PreferenceValue>();
    for (const [path] of allKeys()) {
        const node: unknown = document.getIn(path.split('.'));
        if (node === undefined || node === null) continue;
        const value: unknown = JSON.parse(JSON.stringify(node));
        given.set(path, value as PreferenceValue);
    }
    return given;
}

/**
 * Changes one preference and leaves all else in the file, comments too, as it is.
 *
 * @param value - undefined takes the preference out, so that it is as usual
 * @throws PreferencesError where the file, or what becomes of it, is wrong
 */
export function changePreferences(
    text: string,
    path: string,
    value: PreferenceValue | undefined,
): string {
    const document = documentOf(text);
    const words = path.split('.');
    if (document.contents === null) document.contents = document.createNode({}) as never;
    if (text.trim() === '') document.commentBefore = HEAD;
    if (value === undefined) {
        if (document.hasIn(words)) document.deleteIn(words);
        // Groups that have become empty go with it.
        for (let depth = words.length - 1; depth > 0; depth--) {
            const group = document.getIn(words.slice(0, depth)) as
                { items?: unknown[] } | undefined;
            if (group?.items?.length === 0) document.deleteIn(words.slice(0, depth));
        }
    } else {
        // A new node would lose the comment behind the old value.
        document.setIn(words, Array.isArray(value) ? document.createNode(value) : value);
    }
    const changed = document.toString({ lineWidth: 0 });
    parsePreferences(changed);
    return changed;
}

function documentOf(text: string) {
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error instanceof YAMLError) {
        const [first = ''] = error.message.split('\n');
        const hint = 'Correct the file, or remove it to have all preferences as usual.';
        throw new PreferencesError(undefined, `The preferences are no YAML: ${first}`, hint, error);
    }
    return document;
}
