import {
    closeSync,
    fsyncSync,
    openSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from 'node:fs';
import type { ZodType } from 'zod';
import { JobRecordError } from './errors';

/**
 * Writes a record so that it is whole and on the disk when this returns: money is sent only
 * afterwards. Only its owner can read it, since tickets hold secrets.
 */
export function writeRecord(path: string, record: unknown): void {
    const partial = `${path}.${process.pid}.partial`;
    const file = openSync(partial, 'w', 0o600);
    try {
        writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`);
        fsyncSync(file);
    } catch (error) {
        rmSync(partial, { force: true });
        throw error;
    } finally {
        closeSync(file);
    }
    renameSync(partial, path);
}

/**
 * Reads a record; undefined where there is none.
 *
 * @throws JobRecordError
 */
export function readRecord<T>(path: string, schema: ZodType<T>): T | undefined {
    let text: string;
    try {
        text = readFileSync(path, 'utf8');
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new JobRecordError(path, 'cannot be read', error);
    }
    try {
        return schema.parse(JSON.parse(text));
    } catch (error) {
        throw new JobRecordError(path, 'is damaged, or of another version', error);
    }
}
