import { randomBytes } from 'node:crypto';
import type { NetworkProvider } from '@ton/blueprint';
import { sha256_sync } from '@ton/crypto';
import { asComparisonRule } from '../protocol';
import { checkFee, encodeRule, Escrow, Market } from '../wrappers';
import { ScriptArguments } from '../wrappers/blueprint/arguments';
import { waitUntil } from '../wrappers/blueprint/wait';
import { describeJob } from '../wrappers/describe';

/**
 * Posts a job whose blobs are served elsewhere. Arguments: MARKET SPEC_HASH MODEL_HASH ITEMS
 * CEILING [TAKE_PRICE] [BID_SECONDS] [COMMIT_SECONDS] [RULE]; amounts in GRAM, the comparison rule
 * `exact` or the JSON of that of spec or model. Prints the seed that
 * accepts the result: keep it.
 */
export async function run(provider: NetworkProvider, args: string[]): Promise<void> {
    const client = provider.sender().address;
    if (client === undefined) throw new Error('The sender has no address; connect a wallet.');
    const given = new ScriptArguments(provider, args);
    const market = provider.open(Market.fromAddress(await given.address('Market')));
    const spec = await given.hash('Hash of the job spec');
    const model = await given.hash('Hash of the model manifest');
    const items = await given.integer('Items');
    const ceiling = await given.gram('Ceiling');
    const takePrice = await given.gram('Take price', '0');
    const bidWindowSeconds = await given.integer('Seconds of bidding', '30');
    const commitWindowSeconds = await given.integer('Seconds to deliver', '600');
    const rule = await given.text('Comparison rule', 'exact');
    const escrow = provider.open(Escrow.fromAddress(await market.getEscrowAddress(client, 0n)));
    const open = !(await provider.isContractDeployed(escrow.address));
    const view = open ? undefined : await escrow.getEscrow();
    const jobId = Number(view?.nextJob ?? 0n);
    const seed = randomBytes(16);
    const costs = await market.getCosts();
    const assurance = checkFee(await market.getMarketParameters(), ceiling, items);
    const rent = open ? costs.openEscrow : costs.escrowRent;
    await market.sendPost(provider.sender(), ceiling + assurance + costs.post + rent, {
        index: 0,
        jobId,
        ceiling,
        assurance,
        open,
        parametersTag: view?.parametersTag ?? 0n,
        terms: {
            spec: BigInt(`0x${spec.toString('hex')}`),
            model: BigInt(`0x${model.toString('hex')}`),
            seedHash: BigInt(`0x${sha256_sync(seed).toString('hex')}`),
            items,
            takePrice,
            bidWindowSeconds,
            commitWindowSeconds,
            checkRate: 0,
            payUnverified: true,
            keep: false,
            rule: encodeRule(
                asComparisonRule(rule === 'exact' ? { class: 'exact' } : JSON.parse(rule)),
            ),
        },
    });
    provider.ui().write(`Seed of job ${jobId}: ${seed.toString('hex')}`);
    const job = await waitUntil('the job', async () => {
        if (!(await provider.isContractDeployed(escrow.address))) return undefined;
        return escrow.getOpenJob(jobId, Math.floor(Date.now() / 1000));
    });
    provider.ui().write(`Escrow: ${escrow.address.toString()}`);
    provider.ui().write(describeJob(job).join('\n'));
}
