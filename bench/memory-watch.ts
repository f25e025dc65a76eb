/** Looks at the resident memory of this process while it is started. */
export class MemoryWatch {
    #timer: NodeJS.Timeout | undefined;
    #before: number | undefined;
    #peak = 0;

    start(): void {
        this.#before ??= process.memoryUsage.rss();
        const look = () => (this.#peak = Math.max(this.#peak, process.memoryUsage.rss()));
        this.#timer = setInterval(look, 50);
        look();
    }

    stop(): void {
        clearInterval(this.#timer);
    }

    get figures(): { before: number; peak: number } {
        return { before: this.#before ?? 0, peak: this.#peak };
    }
}
