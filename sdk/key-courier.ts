import type { Address } from '@ton/core';
import { CocoonError, type JobSpec } from '../protocol';
import type { Fetch } from './blobs';
import type { Chain } from './chain';
import { handOverKey } from './hand-over-key';
import type { JobEvent } from './job-event';
import { sleep } from './retry';

export interface KeyCourierOptions {
    readonly chain: Chain;
    readonly spec: Pick<JobSpec, 'privacy'>;
    readonly contentKey: Uint8Array | undefined;
    readonly fetch?: Fetch | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly tell: (event: JobEvent) => void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Gives the key of a sealed job to whoever has won it, and again until it is taken. */
export class KeyCourier {
    readonly #options: KeyCourierOptions;
    #walk: AbortController | undefined;

    constructor(options: KeyCourierOptions) {
        this.#options = options;
    }

    /** Does nothing for a public job. */
    begin(stake: Address): void {
        this.end();
        const { spec, contentKey, signal } = this.#options;
        if (spec.privacy.mode !== 'sealed' || contentKey === undefined) return;
        const walk = new AbortController();
        this.#walk = walk;
        const signals = signal === undefined ? [walk.signal] : [signal, walk.signal];
        // Whatever ends it, the job goes on: what the node does without a key, the chain tells.
        this.#deliver(stake, spec.privacy.keyHash, contentKey, AbortSignal.any(signals)).catch(
            () => undefined,
        );
    }

    /** The winner needs it no more, or is none any more. */
    end(): void {
        this.#walk?.abort(new Error('The key is not handed over any more.'));
        this.#walk = undefined;
    }

    async #deliver(
        stake: Address,
        keyHash: Parameters<typeof handOverKey>[0]['keyHash'],
        contentKey: Uint8Array,
        signal: AbortSignal,
    ): Promise<void> {
        const { chain, fetch, tell } = this.#options;
        let told = '';
        for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
            try {
                const request = { chain, stake, keyHash, contentKey, fetch, signal };
                tell({ kind: 'key-given', stake, endpoint: await handOverKey(request) });
                return;
            } catch (error) {
                signal.throwIfAborted();
                if (!(error instanceof CocoonError)) throw error;
                if (error.message !== told) tell({ kind: 'key-refused', stake, error });
                told = error.message;
            }
            await sleep(pauseMs, signal);
        }
    }
}
