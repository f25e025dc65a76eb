import { BlobUnavailableError } from '../sdk';
import type { BlobFetcher } from './blob-fetcher';

/** Peers whose offer for one job counts. */
const MAX_OFFERS = 4;

/** Addresses of peers which said that they have the documents of a job. */
export class Offers {
    readonly #addresses: string[] = [];

    /** @returns whether it is new, and may help */
    add(address: string): boolean {
        if (this.#addresses.length >= MAX_OFFERS || this.#addresses.includes(address)) return false;
        this.#addresses.push(address);
        return true;
    }

    /** Asks those peers too, after all places that a job names have failed. */
    fetcher(first: BlobFetcher): BlobFetcher {
        return {
            ...first,
            ensure: async (sha256, urls, options) => {
                try {
                    await first.ensure(sha256, urls, options);
                } catch (error) {
                    if (!(error instanceof BlobUnavailableError)) throw error;
                    if (this.#addresses.length === 0) throw error;
                    const { attempts } = error;
                    await first.ensure(sha256, this.#addresses, options).catch((last: unknown) => {
                        if (!(last instanceof BlobUnavailableError)) throw last;
                        throw new BlobUnavailableError(sha256, [...attempts, ...last.attempts]);
                    });
                }
            },
        };
    }
}
