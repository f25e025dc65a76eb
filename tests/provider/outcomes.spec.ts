import { toNano } from '@ton/core';
import { askWhyNoBid, explainNoBid, type JobTicket, type PreparedJob } from '../../sdk';
import type { Provider } from '../../provider';
import { PRICE, until, World } from './world';

/** Looks at what became of jobs after so long. */
const SOON = { fateLookMs: 50 };

describe('What a node books of jobs that it does not do', () => {
    let world: World;
    afterEach(() => world.stop());

    const recent = (node: Provider) => node.status().recent;
    const urls = () => world.stage.operators.map(({ provider }) => provider.url);
    const ask = ({ escrow, jobId }: JobTicket, job: PreparedJob) =>
        askWhyNoBid({ escrow, jobId, spec: job.specHash, endpoints: urls() });

    it('says by whom it was outbid, and at what price the job was sold', async () => {
        world = await World.create({
            operators: [
                { name: 'node', nanoPerItem: PRICE, node: SOON },
                { name: 'dear', nanoPerItem: 3n * PRICE, node: SOON },
            ],
        });
        const job = await world.job([1]);
        const result = await world.run(job, { ceiling: 4n * PRICE });
        const [cheap, dear] = world.stage.operators;
        await until(() => recent(dear!.provider)[0]?.winner !== undefined);
        const [entry] = recent(dear!.provider);
        expect(entry).toMatchObject({ winner: cheap!.stake.address.toString() });
        expect(['passed', 'lost']).toContain(entry?.outcome);
        const { answers } = await ask(result.ticket, job);
        expect(answers.map(({ reason }) => reason.code)).toEqual(['bid', expect.any(String)]);
    });

    it('tells the client that the price was too low, and what it asks for', async () => {
        world = await World.create({
            operators: [
                { name: 'node', nanoPerItem: 5n * PRICE, node: SOON },
                { name: 'dear', nanoPerItem: 9n * PRICE, node: SOON },
            ],
        });
        const job = await world.job([1]);
        const ticket = await world.post(job, { ceiling: 2n * PRICE, takePrice: 0n });
        await world.heard('passed');
        await world.heard('passed', 'dear');
        const { answers, unaware, failed } = await ask(ticket, job);
        expect({ unaware, failed }).toEqual({ unaware: [], failed: [] });
        expect(answers.map(({ reason }) => reason)).toEqual([
            { code: 'too-cheap', asked: 5n * PRICE },
            { code: 'too-cheap', asked: 9n * PRICE },
        ]);
        expect(explainNoBid({ answers, unaware, failed }, 2n * PRICE)).toEqual({
            sentence: '2 nodes answered: 2 ask 0.005 GRAM or more for it, you offered 0.002 GRAM.',
            advice: [{ kind: 'raise-price', price: toNano('0.0055') }],
        });
        const stranger = { ...ticket, jobId: ticket.jobId + 1 };
        expect((await ask(stranger, job)).unaware).toEqual(urls());
        const other = await world.job([2]);
        expect((await ask(ticket, other)).unaware).toEqual(urls());
        await world.stage.devnet.advanceTime(31);
        const [first] = world.stage.operators;
        await until(() => recent(first!.provider)[0]?.reason === 'over-ceiling');
    });
});
