import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Address, fromNano, type OpenedContract, toNano } from '@ton/core';
import {
    announceJob,
    estimateJob,
    type JobResult,
    type JobTicket,
    postJob,
    resumeJob,
    runJob,
} from '../../sdk';
import { type Deployment, DEVNET_PARAMETERS, Market, Stake, withoutChecks } from '../../wrappers';
import { until } from '../provider/world';
import { bundleCommand, makeKeysCheap, ProviderWorld } from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_890;
const ADMIN = 18_892;
const URL = `http://127.0.0.1:${PORT}`;
const PARAMETERS = withoutChecks({ ...DEVNET_PARAMETERS, acceptWindow: 300 });

jest.setTimeout(300_000);

describe('A home whose owner goes over to another Market', () => {
    let world: ProviderWorld;
    let home: string;
    let next: { readonly market: OpenedContract<Market>; readonly deployment: Deployment };
    let oldStake: Stake;
    let newStake: Stake;
    let ticket: JobTicket;
    beforeAll(async () => {
        bundleCommand();
        world = await ProviderWorld.create(PARAMETERS);
        const contract = await Market.fromConfig({
            owner: world.client.address,
            network: -3,
            timelockSeconds: 7200,
            parameters: PARAMETERS,
        });
        const market = world.chain.open(contract);
        await market.sendDeploy(world.client, toNano('1'));
        next = { market, deployment: await contract.deployment() };
        home = world.home('owner');
    });
    afterAll(() => world.stop());

    const oldMarket = () => ['--market', world.market.address.toString()];
    const newMarket = () => ['--market', next.market.address.toString()];
    const launch = (args: readonly string[]) =>
        world.launch(home, ['start', ...args, '--set', 'provider.drainSeconds=0']);
    const ready = async (args: readonly string[] = []) => {
        const node = launch(args);
        await node.says('Ready for jobs.');
        return node;
    };
    const view = (stake: Stake) => world.chain.open(Stake.fromAddress(stake.address)).getStake();
    const job = async (deployment: Deployment, value: number): Promise<JobResult> =>
        runJob({ ...(await world.request([value], URL)), deployment });
    /** What the books of the stake of a Market say. */
    const totals = async (market: readonly string[]) => {
        const { node } = await world.json(home, ['status', ...market]);
        return (node as { totals: { seen: number; won: number; earned: string } }).totals;
    };

    it('is told what to do, before the new one is set up', async () => {
        const ports = ['--port', String(PORT), '--set', `provider.http.adminPort=${ADMIN}`];
        const owner = ['--create-wallet', '--faucet', '--yes'];
        const { stake } = await world.json(home, ['init', ...world.network, ...ports, ...owner]);
        makeKeysCheap(home);
        oldStake = Stake.fromAddress(Address.parse(stake as string));
        const node = await ready();
        expect((await job(world.deployment, 1)).closing).toMatchObject({ outcome: 'accepted' });
        // Delivered, and not paid yet.
        const request = await world.request([2], URL);
        await announceJob(request);
        ticket = await postJob({
            ...request,
            estimate: await estimateJob({ ...request, items: 1 }),
        });
        await node.says('the results are committed to; waiting for the client.');
        await until(async () => {
            const { work } = (await (await fetch(`http://127.0.0.1:${ADMIN}/status`)).json()) as {
                work: { jobs: { phase: string }[] };
            };
            return work.jobs.map(({ phase }) => phase).join() === 'committed';
        });
        await node.interrupt('SIGTERM');
        const { error } = await world.failure(home, ['start', ...newMarket()]);
        expect(error).toMatchObject({
            code: 'SETUP_OTHER_MARKET',
            hint: expect.stringContaining('cocoon-provider init') as string,
        });
    });

    it('keeps the old stake within reach when it opens one of the new Market', async () => {
        const args = ['init', ...newMarket(), '--faucet', '--yes', '--json'];
        const { code, out, err } = await world.run(home, args);
        expect([code, out]).toEqual([0, expect.stringContaining('"state":"open"')]);
        expect(err).toContain(`The stake ${oldStake.address.toString()} of the Market`);
        const result = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { stake: string };
        newStake = Stake.fromAddress(Address.parse(result.stake));
        expect(newStake.address.equals(oldStake.address)).toBe(false);
        const { stake, otherStakes } = await world.json(home, ['status']);
        expect(stake).toMatchObject({ address: newStake.address.toString(), open: true });
        expect(otherStakes).toMatchObject([
            {
                address: oldStake.address.toString(),
                reserve: toNano('10').toString(),
                collateral: toNano('5').toString(),
            },
        ]);
        const old = await world.json(home, ['status', ...oldMarket()]);
        expect(old['stake']).toMatchObject({ address: oldStake.address.toString() });
    });

    it('does not leave a delivered job of the old one alone by mistake', async () => {
        const { error } = await world.failure(home, ['start']);
        expect(error).toMatchObject({ code: 'OTHER_STAKE_BUSY' });
        expect(error['message']).toContain('has 1 jobs and 0 checks that have not ended');
        // Nor with a balance too low for anything new.
        const { freeOperating } = await world.json(home, ['withdraw', ...oldMarket()]);
        const most = fromNano(BigInt(freeOperating as string));
        await world.json(home, ['withdraw', '--operating', most, '--yes', ...oldMarket()]);
        const node = launch(oldMarket());
        await node.notes('What was begun goes on (1 jobs, 0 checks). Send at least 0.');
        const { job: delivered } = await world.request([2], URL);
        const resumed = await resumeJob({ chain: world.chain, ticket, job: delivered });
        expect(resumed).toMatchObject({ posted: true, closing: { outcome: 'accepted' } });
        await until(async () => (await totals(oldMarket())).won === 2);
        await until(async () => {
            const { node: facts } = await world.json(home, ['status', ...oldMarket()]);
            return (facts as { running: { jobs: object[] } }).running.jobs.length === 0;
        });
        await node.interrupt('SIGTERM');
    });

    it('works for the new one, and takes everything out of the old one meanwhile', async () => {
        const node = await ready();
        const { closing } = await job(next.deployment, 3);
        expect(closing).toMatchObject({ outcome: 'accepted' });
        await until(async () => (await totals([])).won === 1);
        const twice = await world.failure(home, ['start', ...oldMarket()]);
        expect(twice.error).toMatchObject({ code: 'STATE_IN_USE' });

        const unbonded = await world.json(home, [
            ...['withdraw', '--unbond', '--all', '--yes'],
            ...oldMarket(),
        ]);
        expect(unbonded['unbonding']).toBe(toNano('15').toString());
        expect(await view(newStake)).toMatchObject({ reserve: toNano('10'), unbonding: 0n });
        await world.devnet.advanceTime(Number(unbonded['freeAt']) - world.devnet.now() + 1);
        const done = await world.json(home, ['withdraw', '--all', '--yes', ...oldMarket()]);
        expect(done).toMatchObject({ withdrawable: '0', reserve: '0', collateral: '0' });
        expect(await world.balance(oldStake.address)).toBeLessThan(toNano('0.01'));
        expect(await view(newStake)).toMatchObject({ reserve: toNano('10'), unbonding: 0n });
        await node.interrupt('SIGTERM');
    });

    it('has books of its own for each, and the signatures of none are those of another', async () => {
        expect(await totals([])).toMatchObject({ seen: 1, won: 1 });
        expect(await totals(oldMarket())).toMatchObject({ seen: 2, won: 2 });
        const earned = async (market: readonly string[]) => {
            const { total } = await world.json(home, ['earnings', ...market]);
            return (total as { seen: number }).seen;
        };
        expect([await earned([]), await earned(oldMarket())]).toEqual([1, 2]);
    });

    it('is backed up and restored with both', async () => {
        const file = join(world.folder, 'both.age');
        await world.json(home, ['backup', file]);
        const other = world.home('restored');
        expect((await world.run(other, ['restore', file, '--yes'])).code).toBe(0);
        const { node } = await world.json(other, ['status', ...oldMarket()]);
        expect(node).toMatchObject({ totals: { won: 2 } });
        expect(readFileSync(join(other, 'provider', 'node.json'), 'utf8')).toContain(
            newStake.address.toRawString(),
        );
    });

    it('goes back to the old one with init, and nothing is lost', async () => {
        await world.json(home, ['init', ...oldMarket(), '--faucet', '--yes']);
        const { stake, otherStakes } = await world.json(home, ['status']);
        expect(stake).toMatchObject({ address: oldStake.address.toString() });
        expect(otherStakes).toMatchObject([{ address: newStake.address.toString() }]);
    });
});
