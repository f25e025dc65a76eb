import type { NetworkProvider } from '@ton/blueprint';
import { Escrow } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { describeEscrow, describeJob } from '../wrappers/describe';

/** Shows an Escrow and one of its jobs, or all, in words. Arguments: ESCROW [JOB_ID]. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args);
    const escrow = provider.open(Escrow.fromAddress(await given.address('Escrow')));
    const id = await given.text('Job', 'all');
    const jobs = await escrow.getOpenJobs(Math.floor(Date.now() / 1000));
    const shown = id === 'all' ? jobs : jobs.filter((job) => String(job.id) === id);
    const lines = describeEscrow(escrow.address, await escrow.getEscrow());
    if (id !== 'all' && shown.length === 0) lines.push(`Job ${id} is not open.`);
    provider.ui().write([...lines, ...shown.flatMap(describeJob)].join('\n'));
}
