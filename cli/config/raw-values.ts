import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError, type ConfigIssue } from './errors';
import { isSetting, PROFILE, SETTINGS, settingsOf, type Tree } from './settings';
import type { Setting } from './setting';

/** A value as somebody wrote it, and where. */
export interface RawValue {
    readonly value: string | readonly string[];
    /** See `ConfigIssue`. */
    readonly place: string;
}

/** Values by the dotted paths of their settings. */
export type RawValues = ReadonlyMap<string, RawValue>;

const NETWORK_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * Reads the text of a configuration file.
 *
 * @param name - of the file, for messages
 * @throws ConfigError for wrong YAML, unknown settings and values of a wrong kind
 */
export function rawValuesOf(source: string, name: string): RawValues {
    const lines = new LineCounter();
    const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
    const issues: ConfigIssue[] = [];
    const values = new Map<string, RawValue>();
    const placeAt = (offset: number) => {
        const { line, col } = lines.linePos(offset);
        return `${name}:${line}:${col}`;
    };
    for (const { message, pos } of document.errors) {
        issues.push({ place: placeAt(pos[0]), path: '', message: `This is not YAML: ${message}` });
    }
    if (issues.length > 0) throw new ConfigError(issues);

    const complain = (node: Node | null, path: string, message: string) => {
        issues.push({ place: placeAt(node?.range?.[0] ?? 0), path, message });
    };
    const resolved = (node: unknown): Node | null => {
        const found = isAlias(node) ? node.resolve(document) : node;
        return (found ?? null) as Node | null;
    };
    const textOf = (node: Node | null): string | undefined =>
        isScalar(node) && node.value !== null ? node.source : undefined;

    const readSetting = (at: Setting<unknown>, node: Node | null, path: string, key: Node) => {
        const place = placeAt(node?.range?.[0] ?? key.range?.[0] ?? 0);
        const expected = `It is ${at.allowed}, for example ${at.example}.`;
        if (isSeq(node) && at.list) {
            const parts = node.items.map((item) => textOf(resolved(item)));
            const texts = parts.filter((part) => part !== undefined);
            if (texts.length === parts.length)
                return void values.set(path, { value: texts, place });
            return complain(node, path, `${path} has an entry that is no text. ${expected}`);
        }
        const text = textOf(node);
        if (text === undefined) {
            const problem = isScalar(node) || node === null ? 'has no value' : 'is no single value';
            return complain(node ?? key, path, `${path} ${problem}. ${expected}`);
        }
        values.set(path, { value: at.list ? [text] : text, place });
    };
    const readTree = (tree: Tree, node: Node | null, path: string) => {
        if (node === null || (isScalar(node) && node.value === null)) return;
        if (!isMap(node)) {
            return complain(node, path, `${path || 'The file'} holds settings: ${keysOf(tree)}.`);
        }
        for (const { key, value } of node.items) {
            const word = textOf(key as Node) ?? '';
            const at = path === '' ? word : `${path}.${word}`;
            const child = resolved(value);
            const known = Object.hasOwn(tree, word) ? tree[word] : undefined;
            if (known === undefined) {
                complain(key as Node, at, `There is no setting ${at}. Here are: ${keysOf(tree)}.`);
            } else if (isSetting(known)) readSetting(known, child, at, key as Node);
            else readTree(known, child, at);
        }
    };
    readTree(
        { ...SETTINGS, networks: networksIn(document.get('networks')) },
        document.contents,
        '',
    );
    if (issues.length > 0) throw new ConfigError(issues);
    return values;
}

/** The tree of all networks that a file describes: each has the same settings. */
function networksIn(node: unknown): Tree {
    if (!isMap(node)) return {};
    const names = node.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
    return Object.fromEntries(
        names.filter((name) => NETWORK_NAME.test(name)).map((name) => [name, PROFILE]),
    );
}

function keysOf(tree: Tree): string {
    const keys = Object.keys(tree);
    return keys.length === 0 ? 'names in lower case, such as my-network' : keys.join(', ');
}

/** Values that flags give by the paths of their settings; lists with commas. */
export function rawFlags(flags: Readonly<Record<string, string | undefined>>): RawValues {
    return new Map(
        Object.entries(flags).flatMap(([path, value]) =>
            value === undefined ? [] : [[path, rawText(path, value, `--set ${path}`)] as const],
        ),
    );
}

/** Values of `COCOON_…` variables; those of the chosen network have no prefix. */
export function rawVariables(
    env: Readonly<Record<string, string | undefined>>,
    variables: ReadonlyMap<string, string>,
): RawValues {
    const values = new Map<string, RawValue>();
    for (const [path, variable] of variables) {
        const value = env[variable];
        if (value !== undefined && value !== '') values.set(path, rawText(path, value, variable));
    }
    return values;
}

const LISTS = new Set(
    [...settingsOf(SETTINGS), ...settingsOf(PROFILE)].flatMap(([path, { list }]) =>
        list ? [path] : [],
    ),
);

function rawText(path: string, text: string, place: string): RawValue {
    if (!LISTS.has(path.replace(/^networks\.[^.]+\./, ''))) return { value: text, place };
    // The examples are as they stand in the file, in brackets.
    const inside = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1] ?? text;
    return { value: inside.split(/[\s,]+/).filter((part) => part !== ''), place };
}
