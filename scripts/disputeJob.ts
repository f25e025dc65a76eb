import type { NetworkProvider } from '@ton/blueprint';
import { checkFee, Escrow, juryBond, Market } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';
import { describeState, formatGram } from '../wrappers/describe';

/**
 * Doubts what a check or a jury has found about a job: a jury executes one of its results. The bond
 * comes back when it finds otherwise. Arguments: ESCROW JOB_ID LEAF.
 */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const given = new ScriptArguments(provider, args);
    const escrow = provider.open(Escrow.fromAddress(await given.address('Escrow')));
    const jobId = await given.integer('Job');
    const leaf = await given.integer('Result to execute again, from 0');
    const look = () => escrow.getOpenJob(jobId, Math.floor(Date.now() / 1000));
    const job = await look();
    if (job?.state !== 'appeal') {
        throw new RangeError(`Job ${jobId} is ${job?.state ?? 'not open'}: nothing to dispute.`);
    }
    if (leaf >= job.terms.items) throw new RangeError(`The job has ${job.terms.items} results.`);
    if (job.jury !== undefined && job.finding !== 'right' && leaf !== job.jury.leaf) {
        throw new RangeError(`The appeal is about result ${job.jury.leaf} alone.`);
    }
    const market = provider.open(Market.fromAddress((await escrow.getEscrow()).market));
    const costs = await market.getCosts();
    const { jurors, appealJurors } = job.parameters.verification;
    const fee = checkFee(job.parameters, job.bid.price, job.terms.items);
    const bond =
        job.jury === undefined
            ? juryBond(jurors, fee, costs.jury)
            : juryBond(appealJurors, fee, costs.appealJury);
    provider.ui().write(`Bond: ${formatGram(bond)}`);
    await escrow.sendDispute(provider.sender(), bond + costs.dispute, { jobId, leaf });
    const disputed = await waitUntil('the jury', async () => {
        const now = await look();
        return now?.state === 'jury' ? now : undefined;
    });
    provider.ui().write(`Job ${jobId}: ${describeState(disputed)}`);
}
