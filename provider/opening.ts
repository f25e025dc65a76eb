import type { Cell } from '@ton/core';
import {
    bytesToUtf8,
    type ComparisonRule,
    comparisonRuleOf,
    decodeBatch,
    decodeOutputItem,
    equalBytes,
    type Hash,
    type HashHex,
    hashFromHex,
    hashToBigInt,
    hashToHex,
    itemErrorName,
    itemHash,
    type ItemSeal,
    type Sketch,
    sketchFailure,
    sketchOutput,
} from '../protocol';
import { type CheckedJob, leafContext, parseResultDocument, ResultLeaves } from '../sdk';
import type { BlobStore } from '../sdk/node';
import { drawnLeaf, encodeSketch, projectionSeed } from '../wrappers';
import { checkFacts, confirmJob } from './cross-check';
import { isDrawProven } from './draw-proof';
import { RootConflictError } from './errors';
import { sendToEscrow } from './escrow-messages';
import type { JobContext } from './job-context';

type OpeningJob = Extract<CheckedJob, { readonly state: 'checking' }>;

const LAST_MOMENT_SECONDS = 30;

/**
 * Opens the sketch of the drawn leaf of a check: what this node committed to, under projections
 * that nobody knew then. May be called again: an Escrow takes one opening a round.
 *
 * @throws RootConflictError where what it committed to is gone and does not come again; as
 * `sendToEscrow`
 */
export async function openSketch(context: JobContext, told: OpeningJob): Promise<void> {
    const { parts, target, signal } = context;
    const { escrow, jobId } = target;
    const job = await confirmOpening(context, told);
    const key = parts.jobKeys.findCommitted(escrow, jobId, job.commit.providerSeed);
    if (key === undefined) throw new TypeError('The commit was not made with this secret.');
    const { round, draw } = job;
    const leaf = drawnLeaf(draw, job.terms.items);
    const sketch = await keptSketch(context, job).catch(async (error: unknown) => {
        if (!(error instanceof ResultLostError)) throw error;
        return keptSketch(context, job, await executeAgain(context, job));
    });
    const message = {
        what: 'opening',
        escrow,
        jobId,
        send: (contract) => contract.sendOpen({ jobId, round, sketch }, key),
        taken: (now) => now?.state !== 'checking' || now.round !== round || now.phase !== 'open',
    } satisfies Parameters<typeof sendToEscrow>[1];
    await sendToEscrow(parts.chain, message, { signal });
    context.tell({ kind: 'opened', leaf, round });
}

/**
 * The sketch of the drawn leaf from the results that are here.
 *
 * @param document - of the results; the committed one unless set
 * @throws ResultLostError
 */
export async function keptSketch(
    context: JobContext,
    { terms, draw, round }: OpeningJob,
    document = context.record?.result?.document ?? LOST,
): Promise<Cell> {
    const { parts, target, materials } = context;
    const { spec, manifest } = await materials.documents(terms);
    const seals = await materials.seals(terms, leafContext(target.escrow, target.jobId));
    const sketch = await sketchOfLeaf(parts.blobs, {
        document,
        leaf: drawnLeaf(draw, terms.items),
        rule: comparisonRuleOf(spec, manifest),
        seed: projectionSeed(draw, round) as Hash,
        open: seals?.outputs.open,
    });
    return encodeSketch(sketch);
}

/**
 * The check as two endpoints tell it: whoever opens for a draw that was invented has signed a wrong
 * sketch. Whoever does not open is convicted too, so that a contradiction is waited out only until
 * the last third of the window, and half a minute before its end at the latest.
 */
async function confirmOpening(context: JobContext, job: OpeningJob): Promise<OpeningJob> {
    const { parts, target, signal, record } = context;
    const { chain, onDisagree } = parts;
    const { openWindow } = job.parameters.verification;
    const until = job.phaseEnd - Math.min(LAST_MOMENT_SECONDS, Math.floor(openWindow / 3));
    const root =
        record?.result === undefined
            ? job.commit.root
            : hashToBigInt(hashFromHex(record.result.root));
    const said = await confirmJob({
        ...{ ...target, chain, job, until, onDisagree, signal },
        facts: checkFacts,
        isProven: (answer, one) =>
            isDrawProven(one, { ...target, job: answer, root, since: record?.since, signal }),
    });
    return said.state === 'checking' ? said : job;
}

/**
 * Results that are gone are made again, and have to give the same root: whoever does not open is
 * convicted.
 *
 * @throws RootConflictError, as `JobMaterials.execute`
 */
async function executeAgain(context: JobContext, job: CheckedJob): Promise<HashHex> {
    const { parts, target, materials, key } = context;
    parts.logger.warn({ job: key }, 'results are gone and are made again');
    const made = await materials.execute(job.terms, {
        context: leafContext(target.escrow, target.jobId),
        dueAt: job.phaseEnd,
        onProgress: () => undefined,
    });
    if (hashToBigInt(hashFromHex(made.root)) !== job.commit.root) throw new RootConflictError(key);
    return made.document;
}

/** A blob of results is not on this machine any more. */
export class ResultLostError extends Error {
    constructor(what: string) {
        super(`The blob ${what} of a result is gone.`);
    }
}

/** The hash of no document. */
const LOST = '0'.repeat(64) as HashHex;

export interface LeafSketchRequest {
    /** Hash of the result document. */
    readonly document: HashHex;
    readonly leaf: number;
    readonly rule: ComparisonRule;
    readonly seed: Hash;
    /** Opens the results of a sealed job. */
    readonly open?: ItemSeal['open'] | undefined;
}

/**
 * The sketch of one result of an executed job, from the blobs that its document names.
 *
 * @throws Error where a blob is gone
 */
export async function sketchOfLeaf(
    blobs: Pick<BlobStore, 'read'>,
    { document, leaf, rule, seed, open = (_index, output) => output }: LeafSketchRequest,
): Promise<Sketch> {
    const read = async (sha256: HashHex): Promise<Uint8Array> => {
        const bytes = await blobs.read(sha256);
        if (bytes === undefined) throw new ResultLostError(sha256);
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
    return sketchOutput(rule, decodeOutputItem(open(leaf, output)), seed);
}

function fromBatch(batch: Uint8Array, hash: Hash): Uint8Array {
    for (const item of decodeBatch(batch)) if (equalBytes(itemHash(item), hash)) return item;
    throw new TypeError('A batch lacks a result that was committed to.');
}
