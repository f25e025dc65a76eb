import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
    createIndexer,
    createViews,
    type Indexer,
    type IndexStore,
    openStore,
} from '../../explorer';
import type { Views } from '../../explorer';
import { toNano } from '@ton/core';
import { PROBE_MODELS } from '../../models';
import type { CheckWorld } from '../contracts/check-world';
import { FAR, SAYS } from '../contracts/check-world';
import type { SandboxChain } from './sandbox-chain';

/** An index of a test, in a folder of its own. */
export interface TestIndex {
    readonly store: IndexStore;
    readonly indexer: Indexer;
    readonly views: Views;
    /** Jobs that each look told about. */
    readonly news: string[][];
    /** Ends it as a kill would: nothing more is written. */
    stop(): Promise<void>;
}

/** A model whose items are all the same work. */
const PROBE = BigInt(`0x${PROBE_MODELS[0]?.model.hash}`);

const folders: string[] = [];

export function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-index-'));
    folders.push(folder);
    return folder;
}

/** For `afterAll`. */
export function removeFolders(): void {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function openIndex(
    check: Pick<CheckWorld, 'world'>,
    chain: SandboxChain,
    folder = newFolder(),
    onBatch?: (transactions: number) => void,
): TestIndex {
    const { deployment } = check.world;
    const market = deployment.market.toString();
    const store = openStore({ folder, market });
    const ending = new AbortController();
    const news: string[][] = [];
    const indexer = createIndexer({
        chain,
        deployment,
        store,
        sweepMs: 0,
        onNews: (jobs) => news.push([...jobs]),
        onBatch,
        signal: ending.signal,
    });
    const views = createViews(store, market, () => indexer.chainTime);
    return {
        ...{ store, indexer, views, news },
        async stop() {
            ending.abort();
            await store.close();
        },
    };
}

/** Every answer that an index gives, as text. */
export function answersOf({ views }: TestIndex): string {
    const { jobs } = views.jobs({ limit: 100_000 });
    const { stakes } = views.stakes({ order: 'active', limit: 1_000, offset: 0 });
    return JSON.stringify(
        [
            views.status(),
            jobs.map(({ escrow, jobId }) => views.job(escrow, jobId)),
            stakes.map(({ stake }) => views.stake(stake)),
            views.models(),
            views.days({ from: 0, to: 1_000_000 }),
            views.parameters(),
        ],
        undefined,
        1,
    );
}

/**
 * A market with a life of every kind: 0 accepted and paid, 1 found no bid, 2 not delivered, 3 a probe
 * that passed its check, 4 convicted by a jury, 5 open for bids.
 */
export async function furnish(check: CheckWorld): Promise<void> {
    const { world, client, accused } = check;
    await check.committed(0, { terms: { checkRate: 0, items: 4 } });
    await check.step(world.accept(client, { jobId: 0 }));
    if ((await openIds(check)).includes(0)) {
        await check.check({ jobId: 0 });
    }
    await check.step(world.post(client, { jobId: 1, ceiling: toNano('0.2') }));
    world.wait(3);
    await check.tick(1);
    await check.step(world.post(client, { jobId: 2, ceiling: toNano('0.4') }));
    await check.step(world.bid(check.operator(0), client, { jobId: 2, price: toNano('0.2') }));
    await check.step(world.bid(accused, client, { jobId: 2, price: toNano('0.1') }));
    world.wait(70);
    await check.tick(2);
    await check.drawn(3, { terms: { model: PROBE, items: 2_000 } });
    await check.check({ jobId: 3 });
    await check.drawn(4);
    await check.check({ jobId: 4, opened: FAR });
    await check.jury(SAYS.wrong, { jobId: 4 });
    if ((await openIds(check)).includes(4)) {
        await check.endOfPhase(4);
        await check.tick(4);
    }
    await check.step(world.post(client, { jobId: 5, ceiling: toNano('0.3') }));
    await check.step(world.bid(check.operator(1), client, { jobId: 5, price: toNano('0.05') }));
}

async function openIds(check: CheckWorld): Promise<number[]> {
    const jobs = await check.client.escrow.getOpenJobs(check.now);
    return jobs.map(({ id }) => id);
}
