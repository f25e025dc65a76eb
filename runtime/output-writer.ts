import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import {
    MAX_PACK_BYTES,
    OUTPUT_BLOCK,
    OUTPUT_LANES,
    packPath,
    type PackedOutput,
    wholeBlocks,
} from './output-pack';
import type { ItemParts } from './output-parts';

/** A stored output. */
export interface StoredOutput extends PackedOutput {
    /** Lower-case hex. */
    readonly sha256: string;
}

/** `malloc` gives memory on multiples of this. */
const MALLOC_ALIGNMENT = 16;

const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
/** Undefined where the system has no such writes. */
const { O_DIRECT } = constants as { readonly O_DIRECT?: number };
const MODE = 0o600;

const writeAsync = promisify(write);

/**
 * Hashes outputs and stores them in packs. The disk works while the output is hashed and the model
 * runs on; the rest is done in this thread, since a core is all that a child has: a thread of its
 * own, which has to be woken for each output, costs more than it takes over.
 *
 * Nobody on this machine reads an output soon, so it goes past the page cache where the system
 * allows that (`O_DIRECT`): no memory is filled with it, what the operator's own programs have
 * there stays, and in a virtual machine no fresh memory has to be had for it, which can take
 * longer than all the rest. Elsewhere it is an ordinary write.
 */
export class OutputWriter {
    readonly #lanes = Array.from({ length: OUTPUT_LANES }, () => new Lane());
    #next = 0;
    #pack: Pack | undefined;

    /**
     * Takes an output over, and waits only while too many before it are not written yet.
     *
     * @param prefix - of the packs, see `packPath`
     * @returns a promise inside, since awaiting it is for the caller to decide; the output is whole
     * when it resolves, and it rejects with what the system says
     * @throws what the system says about a pack that cannot be made
     */
    async write(output: ItemParts, prefix: string): Promise<{ stored: Promise<StoredOutput> }> {
        const lane = this.#lanes[this.#next++ % OUTPUT_LANES] as Lane;
        await lane.free;
        const pack = this.#packFor(prefix, output.size);
        return { stored: lane.store(output, pack) };
    }

    /** Nothing more comes for the packs that are open. */
    finish(): void {
        this.#pack?.finish();
        this.#pack = undefined;
    }

    #packFor(prefix: string, size: number): Pack {
        const open = this.#pack;
        if (open?.prefix === prefix && open.hasRoom(size)) return open;
        const number = open?.prefix === prefix ? open.number + 1 : 0;
        this.finish();
        return (this.#pack = new Pack(prefix, number));
    }
}

/** A pack that is written. */
class Pack {
    readonly path: string;
    #end = 0;
    /** Descriptors by whether they write past the page cache. */
    readonly #files = new Map<boolean, number>();
    #writing = 0;
    #finished = false;

    /** @throws what the system says about a file that cannot be made */
    constructor(
        readonly prefix: string,
        readonly number: number,
    ) {
        this.path = packPath(prefix, number);
        this.#files.set(false, openSync(this.path, O_WRONLY | O_CREAT | O_TRUNC, MODE));
    }

    hasRoom(size: number): boolean {
        return this.#end + wholeBlocks(size) <= MAX_PACK_BYTES;
    }

    /** @returns where the output goes */
    reserve(size: number): number {
        const offset = this.#end;
        this.#end += wholeBlocks(size);
        return offset;
    }

    /**
     * @param direct - past the page cache
     * @throws what the system says, also where it has no such writes
     */
    file(direct: boolean): number {
        const open = this.#files.get(direct);
        if (open !== undefined) return open;
        const opened = openSync(this.path, O_WRONLY | (O_DIRECT ?? 0));
        this.#files.set(direct, opened);
        return opened;
    }

    async write(bytes: Uint8Array, offset: number, direct: boolean): Promise<void> {
        this.#writing++;
        try {
            const file = this.file(direct);
            for (let done = 0; done < bytes.length;) {
                const rest = bytes.length - done;
                const { bytesWritten } = await writeAsync(file, bytes, done, rest, offset + done);
                done += bytesWritten;
            }
        } finally {
            this.#writing--;
            this.#closeWhenDone();
        }
    }

    finish(): void {
        this.#finished = true;
        this.#closeWhenDone();
    }

    #closeWhenDone(): void {
        if (!this.#finished || this.#writing > 0) return;
        for (const file of this.#files.values()) closeSync(file);
        this.#files.clear();
    }
}

/** A buffer for one output at a time. */
class Lane {
    /** Resolves when the buffer is not in use. */
    free: Promise<unknown> = Promise.resolve();
    #buffer = new Uint8Array(0);
    #folder: string | undefined;
    /** Where in the buffer direct writes may begin; undefined where there are none. */
    #start: number | undefined;

    /** Only when free. */
    store({ parts, size }: ItemParts, pack: Pack): Promise<StoredOutput> {
        const offset = pack.reserve(size);
        const whole = wholeBlocks(size);
        this.#prepare(whole, pack, offset);
        const start = this.#start ?? 0;
        let end = start;
        for (const part of parts) {
            this.#buffer.set(part, end);
            end += part.length;
        }
        this.#buffer.fill(0, end, start + whole);
        const block = this.#buffer.subarray(start, start + whole);
        const written = pack.write(block, offset, this.#start !== undefined);
        this.free = written.catch(() => undefined);
        // The disk is at work meanwhile.
        const sha256 = createHash('sha256').update(block.subarray(0, size)).digest('hex');
        return written.then(() => ({ sha256, sizeBytes: size, pack: pack.number, offset }));
    }

    /** Makes the buffer large enough, and finds out how it can be written to the folder. */
    #prepare(size: number, pack: Pack, offset: number): void {
        const folder = dirname(pack.path);
        const needed = size + OUTPUT_BLOCK;
        if (this.#buffer.length >= needed && this.#folder === folder) return;
        if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
        this.#start = directStart(this.#buffer, pack, offset);
        this.#folder = folder;
    }
}

/** The address of the memory cannot be known here, so it is tried. */
function directStart(buffer: Uint8Array, pack: Pack, offset: number): number | undefined {
    if (O_DIRECT === undefined) return undefined;
    try {
        const file = pack.file(true);
        for (let start = 0; start < OUTPUT_BLOCK; start += MALLOC_ALIGNMENT) {
            if (takes(file, buffer, start, offset)) return start;
        }
        return undefined;
    } catch {
        return undefined; // the ordinary way tells what is wrong with the folder
    }
}

function takes(file: number, buffer: Uint8Array, start: number, offset: number): boolean {
    try {
        return writeSync(file, buffer, start, OUTPUT_BLOCK, offset) === OUTPUT_BLOCK;
    } catch {
        return false;
    }
}
