import {
    bytesToUtf8,
    type ComparisonRule,
    comparisonRuleOf,
    decodeBatch,
    decodeOutputItem,
    equalBytes,
    type Hash,
    type HashHex,
    hashToHex,
    itemErrorName,
    itemHash,
    type Sketch,
    sketchFailure,
    sketchOutput,
} from '../protocol';
import { type CheckedJob, parseResultDocument, ResultLeaves } from '../sdk';
import type { BlobStore } from '../sdk/node';
import { drawnLeaf, encodeSketch, projectionSeed } from '../wrappers';
import { sendToEscrow } from './escrow-messages';
import type { JobContext } from './job-context';

/**
 * Opens the sketch of the drawn leaf of a check: what this node committed to, under projections
 * that nobody knew then. May be called again: an Escrow takes one opening a round.
 *
 * @throws TypeError where this node does not have what it committed to; as `sendToEscrow`
 */
export async function openSketch(
    context: JobContext,
    job: Extract<CheckedJob, { readonly state: 'checking' }>,
): Promise<void> {
    const { parts, target, signal, materials } = context;
    const { escrow, jobId } = target;
    const key = parts.jobKeys.findCommitted(escrow, jobId, job.commit.providerSeed);
    if (key === undefined) throw new TypeError('The commit was not made with this secret.');
    const result = context.record?.result;
    if (result === undefined) throw new TypeError('The results of the job are not known here.');
    const { spec, manifest } = await materials.documents(job.terms);
    const leaf = drawnLeaf(job.draw, job.terms.items);
    const sketch = await sketchOfLeaf(parts.blobs, {
        document: result.document,
        leaf,
        rule: comparisonRuleOf(spec, manifest),
        seed: projectionSeed(job.draw, job.round) as Hash,
    });
    const { round } = job;
    const message = {
        what: 'opening',
        escrow,
        jobId,
        send: (contract) => contract.sendOpen({ jobId, round, sketch: encodeSketch(sketch) }, key),
        taken: (now) => now?.state !== 'checking' || now.round !== round || now.phase !== 'open',
    } satisfies Parameters<typeof sendToEscrow>[1];
    await sendToEscrow(parts.chain, message, { signal });
    context.tell({ kind: 'opened', leaf, round });
}

export interface LeafSketchRequest {
    /** Hash of the result document. */
    readonly document: HashHex;
    readonly leaf: number;
    readonly rule: ComparisonRule;
    readonly seed: Hash;
}

/**
 * The sketch of one result of an executed job, from the blobs that its document names.
 *
 * @throws TypeError where a blob is gone
 */
export async function sketchOfLeaf(
    blobs: Pick<BlobStore, 'read'>,
    { document, leaf, rule, seed }: LeafSketchRequest,
): Promise<Sketch> {
    const read = async (sha256: HashHex): Promise<Uint8Array> => {
        const bytes = await blobs.read(sha256);
        if (bytes === undefined) throw new TypeError(`The blob ${sha256} of a result is gone.`);
        return bytes;
    };
    const { leaves, batches } = parseResultDocument(JSON.parse(bytesToUtf8(await read(document))));
    const record = ResultLeaves.of(await read(leaves.sha256)).at(leaf);
    if (record.kind === 'error') {
        return sketchFailure(rule, itemErrorName(record.code) ?? 'RUNTIME_ERROR', seed);
    }
    const { hash, location } = record;
    const output =
        location.kind === 'blob'
            ? await read(hashToHex(hash))
            : fromBatch(await read(batches[location.batch]?.sha256 as HashHex), hash);
    return sketchOutput(rule, decodeOutputItem(output), seed);
}

function fromBatch(batch: Uint8Array, hash: Hash): Uint8Array {
    for (const item of decodeBatch(batch)) if (equalBytes(itemHash(item), hash)) return item;
    throw new TypeError('A batch lacks a result that was committed to.');
}
