import type { Stream } from '@libp2p/interface';
import { type Hash, type HashHex, hashFromHex } from '../../protocol';
import type { PeerStream } from '../dial';
import { SourceError } from '../errors';
import { FrameReader, sendPatiently } from './frames';
import {
    type Answer,
    chunkCount,
    decodeAnswer,
    encodeQuestion,
    LEAF_BYTES,
    MAX_ANSWER_BYTES,
    MAX_CHUNKS_AHEAD,
    MAX_CHUNKS_RELAYED,
    MAX_LEAVES_AT_ONCE,
    type Question,
} from './wire';

/** A chunk that came. */
export interface ArrivedChunk {
    readonly index: number;
    readonly bytes: Uint8Array;
    /** Gives the bytes back, for the next chunk; they must not be used afterwards. */
    readonly release: () => void;
}

/** One peer that offers a blob, over one stream. */
export class BlobSource {
    /** Peer id. */
    readonly peer: string;
    readonly size: number;
    readonly root: Hash;
    /** Chunks that may be asked for ahead of their coming. */
    readonly maxAhead: number;
    readonly #stream: Stream;
    readonly #reader: FrameReader;
    readonly #timeoutMs: number;

    private constructor(
        peer: string,
        offer: { readonly size: number; readonly root: Hash },
        { stream, relayed }: PeerStream,
        reader: FrameReader,
        timeoutMs: number,
    ) {
        this.peer = peer;
        this.size = offer.size;
        this.root = offer.root;
        this.maxAhead = relayed ? MAX_CHUNKS_RELAYED : MAX_CHUNKS_AHEAD;
        this.#stream = stream;
        this.#reader = reader;
        this.#timeoutMs = timeoutMs;
    }

    /**
     * Asks a peer for a blob.
     *
     * @param offerTimeoutMs - the peer may have to read all of the blob before it offers it
     * @throws SourceError
     */
    static async open(
        sha256: HashHex,
        peer: string,
        line: PeerStream,
        { chunkTimeoutMs, offerTimeoutMs }: { chunkTimeoutMs: number; offerTimeoutMs: number },
    ): Promise<BlobSource> {
        const { stream } = line;
        const limits = { maxFrameBytes: MAX_ANSWER_BYTES, maxWaiting: MAX_CHUNKS_AHEAD };
        const reader = new FrameReader(stream, limits);
        const question = encodeQuestion({ kind: 'open', sha256: hashFromHex(sha256) });
        await sendPatiently(stream, question, chunkTimeoutMs);
        const offer = decodeAnswer(await nextFrame(reader, offerTimeoutMs));
        if (offer.kind !== 'offer') throw unasked(offer);
        return new BlobSource(peer, offer, line, reader, chunkTimeoutMs);
    }

    /**
     * The leaves of all chunks, as the peer gives them; whether they make its root is for the
     * caller to see.
     *
     * @throws SourceError
     */
    async leaves(): Promise<Uint8Array> {
        const count = chunkCount(this.size);
        const leaves = new Uint8Array(count * LEAF_BYTES);
        for (let from = 0; from < count; from += MAX_LEAVES_AT_ONCE) {
            const some = Math.min(MAX_LEAVES_AT_ONCE, count - from);
            await this.#ask({ kind: 'leaves', from, count: some });
            const answer = decodeAnswer(await nextFrame(this.#reader, this.#timeoutMs));
            if (answer.kind !== 'leaves' || answer.from !== from) throw unasked(answer);
            if (answer.leaves.length !== some * LEAF_BYTES) throw unasked(answer);
            leaves.set(answer.leaves, from * LEAF_BYTES);
        }
        return leaves;
    }

    /** Asks for chunks, which `nextChunk` then gives in the order of all questions. */
    ask(from: number, count: number): Promise<void> {
        return this.#ask({ kind: 'chunks', from, count });
    }

    /**
     * The next chunk that was asked for, not checked yet.
     *
     * @throws SourceError
     */
    async nextChunk(): Promise<ArrivedChunk> {
        const frame = await nextFrame(this.#reader, this.#timeoutMs);
        const answer = decodeAnswer(frame);
        if (answer.kind !== 'chunk') throw unasked(answer);
        return { ...answer, release: () => this.#reader.release(frame) };
    }

    /** Ends the stream, with all that is on its way. May be called again. */
    close(reason?: Error): void {
        if (reason !== undefined) this.#stream.abort(reason);
        else
            void this.#stream
                .close({ signal: AbortSignal.timeout(this.#timeoutMs) })
                .catch(() => this.#stream.abort(new Error('closed')));
    }

    #ask(question: Question): Promise<void> {
        return sendPatiently(this.#stream, encodeQuestion(question), this.#timeoutMs);
    }
}

async function nextFrame(reader: FrameReader, timeoutMs: number): Promise<Uint8Array> {
    const frame = await reader.next(timeoutMs);
    if (frame === undefined) throw new SourceError('SOURCE_CLOSED', 'It closed the stream.');
    return frame;
}

const REFUSED = {
    'not-held': 'It does not hold the blob.',
    busy: 'It is busy.',
    malformed: 'It does not understand the question.',
} as const;

function unasked(answer: Answer): SourceError {
    if (answer.kind === 'refusal') {
        const code = answer.code === 'busy' ? 'SOURCE_BUSY' : 'SOURCE_REFUSED';
        return new SourceError(code, REFUSED[answer.code]);
    }
    return new SourceError('SOURCE_MALFORMED', 'It answered something else than was asked.');
}
