import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
    comparisonRuleOf,
    decodeBatch,
    type Hash,
    hashFromHex,
    hashToHex,
    type HashHex,
    itemHash,
    parseJobSpec,
    parseManifest,
    sha256,
} from '../../../protocol';
import type { PreparedJob } from '../../../sdk';
import { writePrivateFile } from '../../keystore';
import { JobRecordError } from './errors';

/** Keeps a prepared job in the folder of its step, on the disk before this resolves. */
export async function storeJob(folder: string, job: PreparedJob): Promise<void> {
    const blobs = join(folder, 'blobs');
    await mkdir(blobs, { recursive: true, mode: 0o700 });
    for (const bytes of job.blobs) {
        const path = join(blobs, hashToHex(sha256(bytes)));
        await writePrivateFile(path, bytes, { replace: true });
    }
    await writePrivateFile(join(folder, 'spec.json'), job.specBytes, { replace: true });
}

/**
 * Reads a job back, checked against its own hashes.
 *
 * @throws JobRecordError
 */
export async function readStoredJob(folder: string): Promise<PreparedJob> {
    const path = join(folder, 'spec.json');
    let specBytes: Uint8Array;
    try {
        specBytes = Uint8Array.from(readFileSync(path));
    } catch (error) {
        throw new JobRecordError(path, 'cannot be read', error);
    }
    const spec = parseJobSpec(specBytes);
    const manifestBytes = await storedBlob(folder, spec.model);
    const blobs: Uint8Array[] = [manifestBytes];
    const inputHashes: Hash[] = [];
    for (const { sha256: batch } of spec.inputs.batches) {
        const bytes = await storedBlob(folder, batch);
        blobs.push(bytes);
        for (const item of decodeBatch(bytes)) inputHashes.push(itemHash(item));
    }
    return {
        spec,
        specBytes,
        specHash: sha256(specBytes),
        model: hashFromHex(spec.model),
        comparison: comparisonRuleOf(spec, parseManifest(manifestBytes)),
        inputHashes,
        blobs,
    };
}

async function storedBlob(folder: string, name: HashHex): Promise<Uint8Array> {
    const path = join(folder, 'blobs', name);
    let bytes: Uint8Array;
    try {
        bytes = await readFile(path);
    } catch (error) {
        throw new JobRecordError(path, 'cannot be read', error);
    }
    if (hashToHex(sha256(bytes)) === name) return bytes;
    throw new JobRecordError(path, 'is damaged');
}
