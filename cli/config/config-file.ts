import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { makePrivateFolder, writePrivateFile } from '../keystore/private-file';
import { ConfigFileError } from './errors';
import type { Home } from './home';
import { readConfigFile } from './load-config';
import { rawFlags, rawValuesOf } from './raw-values';
import type { Setting } from './setting';
import { fullPath, isSetting, PROFILE, SETTINGS, type Tree } from './settings';

/** Values to write, by the dotted paths of their settings. */
export type Choices = Readonly<Record<string, string | readonly string[]>>;

const WIDTH = 96;
const HEAD = `# Settings of cocoon and cocoon-provider. A line that begins with # shows what is usual: take the #
# away to change it. Flags go before COCOON_… variables, and those before this file.
`;

/**
 * Flags as values to write: settings of networks without a prefix become those of `network`, lists
 * are split at commas, and what is undefined is left out.
 */
export function choicesOf(
    flags: Readonly<Record<string, string | undefined>>,
    network: string,
): Choices {
    return Object.fromEntries(
        [...rawFlags(flags)].map(([path, { value }]) => [fullPath(path, network), value] as const),
    );
}

/**
 * Writes settings into the configuration file: a new one explains all settings, and in one that is
 * there only these lines change.
 *
 * @throws ConfigError where the file is wrong, ConfigFileError
 */
export async function saveSettings(home: Home, choices: Choices): Promise<void> {
    const before = readConfigFile(home.config);
    if (before === undefined) await makePrivateFolder(home.folder);
    else rawValuesOf(before, home.config);
    const after = before === undefined ? renderConfig(choices) : changeConfig(before, choices);
    if (after === before) return;
    const written = rawValuesOf(after, home.config);
    for (const [path, value] of Object.entries(choices)) {
        if (String(written.get(path)?.value) === String(value)) continue;
        throw new ConfigFileError(home.config, `cannot be changed by itself; set ${path} in it`);
    }
    await writePrivateFile(home.config, after, { replace: before !== undefined });
}

/** @throws ConfigError where the text is no configuration */
export function checkConfigText(source: string, name: string): void {
    rawValuesOf(source, name);
}

/** A new configuration file that explains all settings. */
export function renderConfig(choices: Choices): string {
    const names = Object.keys(choices).flatMap(
        (path) => /^networks\.([^.]+)\./.exec(path)?.[1] ?? [],
    );
    const { network, ...rest } = SETTINGS;
    const networks = Object.fromEntries(names.map((name) => [name, PROFILE]));
    const shown = names.length === 0 ? { 'my-network': PROFILE } : networks;
    const lines = [
        ...renderTree({ network }, '', '', choices),
        '',
        '# What is known of networks, by their names.',
        'networks:',
        ...renderTree(shown, 'networks', '  ', choices, names.length === 0),
        ...renderTree(rest, '', '', choices),
    ];
    return `${HEAD}\n${lines.join('\n')}\n`;
}

function renderTree(
    tree: Tree,
    prefix: string,
    indent: string,
    choices: Choices,
    unused = false,
): string[] {
    return Object.entries(tree).flatMap(([key, node]) => {
        const path = prefix === '' ? key : `${prefix}.${key}`;
        if (!isSetting(node)) {
            const head = `${indent}${unused ? '# ' : ''}${key}:`;
            const body = renderTree(node, path, `${indent}  `, choices);
            return indent === '' ? ['', head, ...body] : [head, ...body];
        }
        const { allowed, example, says, usual } = node;
        const value = choices[path];
        const normal = usual ?? example;
        const comment = `${says} It is ${allowed}${usual === undefined ? '; none unless set' : ''}.`;
        const line = `${key}: ${valueText(value ?? normal)}`;
        return [
            ...wrap(comment, WIDTH - indent.length).map((text) => `${indent}# ${text}`),
            `${indent}${value === undefined ? '# ' : ''}${line}`,
        ];
    });
}

function valueText(value: string | readonly string[]): string {
    if (typeof value !== 'string') return `[${value.map(valueText).join(', ')}]`;
    // What YAML would take for something else than a text is quoted.
    return /^[\w./:@+-][\w ./:@+-]*$/.test(value) && !/: |:$| #/.test(value)
        ? value
        : value.startsWith('[')
          ? value
          : JSON.stringify(value);
}

