import type { Address } from '@ton/core';
import { isCocoonError } from '../../protocol';
import {
    announceJob,
    cancelJob,
    type Chain,
    estimateJob,
    type JobTicket,
    postJob,
    type PreparedJob,
    prepareJob,
} from '../../sdk';
import { finishJob } from '../../sdk/finish-job';
import type { BlobStore, Wallet } from '../../sdk/node';
import type { Random } from '../../sim/random';
import type { Deployment } from '../../wrappers';
import { drawKind, type JobKind } from './kinds';

export interface ClientScene {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** The blobs of all clients, and where nodes fetch them. */
    readonly blobs: BlobStore;
    readonly source: string;
    /** Nodes that hear of each job, by URL. */
    readonly endpoints: readonly string[];
    readonly kinds: readonly JobKind[];
    readonly ceiling: bigint;
}

const BID_WINDOW_SECONDS = 10;

/** What a client saw of a job that it posted. */
export interface SoakJob {
    readonly kind: JobKind;
    readonly ticket: JobTicket;
    /** How it went for the client: its items, or the code of the error. */
    seen: { readonly done: number; readonly failed: readonly string[] } | string | undefined;
}

/** A job on chain that is to be followed. */
interface Posting {
    readonly posted: SoakJob;
    readonly job: PreparedJob;
}

/** A wallet with an Escrow that posts jobs one after the other and follows many at a time. */
export class SoakClient {
    readonly jobs: SoakJob[] = [];
    /** Posts that the client itself saw fail, by the code of the error. */
    readonly refusals = new Map<string, number>();
    readonly #following = new Set<Promise<void>>();

    constructor(
        readonly name: string,
        readonly wallet: Wallet,
        readonly escrow: Address,
        private readonly scene: ClientScene,
        private readonly random: Random,
    ) {}

    /**
     * Posts jobs while there are some to post.
     *
     * @param next - whether there is one more
     * @param most - jobs that are followed at a time
     */
    async post(next: () => boolean, most: number, signal: AbortSignal): Promise<void> {
        while (next()) {
            while (this.#following.size >= most) await Promise.race(this.#following);
            if (signal.aborted) break;
            const kind = drawKind(this.scene.kinds, this.random);
            try {
                this.#follow(await this.#postOne(kind, signal), signal);
            } catch (error) {
                const code = codeOf(error);
                this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
            }
        }
        await Promise.all(this.#following);
    }

    async #postOne(kind: JobKind, signal: AbortSignal): Promise<Posting> {
        const { chain, deployment, blobs, source, endpoints, ceiling } = this.scene;
        const { items, manifest, limits } = kind;
        const job = prepareJob({
            manifest,
            items: items(this.random),
            sources: [source],
            ...(limits && { limits }),
        });
        for (const blob of [job.specBytes, ...job.blobs]) await blobs.write(blob);
        await announceJob({ job, endpoints, signal });
        const client = this.wallet.address;
        const count = job.inputHashes.length;
        // Some wait for the best bid, others take the first that they can live with.
        const takePrice = kind.client === 'cancels' || this.random.chance(0.4) ? 0n : ceiling;
        const request = { chain, deployment, client, job, ceiling, signal };
        const estimate = await estimateJob({ ...request, items: count });
        const ticket = await postJob({
            ...request,
            ...{ estimate, takePrice, sender: this.wallet },
            bidWindowSeconds: kind.client === 'cancels' ? 30 : BID_WINDOW_SECONDS,
            commitWindowSeconds: 60,
        });
        const posted: SoakJob = { kind, ticket, seen: undefined };
        this.jobs.push(posted);
        return { posted, job };
    }

    #follow(posting: Posting, signal: AbortSignal): void {
        const following: Promise<void> = this.#finish(posting, signal).finally(() =>
            this.#following.delete(following),
        );
        this.#following.add(following);
    }

    async #finish({ posted, job }: Posting, signal: AbortSignal): Promise<void> {
        const { chain, deployment } = this.scene;
        const { kind, ticket } = posted;
        if (kind.client === 'vanishes') return;
        try {
            if (kind.client === 'cancels') {
                await cancelJob({ chain, deployment, sender: this.wallet, ticket, signal });
            }
            const { items } = await finishJob({ chain, ticket, job, signal, fetch });
            const failed = items.flatMap((item) => (item.status === 'done' ? [] : [item.name]));
            posted.seen = { done: items.length - failed.length, failed };
        } catch (error) {
            posted.seen = codeOf(error);
        }
    }
}

/** The code of an error of this project, or the name of another. */
export function codeOf(error: unknown): string {
    if (isCocoonError(error)) return error.code;
    return error instanceof Error ? error.name : String(error);
}
