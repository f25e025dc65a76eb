import { join, resolve } from 'node:path';
import type { Address } from '@ton/core';
import { isMissing, type JobEvent, recoverJob, resumeJob } from '../../sdk';
import { createBlobStore, createFolderOutputStore } from '../../sdk/node';
import type { ConfigFlags } from '../config';
import type { CommandContext } from '../terminal';
import { openClient } from './client';
import { JobUnknownError, ResultsIncompleteError } from './jobs/errors';
import { jobTeller } from './jobs/job-progress';
import { createResultsWriter, makeResultsFolder } from './write-results';

/** A job on chain that this home knows nothing of. */
export interface ForeignJob {
    readonly escrow: Address;
    readonly jobId: number;
}

/**
 * Finds a sealed job again that was submitted on another machine with the same wallet, and takes it
 * to its end.
 *
 * @throws JobNotRecoveredError, ResultsIncompleteError, and what `resumeJob` throws
 */
export async function recover(
    { escrow, jobId }: ForeignJob,
    flags: ConfigFlags & { readonly out?: string; readonly accept: boolean },
    context: CommandContext,
): Promise<void> {
    const { terminal, signal } = context;
    const client = await openClient(flags, context);
    const { network, config, fetch } = client;
    const name = `${escrow.toString()}:${jobId}`;
    const secret = await client.sealingSecret();
    terminal.progress('Looking for what the job was made of…');
    const { chain, deployment } = network;
    const { stores } = config.client;
    const found = await recoverJob({
        ...{ chain, deployment, escrow, jobId, secret, stores, fetch, signal },
    });
    const own = join(config.home.client.folder, 'recovered', `${escrow.toString()}-${jobId}`);
    const folder = flags.out ?? join(own, 'results');
    await makeResultsFolder(folder);
    const writer = createResultsWriter(folder);
    const tell: (event: JobEvent) => void = jobTeller(terminal, '', flags.accept);
    const blobs = createBlobStore({
        folder: join(own, 'outputs'),
        maxBytes: Number.MAX_SAFE_INTEGER,
    });
    const resumed = await resumeJob({
        ...{ ...found, chain, fetch, signal, accept: flags.accept },
        store: createFolderOutputStore(blobs),
        onEvent: tell,
        onItem: (item) => {
            if (isMissing(item)) return undefined;
            const which = String(item.index);
            return writer.write(
                item.index,
                item.status === 'done'
                    ? { status: 'done', name: which, output: item.output }
                    : { status: 'failed', name: which, error: item.name },
            );
        },
    });
    if (!resumed.posted) throw new JobUnknownError(name, []);
    const items = found.job.inputHashes.length;
    const { missing, winner, price, accepted, checked, closing } = resumed;
    if (missing.length > 0) throw new ResultsIncompleteError(name, missing.length, items, folder);
    await writer.finish();
    terminal.result(
        {
            job: name,
            items,
            winner: winner.toString(),
            price,
            accepted,
            checked,
            outcome: closing?.outcome,
            results: resolve(folder),
            failed: writer.failed,
            proved: true,
        },
        [
            `All ${items} results of ${name} are proved against the root on chain.`,
            `Results: ${resolve(folder)}`,
        ].join('\n'),
    );
}
