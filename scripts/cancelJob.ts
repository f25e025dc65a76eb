import type { NetworkProvider } from '@ton/blueprint';
import { toNano } from '@ton/core';
import { Escrow } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';

/** Takes a job back that nobody has won. Arguments: ESCROW JOB_ID. */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args);
    const escrow = provider.open(Escrow.fromAddress(await given.address('Escrow')));
    const jobId = await given.integer('Job');
    const now = (): number => Math.floor(Date.now() / 1000);
    if ((await escrow.getOpenJob(jobId, now())) === undefined) {
        throw new RangeError(`Job ${jobId} is not open.`);
    }
    await escrow.sendCancel(provider.sender(), toNano('0.05'), jobId);
    await waitUntil('the refund', async () =>
        (await escrow.getOpenJob(jobId, now())) === undefined ? true : undefined,
    );
    provider.ui().write(`Job ${jobId} is cancelled and refunded.`);
}
