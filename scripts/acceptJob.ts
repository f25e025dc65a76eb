import type { NetworkProvider } from '@ton/blueprint';
import { Escrow } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';

/** Accepts a delivered job by revealing its seed. Arguments: ESCROW JOB_ID SEED. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args);
    const escrow = provider.open(Escrow.fromAddress(await given.address('Escrow')));
    const jobId = await given.integer('Job');
    const seed = await given.text('Seed (32 hex digits)');
    if (!/^[0-9a-f]{32}$/i.test(seed)) throw new RangeError('A seed is 32 hex digits.');
    const now = (): number => Math.floor(Date.now() / 1000);
    const job = await escrow.getOpenJob(jobId, now());
    if (job?.state !== 'committed') {
        throw new RangeError(`Job ${jobId} is ${job?.state ?? 'not open'}: nothing to accept.`);
    }
    if (job.acceptDeadline <= now()) {
        throw new RangeError(`Job ${jobId} can no longer be accepted: it will be checked.`);
    }
    await escrow.sendAccept({ jobId, seed: BigInt(`0x${seed}`) });
    const end = await waitUntil('the settlement', async () => {
        const job = await escrow.getOpenJob(jobId, now());
        if (job === undefined) return 'settled';
        return job.state === 'committed' ? undefined : 'drawn for a check';
    });
    provider.ui().write(`Job ${jobId} is accepted and ${end}.`);
}
