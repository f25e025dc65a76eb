import { toNano } from '@ton/core';
import * as z from 'zod';
import { bundleCommand, makeKeysCheap, ProviderWorld, type Running } from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_590;
const ADMIN = 18_592;
const URL = `http://127.0.0.1:${PORT}`;

jest.setTimeout(120_000);

const nano = z.string().regex(/^-?\d+$/);
const sums = {
    ...{ seen: z.number().int(), bids: z.number().int() },
    ...{ won: z.number().int(), paid: z.number().int() },
    ...{ earned: nano, gas: nano, lost: nano, net: nano },
};
/** What `earnings --json` promises to programs. */
const earningsJson = z.strictObject({
    format: z.literal('cocoon.earnings/1'),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    by: z.enum(['day', 'model', 'reason', 'client']),
    rows: z.array(z.strictObject({ key: z.string(), ...sums })),
    total: z.strictObject(sums),
    reasons: z.array(
        z.strictObject({
            code: z.string(),
            kind: z.string(),
            jobs: z.number().int().min(1),
            sentence: z.string(),
            advice: z.string(),
            medianOffer: nano.optional(),
            medianAsked: nano.optional(),
        }),
    ),
});

describe('An owner who asks what was earned', () => {
    let world: ProviderWorld;
    let home: string;
    let node: Running;
    beforeAll(async () => {
        bundleCommand();
        world = await ProviderWorld.create();
        home = world.home('owner');
        const ports = ['--port', String(PORT), '--set', `provider.http.adminPort=${ADMIN}`];
        await world.json(home, [
            ...['init', ...world.network, ...ports, '--create-wallet', '--faucet', '--yes'],
        ]);
        makeKeysCheap(home);
    });
    afterAll(() => world.stop());

    it('is told where no node has worked yet', async () => {
        const { error } = await world.failure(home, ['earnings']);
        expect(error['code']).toBe('NO_BOOKS');
    });

    it('has the books while the node runs: paid jobs, and why others were not', async () => {
        node = world.launch(home, ['start']);
        await node.says('Ready for jobs.');
        await world.job([1, 2, 3], URL);
        await node.says('paid ');
        await world.post([1], URL, { ceiling: toNano('0.000001') });
        await node.says('over the ceiling');
        const report = earningsJson.parse(await world.json(home, ['earnings']));
        expect(report.total).toMatchObject({ seen: 2, bids: 1, won: 1, paid: 1, lost: '0' });
        const { earned, gas, net } = report.total;
        expect(BigInt(earned)).toBeGreaterThan(0n);
        expect(BigInt(net)).toBe(BigInt(earned) - BigInt(gas));
        expect(report.reasons.map(({ code }) => code)).toEqual(['over-ceiling']);
        expect(report.reasons[0]?.sentence).toMatch(
            /^1 job paid less than your price: they offered 0\.000001 GRAM, you asked 0\.\d+ GRAM \(medians\)\.$/,
        );
    });

    it.each(['day', 'model', 'reason', 'client'])('has the same sums by %s', async (by) => {
        const report = earningsJson.parse(await world.json(home, ['earnings', '--by', by]));
        const { rows, total } = report;
        expect(rows.reduce((sum, { net }) => sum + BigInt(net), 0n)).toBe(BigInt(total.net));
        expect(rows.reduce((sum, { seen }) => sum + seen, 0)).toBe(2);
    });

    it('reads them as a table, and as CSV', async () => {
        const { out } = await world.run(home, ['earnings', '--by', 'reason']);
        expect(out).toContain('jobs    2 seen, 1 bid for, 1 won, 1 paid');
        expect(out).toContain('Lower provider.pricing to win such jobs');
        expect(out).toMatch(/paid-accepted +1 +1 +1 +1/);
        const csv = (await world.run(home, ['earnings', '--by', 'reason', '--csv'])).out;
        const [head, ...lines] = csv.trim().split('\r\n');
        expect(head).toBe(
            'reason,kind,what_to_do,seen,bids,won,paid,earned_gram,gas_gram,lost_gram,net_gram',
        );
        expect(lines.some((line) => /^over-ceiling,too dear,.*,1,0,0,0,/.test(line))).toBe(true);
    });

    it('is told of one job, by the name that status shows', async () => {
        const { out: status } = await world.run(home, ['status']);
        const name = /([\w-]{6}\/0)\b/.exec(status)?.[1] ?? '';
        const { out } = await world.run(home, ['why', name]);
        expect(out).toMatch(/seen: posted by/);
        expect(out).toMatch(/won for/);
        expect(out).toMatch(/paid 0\.\d+ GRAM, of which the market kept .*, gas .*, net /);
        expect(await world.failure(home, ['why', 'nobody/99'])).toMatchObject({ code: 2 });
    });

    it('compares prices, also when the node is stopped', async () => {
        await node.interrupt();
        const { out } = await world.run(home, ['prices']);
        expect(out).toContain('identity');
        expect(out).toContain('Only 1 job was seen');
        // About what was asked; the model was measured again since.
        expect(out).toMatch(/identity +1\+0( +0\.\d+){4} +0 +0\.\d+ +a core hour/);
        expect(out).toContain('too short for a rate');
        const { total } = earningsJson.parse(await world.json(home, ['earnings']));
        expect(total.paid).toBe(1);
    });
});
