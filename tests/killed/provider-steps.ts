import type { KillOrder } from './killable-node';
import type { KilledProvider } from './provider-world';

/** What became of a job whose node was killed. */
export interface KilledJob {
    readonly jobId: number;
    readonly outcome: string | undefined;
    readonly rootsSigned: number;
    readonly commits: number;
    /** Entries of the job in the node's books, by outcome. */
    readonly booked: readonly string[];
    readonly failures: readonly string[];
    /** What the books have earned more than the stake was paid, nanoGRAM. */
    readonly surplus: bigint;
    readonly died: string | undefined;
}

/** What has to be said of every job, whenever its node was killed. */
export const KEPT = {
    outcome: 'accepted',
    rootsSigned: 1,
    commits: 1,
    booked: ['paid'],
    failures: [],
    surplus: 0n,
};

/**
 * Posts a job, lets the node die as it is told, and sees what becomes of the job.
 *
 * @param order - undefined: it is not killed
 * @param prepare - what else kills it, once it is known that the node lives
 */
export async function killedJob(
    scene: KilledProvider,
    order: KillOrder | undefined,
    prepare: () => void = () => undefined,
): Promise<KilledJob> {
    const { world, node } = scene;
    await node.started();
    const from = node.reports.length;
    const before = BigInt((await scene.status()).totals.earned);
    await node.order(order ?? { when: 'before' });
    const job = await world.job([node.reports.length % 1000, 2]);
    await world.stage.blobs.write(job.specBytes);
    prepare();
    const { ticket, closing } = await world.run(job, {
        endpoints: [],
        bidWindowSeconds: 300,
        commitWindowSeconds: 600,
    });
    const { jobId } = ticket;
    await node.until(() => node.events(jobId).includes('closed'));
    await node.started();
    await node.until(async () => {
        const [latest] = (await scene.status().catch(() => undefined))?.recent ?? [];
        return latest?.jobId === jobId && latest.outcome !== 'open';
    });
    // What it writes after the end of a job is written.
    await node.until(async () => {
        const { work } = (await scene.status()) as unknown as { work: { jobs: unknown[] } };
        return work.jobs.length === 0;
    });
    const after = await scene.status();
    const dies = node.reports.slice(from).find((one) => one.kind === 'dies');
    const earned = (closing?.paid ?? 0n) - ((closing?.paid ?? 0n) * 100n) / 10_000n;
    return {
        jobId,
        outcome: closing?.outcome,
        rootsSigned: new Set(scene.rootsSent(jobId)).size,
        commits: await scene.commits(ticket),
        booked: after.recent.filter((one) => one.jobId === jobId).map(({ outcome }) => outcome),
        failures: node.events(jobId).filter((kind) => kind === 'failed' || kind === 'missed'),
        surplus: BigInt(after.totals.earned) - before - earned,
        died: dies && 'what' in dies ? `${dies.at} ${dies.what}` : undefined,
    };
}
