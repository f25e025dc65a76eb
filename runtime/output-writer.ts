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

/** Outputs that lie next to each other are written together up to this size, bytes. */
const GATHERED_BYTES = 1024 ** 2;
/** How long an output waits for others to be written with, milliseconds. */
const GATHERING_MS = 100;

/**
 * Hashes outputs and stores them in packs. The disk works while the model runs on; the rest is done
 * in this thread, since a core is all that a child has: a thread of its own, which has to be woken
 * for each output, costs more than it takes over. So does a write of its own for each small output.
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
    /** Outputs that are written together, as far as they are known. */
    #gathering: Lane | undefined;
    #timer: NodeJS.Timeout | undefined;

    /**
     * Takes an output over, and waits only while too many before it are not written yet. One call
     * at a time.
     *
     * @param prefix - of the packs, see `packPath`
     * @returns a promise inside, since awaiting it is for the caller to decide; the output is whole
     * when it resolves, and it rejects with what the system says
     * @throws what the system says about a pack that cannot be made
     */
    async write(output: ItemParts, prefix: string): Promise<{ stored: Promise<StoredOutput> }> {
        const pack = this.#packFor(prefix, output.size);
        if (this.#gathering?.hasRoom(output.size) === false) this.#flush();
        const lane = this.#gathering ?? (await this.#gatherFor(pack, output.size));
        const stored = lane.add(output);
        if (lane.size >= GATHERED_BYTES) this.#flush();
        return { stored };
    }

    /** Nothing more comes for the packs that are open. */
    finish(): void {
        this.#flush();
        this.#pack?.finish();
        this.#pack = undefined;
    }

    async #gatherFor(pack: Pack, size: number): Promise<Lane> {
        const lane = this.#lanes[this.#next++ % OUTPUT_LANES] as Lane;
        await lane.free;
        const others = size < GATHERED_BYTES ? GATHERED_BYTES : 0;
        lane.begin(pack, others + wholeBlocks(size));
        this.#gathering = lane;
        this.#timer = setTimeout(() => this.#flush(), GATHERING_MS);
        return lane;
    }

    #flush(): void {
        clearTimeout(this.#timer);
        this.#gathering?.write();
        this.#gathering = undefined;
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
    /** Where the next output goes. */
    end = 0;
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
        return this.end + wholeBlocks(size) <= MAX_PACK_BYTES;
    }

    /** @returns where the output goes */
    reserve(size: number): number {
        const offset = this.end;
        this.end += wholeBlocks(size);
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

/** A buffer for outputs that follow one another in a pack. */
class Lane {
    /** Resolves when the buffer is not in use. */
    free: Promise<unknown> = Promise.resolve();
    #buffer = new Uint8Array(0);
    #folder: string | undefined;
    /** Where in the buffer direct writes may begin; undefined where there are none. */
    #start: number | undefined;
    #into: Target | undefined;
    /** Bytes that have been added since `begin`. */
    size = 0;

    /**
     * Only when free.
     *
     * @param capacity - that what is added needs at most, bytes
     */
    begin(pack: Pack, capacity: number): void {
        this.#prepare(capacity, pack);
        const begun = new Target(pack, pack.end);
        this.#into = begun;
        this.size = 0;
        this.free = begun.written.catch(() => undefined);
    }

    hasRoom(size: number): boolean {
        return (this.#start ?? 0) + this.size + wholeBlocks(size) <= this.#buffer.length;
    }

    /** @returns what was added, once it is on disk */
    async add({ parts, size }: ItemParts): Promise<StoredOutput> {
        const { pack, offset: from, written } = this.#into as Target;
        const offset = pack.reserve(size);
        const begin = (this.#start ?? 0) + offset - from;
        let end = begin;
        for (const part of parts) {
            this.#buffer.set(part, end);
            end += part.length;
        }
        this.size += wholeBlocks(size);
        this.#buffer.fill(0, end, begin + wholeBlocks(size));
        const output = this.#buffer.subarray(begin, end);
        const sha256 = createHash('sha256').update(output).digest('hex');
        await written;
        return { sha256, sizeBytes: size, pack: pack.number, offset };
    }

    /** Writes what was added. */
    write(): void {
        const start = this.#start ?? 0;
        const block = this.#buffer.subarray(start, start + this.size);
        this.#into?.write(block, this.#start !== undefined);
        this.#into = undefined;
    }

    /** Makes the buffer large enough, and finds out how it can be written to the folder. */
    #prepare(capacity: number, pack: Pack): void {
        const folder = dirname(pack.path);
        const needed = capacity + OUTPUT_BLOCK;
        if (this.#buffer.length >= needed && this.#folder === folder) return;
        if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
        this.#start = directStart(this.#buffer, pack, pack.end);
        this.#folder = folder;
    }
}

/** A place in a pack, and whether what belongs there is written. */
class Target {
    readonly written: Promise<void>;
    #settle: (writing: Promise<void>) => void = () => undefined;

    constructor(
        readonly pack: Pack,
        readonly offset: number,
    ) {
        this.written = new Promise((resolve) => (this.#settle = resolve));
    }

    write(bytes: Uint8Array, direct: boolean): void {
        this.#settle(this.pack.write(bytes, this.offset, direct));
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
