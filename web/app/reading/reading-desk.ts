import { decodePicture } from '../decode-picture';
import { withoutWrong } from './read-again';
import { labelOf, type Reading } from './reading';
import { ReadingRun, type RunParts } from './reading-run';

/** Unfinished readings that go on by themselves when the page is opened. */
const AT_ONCE = 5;

/** All readings of the page: those that run, and those that are kept. */
export class ReadingDesk {
    readonly #parts: RunParts;
    readonly #runs = new Map<string, ReadingRun>();

    constructor(parts: RunParts) {
        this.#parts = parts;
    }

    get parts(): RunParts {
        return this.#parts;
    }

    /**
     * Goes on with what was not finished.
     *
     * @returns the newest of them
     */
    async resume(): Promise<ReadingRun | undefined> {
        const readings = await this.#parts.store.list();
        const open = readings.filter(({ text }) => text === undefined).slice(0, AT_ONCE);
        const [newest] = open.map((reading) => this.#runOf(reading));
        return newest;
    }

    /**
     * Keeps a new picture and begins to read it.
     *
     * @throws PictureError; what IndexedDB throws where there is no room
     */
    async begin(picture: Blob, name: string): Promise<ReadingRun> {
        await decodePicture(picture);
        const reading: Reading = {
            id: crypto.randomUUID(),
            ...{ name, picture, createdAt: Date.now(), steps: {} },
        };
        await this.#parts.store.put(reading);
        return this.#runOf(reading);
    }

    /** Goes on with a reading, or shows one that is done; undefined where there is none. */
    async open(id: string): Promise<ReadingRun | undefined> {
        const reading = await this.#parts.store.get(id);
        return reading === undefined ? undefined : this.#runOf(reading);
    }

    /** Reads on from the last result that was not found wrong; undefined where there is none. */
    async readAgain(id: string): Promise<ReadingRun | undefined> {
        const { store, clients } = this.#parts;
        const kept = await store.get(id);
        if (kept === undefined) return undefined;
        const { reading, dropped } = withoutWrong(kept);
        this.#runs.get(id)?.stop();
        this.#runs.delete(id);
        const labels = dropped.map((step) => labelOf(id, step));
        for (const job of await clients.following.jobs()) {
            if (labels.includes(job.label)) await clients.following.forget(job.id);
        }
        await store.put(reading);
        return this.#runOf(reading);
    }

    /** Forgets a reading and its jobs. Money goes where the contract says. */
    async remove(id: string): Promise<void> {
        this.#runs.get(id)?.stop();
        this.#runs.delete(id);
        const { following } = this.#parts.clients;
        for (const job of await following.jobs()) {
            if (job.label.startsWith(`${id}/`)) await following.forget(job.id);
        }
        await this.#parts.store.remove(id);
    }

    /** One run for each reading, until that fails. */
    #runOf(reading: Reading): ReadingRun {
        const running = this.#runs.get(reading.id);
        if (running !== undefined && running.state().phase !== 'failed') return running;
        const run = new ReadingRun(reading, this.#parts);
        this.#runs.set(reading.id, run);
        return run;
    }
}
