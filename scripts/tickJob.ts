import type { NetworkProvider } from '@ton/blueprint';
import { Escrow } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';
import { describeState } from '../wrappers/describe';

/** Carries out what time has decided about a job; anybody may. Arguments: ESCROW JOB_ID. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args);
    const escrow = provider.open(Escrow.fromAddress(await given.address('Escrow')));
    const jobId = await given.integer('Job');
    const look = async (): Promise<string> => {
        const job = await escrow.getOpenJob(jobId, Math.floor(Date.now() / 1000));
        return job === undefined ? 'ended' : describeState(job);
    };
    const before = await look();
    if (before === 'ended') throw new RangeError(`Job ${jobId} is not open.`);
    await escrow.sendTick(jobId);
    const after = await waitUntil('the next step', async () => {
        const now = await look();
        return now === before ? undefined : now;
    });
    provider.ui().write(`Job ${jobId}: ${after}`);
}