function changeConfig(source: string, choices: Choices): string {
    return Object.entries(choices).reduce(
        (text, [path, value]) => changeOne(text, path.split('.'), valueText(value)),
        source,
    );
}

/** Replaces the value of a setting, or its commented line, or adds one below its section. */
function changeOne(source: string, path: readonly string[], value: string): string {
    const lines = new LineCounter();
    const document = parseDocument(source, { lineCounter: lines });
    const found = document.getIn(path, true);
    if (isScalar(found) || isMap(found) || (found !== undefined && found !== null)) {
        const [start = 0, end = 0] = (found as { range?: [number, number, number] }).range ?? [];
        if (end > start) return `${source.slice(0, start)}${value}${source.slice(end)}`;
    }
    for (let depth = path.length - 1; depth > 0; depth -= 1) {
        const key = keyOf(document.contents, path.slice(0, depth));
        if (key === undefined) continue;
        const { line, col } = lines.linePos(key.offset);
        const indent = key.child === undefined ? col + 1 : lines.linePos(key.child).col - 1;
        return insertBelow(source, line, ' '.repeat(indent), path.slice(depth), value);
    }
    return `${source.replace(/\n?$/, '\n')}${nested('', path, value).join('\n')}\n`;
}

/** Where a key stands, and its first entry. */
function keyOf(
    contents: unknown,
    path: readonly string[],
): { readonly offset: number; readonly child: number | undefined } | undefined {
    let map = contents as YAMLMap | null;
    for (const [at, word] of path.entries()) {
        if (!isMap(map)) return undefined;
        const pair = map.items.find(({ key }) => isScalar(key) && key.value === word);
        if (pair === undefined || !isScalar(pair.key)) return undefined;
        if (at === path.length - 1) {
            const first = isMap(pair.value) ? pair.value.items[0]?.key : undefined;
            const child = isScalar(first) ? first.range?.[0] : undefined;
            return { offset: pair.key.range?.[0] ?? 0, child };
        }
        map = pair.value as YAMLMap | null;
    }
    return undefined;
}

/** @param line - of the section's key, counted from 1 */
function insertBelow(
    source: string,
    line: number,
    indent: string,
    rest: readonly string[],
    value: string,
): string {
    const all = source.split('\n');
    const added = nested(indent, rest, value);
    const commented = `${indent}# ${rest[0]}:`;
    for (let at = line; at < all.length; at += 1) {
        const text = all[at] ?? '';
        if (text.trim() !== '' && !text.startsWith(indent)) break;
        if (rest.length === 1 && text.startsWith(commented)) {
            return [...all.slice(0, at), ...added, ...all.slice(at + 1)].join('\n');
        }
    }
    return [...all.slice(0, line), ...added, ...all.slice(line)].join('\n');
}

function nested(indent: string, path: readonly string[], value: string): string[] {
    return path.map((word, at) => {
        const end = at === path.length - 1 ? ` ${value}` : '';
        return `${indent}${'  '.repeat(at)}${word}:${end}`;
    });
}

function wrap(text: string, width: number): string[] {
    const lines: string[] = [''];
    for (const word of text.split(' ')) {
        const last = lines[lines.length - 1] ?? '';
        if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
        else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    return lines;
}

/** The settings as a table for docs/owners.md. */
export function settingsTable(): string {
    const rows: string[] = [];
    const add = (tree: Tree, prefix: string) => {
        for (const [key, node] of Object.entries(tree)) {
            const path = `${prefix}${key}`;
            if (isSetting(node)) rows.push(rowOf(path, node));
            else add(node, `${path}.`);
        }
    };
    add({ ...SETTINGS, networks: { '<name>': PROFILE } }, '');
    return ['| setting | usual | what it is |', '| --- | --- | --- |', ...rows].join('\n');
}

function rowOf(path: string, { usual, says, allowed }: Setting<unknown>): string {
    const normal = usual === undefined ? '' : `\`${valueText(usual)}\``;
    return `| \`${path}\` | ${normal} | ${says} It is ${allowed}. |`;
}
