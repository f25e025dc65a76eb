import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { hashToHex } from '../../protocol';
import type { NetworkLimits } from '../limits';
import { SourceError } from '../errors';
import { lend } from '../lent-buffers';
import { placeOf } from '../peer-address';
import type { PeerBudget } from '../peer-budget';
import type { Refusals } from '../refusals';
import { Seats } from '../seats';
import type { BlobShelf, BlobTree, BlobTrees, HeldBlob } from './blob-trees';
import { FrameReader, sendPatiently } from './frames';
import {
    BLOB_PROTOCOL,
    CHUNK_BYTES,
    chunkCount,
    chunkFrame,
    chunkLength,
    decodeQuestion,
    encodeLeaves,
    encodeOffer,
    encodeRefusal,
    LEAF_BYTES,
    MAX_CHUNKS_AHEAD,
    MAX_QUESTION_BYTES,
    type Question,
    type RefusalCode,
} from './wire';

export interface ServeBlobsOptions {
    readonly shelf: BlobShelf;
    readonly trees: BlobTrees;
    readonly budget: PeerBudget;
    /** Whether a peer may take what those with a stake may. */
    readonly isStaked: (peer: PeerId) => boolean;
    readonly limits: NetworkLimits;
    /** Ends all serving. */
    readonly signal: AbortSignal;
    /** Told of each chunk that was given to a peer. */
    readonly onSent?: ((peer: string, bytes: number) => void) | undefined;
    readonly refusals: Refusals;
}

/** Answers the blob protocol; the handler of each stream that a peer opens. */
export class BlobService {
    readonly protocol = BLOB_PROTOCOL;
    readonly #options: ServeBlobsOptions;
    readonly #served = new Map<string, number>();
    readonly #seats: Seats;

    constructor(options: ServeBlobsOptions) {
        this.#options = options;
        this.#seats = new Seats(options.limits.maxServed);
    }

    /** @throws SourceError where the peer breaks the protocol or is too slow: its stream is reset */
    async handle(stream: Stream, { remotePeer, remoteAddr }: Connection): Promise<void> {
        const { maxServedToPeer, chunkTimeoutMs } = this.#options.limits;
        const peer = remotePeer.toString();
        const mine = this.#served.get(peer) ?? 0;
        const leave =
            mine >= maxServedToPeer
                ? undefined
                : this.#seats.take(placeOf(remoteAddr), () => {
                      stream.abort(new Error('Others are served less.'));
                  });
        if (leave === undefined) {
            this.#options.refusals.count('blob: busy');
            await sendPatiently(stream, encodeRefusal('busy'), chunkTimeoutMs);
            return stream.close({ signal: AbortSignal.timeout(chunkTimeoutMs) });
        }
        this.#served.set(peer, mine + 1);
        try {
            await this.#serve(stream, remotePeer);
            await stream.close({ signal: AbortSignal.timeout(chunkTimeoutMs) });
        } catch (error) {
            const code = error instanceof SourceError ? error.code : 'cut off';
            this.#options.refusals.count(`blob: ${code}`);
            throw error;
        } finally {
            leave();
            const left = (this.#served.get(peer) ?? 1) - 1;
            if (left === 0) this.#served.delete(peer);
            else this.#served.set(peer, left);
        }
    }

    async #serve(stream: Stream, peer: PeerId): Promise<void> {
        const { limits, shelf, trees, signal } = this.#options;
        const reader = new FrameReader(stream, {
            maxFrameBytes: MAX_QUESTION_BYTES,
            maxWaiting: MAX_CHUNKS_AHEAD,
        });
        const refuse = (code: RefusalCode) =>
            sendPatiently(stream, encodeRefusal(code), limits.chunkTimeoutMs);
        const first = await reader.next(limits.chunkTimeoutMs);
        const question = first && decodeQuestion(first);
        if (question?.kind !== 'open') return refuse('malformed');
        const sha256 = hashToHex(question.sha256);
        const blob = await shelf.find(sha256);
        if (blob === undefined) return refuse('not-held');
        const tree = await trees.of(sha256, blob, signal);
        if (tree === undefined) return refuse('busy');
        await sendPatiently(stream, encodeOffer(blob.size, tree.root), limits.chunkTimeoutMs);
        const file = await open(blob.path, 'r');
        const opened: OpenBlob = { blob, tree, file, sent: [] };
        try {
            for (;;) {
                const frame = await reader.next(limits.idleTimeoutMs);
                if (frame === undefined) return;
                signal.throwIfAborted();
                await this.#answer(stream, peer, decodeQuestion(frame), opened);
            }
        } finally {
            await file.close();
        }
    }

    async #answer(
        stream: Stream,
        peer: PeerId,
        question: Question,
        { blob, tree, file, sent }: OpenBlob,
    ): Promise<void> {
        const { limits, budget, isStaked, signal, onSent } = this.#options;
        const send = (bytes: Uint8Array) => sendPatiently(stream, bytes, limits.chunkTimeoutMs);
        const chunks = chunkCount(blob.size);
        if (question.kind === 'open' || question.from + question.count > chunks) {
            return send(encodeRefusal('malformed'));
        }
        const { from, count } = question;
        const pay = async (bytes: number) => {
            const waitMs = budget.take(peer.toString(), bytes, isStaked(peer));
            if (waitMs > 0) await sleep(waitMs, undefined, { signal });
        };
        if (question.kind === 'leaves') {
            const leaves = tree.leaves.subarray(from * LEAF_BYTES, (from + count) * LEAF_BYTES);
            await pay(leaves.length);
            return send(encodeLeaves(from, leaves));
        }
        const read = async (index: number) => {
            const length = chunkLength(blob.size, index);
            await pay(length);
            // The stream keeps it until it is sent; it comes back where that is told.
            const { frame, bytes } = chunkFrame(index, length, sent.pop());
            const at = (blob.offset ?? 0) + index * CHUNK_BYTES;
            const { bytesRead } = await file.read(bytes, 0, length, at);
            if (bytesRead !== length) throw new Error('A served blob has become shorter.');
            return { frame, length };
        };
        let reading = read(from);
        for (let index = from; index < from + count; index++) {
            const { frame, length } = await reading;
            // While the peer takes this one, the next is read.
            if (index + 1 < from + count) {
                reading = read(index + 1);
                reading.catch(() => undefined);
            }
            lend(frame, () => sent.push(frame));
            await send(frame);
            onSent?.(peer.toString(), length);
        }
    }
}

interface OpenBlob {
    readonly blob: HeldBlob;
    readonly tree: BlobTree;
    readonly file: FileHandle;
    /** Frames of chunks that are sent, for the next ones. */
    readonly sent: Buffer[];
}
