import { createHash } from 'node:crypto';
import { create, Parser, type ReadEntry } from 'tar';
import { z } from 'zod';
import { BackupError } from './errors';

/** Files by their paths below the home. */
export type Files = ReadonlyMap<string, Uint8Array>;

const FORMAT = 'cocoon.backup/1';
const MANIFEST = 'manifest.json';
const NEWER = /^cocoon\.backup\/(?!1$)\d+$/;
/** Nothing else is ever written to a home by a restore. */
const ALLOWED =
    /^(?:config\.yaml|provider\/(?:keystore\.age|node\.json|nodes\/[0-9a-f]{16}\.json|(?:state|checks)\/[0-9a-f]{16}\/data\.mdb))$/;

const manifestSchema = z.strictObject({
    format: z.literal(FORMAT),
    createdAt: z.iso.datetime(),
    stake: z.string(),
    files: z
        .array(
            z.strictObject({
                path: z.string().regex(ALLOWED),
                bytes: z.number().int().min(0),
                sha256: z.string().regex(/^[0-9a-f]{64}$/),
            }),
        )
        .min(1)
        .max(100),
});

export type BackupManifest = z.output<typeof manifestSchema>;

/** The manifest of files that are backed up. */
export function manifestOf(files: Files, stake: string, now: Date): BackupManifest {
    return {
        format: FORMAT,
        createdAt: now.toISOString(),
        stake,
        files: [...files].map(([path, bytes]) => ({
            path,
            bytes: bytes.length,
            sha256: createHash('sha256').update(bytes).digest('hex'),
        })),
    };
}

/**
 * One tar of the manifest and the files that it names.
 *
 * @param folder - where they lie under their paths
 * @param write - writes the manifest there
 */
export async function packFiles(
    folder: string,
    manifest: BackupManifest,
    write: (name: string, text: string) => Promise<void>,
): Promise<Uint8Array> {
    await write(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
    const parts: Uint8Array[] = [];
    const paths = [MANIFEST, ...manifest.files.map(({ path }) => path)];
    for await (const part of create({ cwd: folder, portable: true }, paths)) parts.push(part);
    return Buffer.concat(parts);
}

/**
 * Reads a tar back, and holds every file against the manifest. Nothing is written anywhere.
 *
 * @throws BackupError `BACKUP_DAMAGED`, `BACKUP_NEWER`
 */
export async function unpackFiles(
    tar: Uint8Array,
    name: string,
): Promise<{ readonly manifest: BackupManifest; readonly files: Files }> {
    const found = await entriesOf(tar, name);
    const json = jsonOf(found.get(MANIFEST));
    const manifest = manifestSchema.safeParse(json);
    if (!manifest.success) {
        const { format } = (json ?? {}) as { readonly format?: unknown };
        if (typeof format === 'string' && NEWER.test(format)) throw newer(name, format);
        throw damaged(name, 'it has no manifest of this version');
    }
    const files = new Map<string, Uint8Array>();
    for (const { path, bytes, sha256 } of manifest.data.files) {
        const content = found.get(path);
        if (content?.length !== bytes) throw damaged(name, `${path} is missing or cut off`);
        if (createHash('sha256').update(content).digest('hex') !== sha256) {
            throw damaged(name, `${path} was changed`);
        }
        files.set(path, content);
    }
    if (found.size !== files.size + 1) throw damaged(name, 'it holds files that are not listed');
    return { manifest: manifest.data, files };
}

async function entriesOf(tar: Uint8Array, name: string): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    await new Promise<void>((resolve, reject) => {
        const parser = new Parser({
            strict: true,
            onReadEntry: (entry: ReadEntry) => {
                const parts: Uint8Array[] = [];
                entry.on('data', (part) => parts.push(part));
                entry.on('end', () => {
                    if (entry.type === 'File') found.set(entry.path, Buffer.concat(parts));
                });
            },
        });
        parser.on('end', () => resolve());
        parser.on('error', (error) => reject(damaged(name, 'it is no tar', error)));
        parser.end(Buffer.from(tar));
    });
    return found;
}

function jsonOf(bytes: Uint8Array | undefined): unknown {
    try {
        return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
        return undefined;
    }
}

export function damaged(name: string, problem: string, cause?: unknown): BackupError {
    return new BackupError(
        'BACKUP_DAMAGED',
        `The backup ${name} cannot be used: ${problem}.`,
        'Take another copy of it. Nothing was changed.',
        cause,
    );
}

function newer(name: string, format: string): BackupError {
    return new BackupError(
        'BACKUP_NEWER',
        `The backup ${name} is ${format}, of a newer version of this program, which reads ${FORMAT}.`,
        'Restore it with the version that wrote it. Nothing was changed.',
    );
}
