import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SourceError, type System } from '../../../provider/machine';

const schema = z.strictObject({
    /** Where it comes from: of a machine, or what documents say that it would be. */
    from: z.enum(['machine', 'documents']),
    system: z.string(),
    platform: z.enum(['linux', 'darwin', 'win32']),
    env: z.record(z.string(), z.string()).default({}),
    now: z.string(),
    files: z.record(z.string(), z.string()).default({}),
    /** Times of access. */
    accessed: z.record(z.string(), z.string()).default({}),
    /** What commands print; those that are not here are not installed. */
    commands: z
        .record(z.string(), z.union([z.string(), z.strictObject({ fails: z.string() })]))
        .default({}),
    memoryBytes: z.number().default(0),
});

/** A system that answers from a file of `recorded/`. */
export interface RecordedSystem extends System {
    /** What was asked for. */
    readonly asked: readonly string[];
    /** What follows from now on for a file. */
    change(path: string, text: string): void;
    pass(ms: number): void;
}

export function recorded(name: string): RecordedSystem {
    const text = readFileSync(join(__dirname, 'recorded', `${name}.yaml`), 'utf8');
    const record = schema.parse(parse(text));
    const files = new Map(Object.entries(record.files));
    const accessed = new Map(Object.entries(record.accessed));
    let now = Date.parse(record.now);
    const asked: string[] = [];
    /** Long scripts are known by what they begin with. */
    const printed = (line: string) =>
        Object.entries(record.commands).find(([begin]) => line.startsWith(begin))?.[1];
    return {
        asked,
        platform: record.platform,
        env: record.env,
        now: () => now,
        change: (path, value) => void files.set(path, value),
        pass: (ms) => (now += ms),
        readText: (path) => Promise.resolve(files.get(path)),
        list(path) {
            const below = [...files.keys(), ...accessed.keys()].flatMap((file) =>
                file.startsWith(`${path}/`)
                    ? (file.slice(path.length + 1).split('/')[0] ?? '')
                    : [],
            );
            return Promise.resolve([...new Set(below)]);
        },
        accessedAt(path) {
            const at = accessed.get(path);
            return Promise.resolve(at === undefined ? undefined : Date.parse(at));
        },
        freeBytes: () => Promise.resolve(1024 ** 3),
        memory: () => ({ totalBytes: record.memoryBytes, freeBytes: record.memoryBytes / 4 }),
        run(program, args) {
            const line = [program, ...args].join(' ');
            asked.push(line);
            const output = printed(line);
            if (typeof output === 'string') return Promise.resolve(output);
            const why = output?.fails ?? 'not installed';
            return Promise.reject(
                new SourceError(
                    output === undefined ? `${program} is ${why}` : `${program}: ${why}`,
                ),
            );
        },
        follow(program, args) {
            const output = printed([program, ...args].join(' '));
            const line = typeof output === 'string' ? output.trim().split('\n').at(-1) : undefined;
            return {
                last: () => (line === undefined ? undefined : { line, ageMs: 0 }),
                close: () => undefined,
            };
        },
    };
}
