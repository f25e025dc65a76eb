import { toNano } from '@ton/core';
import { EmulationError } from '@ton/sandbox';
import type { JobView } from '../../wrappers';
import {
    BETWEEN,
    CheckWorld,
    deadlineOf,
    FAILED,
    FAR,
    NEAR,
    SAYS,
    SMALL,
    TRUTH,
    withVerification,
} from './check-world';
import { closingsOf, expectSound } from './escrow-scenes';
import { readEscrow } from './escrow-states';
import { seeded } from './interleaving';
import { pick } from './move';
import { GENEROUS } from './world';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 10);
const LENGTH = Number(process.env['PROPERTY_LENGTH'] ?? 60);
const FIRST = Number(process.env['PROPERTY_SEED'] ?? 1);

const ANSWERS = [TRUTH, NEAR, TRUTH, BETWEEN, FAR, FAILED];
const WORKS = [SAYS.right, SAYS.wrong, SAYS.wrong, SAYS.unstable, SAYS.missing, SAYS.falseError];

describe(`Any history of checks, ${RUNS} runs from seed ${FIRST}`, () => {
    let world: CheckWorld;
    let start: () => Promise<void>;
    const outcomes = new Map<string, number>();

    beforeAll(async () => {
        world = await CheckWorld.create({
            operators: 6,
            parameters: withVerification({ ...SMALL.verification, jurors: 1, appealJurors: 3 }),
        });
        await world.drawn(0, { terms: { items: 3, payUnverified: true } });
        start = await world.keep();
    });

    type Choose = (below: number) => number;
    type Act = (choose: Choose, job: JobView) => Promise<unknown>;

    const anybody = (choose: Choose) => pick(world.operators, choose(6));
    const wallet = (choose: Choose) =>
        pick([world.client.wallet, world.accused.operator, world.operator(0).operator], choose(3));

    const acts: Record<string, Act> = {
        tick: (_, { id }) => world.tick(id),
        claim: (choose, { id }) => world.claim(anybody(choose), { jobId: id }),
        seal: (choose, { id }) => world.seal(pick(ANSWERS, choose(3)), { jobId: id }),
        open: (choose, { id }) => world.open(pick(ANSWERS, choose(6)), { jobId: id }),
        reveal: (choose, { id }) =>
            world.reveal(pick(ANSWERS, choose(3)), {
                jobId: id,
                kind: pick(
                    ['sketch', 'sketch', 'sketch', 'broken-binding', 'missing-data'] as const,
                    choose(5),
                ),
            }),
        jointReveal: (choose, { id }) =>
            world.revealJointly(pick(ANSWERS, choose(3)), pick(ANSWERS, choose(6)), { jobId: id }),
        equivocated: (choose, { id }) => world.showSeal(pick(ANSWERS, choose(6)), { jobId: id }),
        dispute: (choose, { id }) => world.dispute(wallet(choose), { jobId: id, leaf: choose(4) }),
        sealSeat: async (choose, { id }) => {
            const seats = await world.jurors(id);
            if (seats.length === 0) return;
            const seat = pick(seats, choose(3));
            const work = pick(WORKS, said(seat.ticket, choose));
            return world.sealSeat(seat, work, id);
        },
        revealSeat: async (choose, { id }) => {
            const seats = await world.jurors(id);
            if (seats.length === 0) return;
            const seat = pick(seats, choose(3));
            return world.revealSeat(seat, pick(WORKS, words.get(seat.ticket) ?? 0), id);
        },
        concede: (_, { id }) => world.act(world.accused, { kind: 'concede', jobId: id }),
        report: (_, { id }) =>
            world.step(
                world.accused.stake.sendReportConviction(
                    world.client.wallet.getSender(),
                    toNano('0.2'),
                    {
                        jobId: id,
                        client: world.client.wallet.address,
                        index: 0,
                    },
                ),
            ),
        accept: (_, { id }) => world.step(world.world.accept(world.client, { jobId: id })),
        commit: (_, { id }) =>
            world.step(world.world.commit(world.accused, world.client, { jobId: id })),
        bid: (_, { id }) =>
            world.step(
                world.world.bid(world.accused, world.client, { jobId: id, price: toNano('0.5') }),
            ),
        unbond: () =>
            world.accused.stake.sendUnbond(world.accused.operator.getSender(), GENEROUS, {
                reserve: toNano('1'),
                collateral: toNano('1'),
            }),
        withdraw: () =>
            world.accused.stake.sendWithdraw(world.accused.operator.getSender(), GENEROUS, {
                amount: toNano('0.01'),
                operating: toNano('0.1'),
            }),
        surplus: async () => {
            await world.client.escrow.sendWithdrawSurplus(
                world.client.wallet.getSender(),
                GENEROUS,
            );
            await world.forget();
        },
    };

    /** What jurors have sealed, so that they can reveal it. */
    const words = new Map<bigint, number>();

    function said(ticket: bigint, choose: Choose): number {
        const work = words.get(ticket) ?? choose(6);
        words.set(ticket, work);
        return work;
    }

    /** What moves a job on. */
    function fitting(job: JobView): string[] {
        switch (job.state) {
            case 'bidding':
            case 'unsold':
                return ['bid', 'tick'];
            case 'assigned':
            case 'overdue':
                return ['commit', 'commit', 'report'];
            case 'committed':
                return ['accept', 'accept', 'tick', 'report'];
            case 'checking':
                return {
                    claim: ['claim'],
                    seal: ['seal', 'seal', 'jointReveal'],
                    open: ['open', 'open', 'open', 'equivocated'],
                    reveal: ['reveal', 'reveal', 'reveal', 'equivocated'],
                }[job.phase];
            case 'appeal':
                return ['dispute', 'tick'];
            case 'jury':
                return {
                    seed: ['tick', 'concede'],
                    claim: ['claim', 'claim', 'claim', 'concede'],
                    seal: ['sealSeat'],
                    reveal: ['revealSeat', 'revealSeat', 'tick'],
                    over: ['tick'],
                }[job.phase];
        }
    }

    /** Whether there is nothing to do but to wait. */
    function waits(job: JobView): boolean {
        if (job.state === 'bidding') return job.bid !== undefined;
        if (job.state === 'checking') return job.phase === 'claim' && job.verifier !== undefined;
        return job.state === 'jury' && job.phase === 'seed';
    }

    async function jobs(): Promise<JobView[]> {
        return [...((await readEscrow(world.world, world.client))?.jobs.values() ?? [])];
    }

    async function play(choose: Choose): Promise<void> {
        for (let step = 0; step < LENGTH; step++) {
            const open = await jobs();
            if (open.length < 3 && choose(6) === 0) {
                const { nextJob } = (await readEscrow(world.world, world.client)) ?? { nextJob: 0 };
                await world.world.post(world.client, {
                    jobId: nextJob,
                    ceiling: toNano('0.5'),
                    terms: {
                        checkRate: 10_000,
                        items: 3,
                        rule: null,
                        keep: choose(3) === 0,
                        payUnverified: choose(2) === 0,
                    },
                });
                await world.forget();
                continue;
            }
            const job = open[choose(Math.max(1, open.length))];
            if (job === undefined) continue;
            if (choose(waits(job) ? 2 : 8) === 0) {
                const deadline = job.state === 'bidding' ? job.biddingEnd : deadlineOf(job);
                const left = Math.max(0, deadline - world.now - choose(2));
                world.world.wait(choose(3) === 0 ? Math.min(1, left) : left);
                continue;
            }
            const names = choose(8) === 0 ? Object.keys(acts) : fitting(job);
            const name = pick(names, choose(names.length));
            const result = await acts[name]?.(choose, job).catch(refused);
            if (isResult(result)) count(result);
            await expectSound(world.world, [world.client], [world.accused]);
        }
    }

    function count(result: Parameters<typeof closingsOf>[0]): void {
        for (const { outcome } of closingsOf(result, world.client)) {
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
    }

    it.each(Array.from({ length: RUNS }, (_, index) => FIRST + index))(
        'neither creates nor loses a nanogram, and ticks end every job, seed %d',
        async (seed) => {
            await start();
            words.clear();
            await play(seeded(seed));
            for (const { outcome } of await world.release()) {
                outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
            }
            expect(await world.client.escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
            await world.audit();
        },
    );

    it('came to many an end', () => {
        if (process.env['PROPERTY_REPORT']) {
            process.stderr.write(`${JSON.stringify([...outcomes])}\n`);
        }
        if (RUNS >= 10) expect(outcomes.size).toBeGreaterThanOrEqual(5);
    });
});

/** External messages that are refused cost nothing; what helpers cannot do in this state is nothing. */
function refused(error: unknown): undefined {
    if (error instanceof EmulationError) return undefined;
    if (error instanceof Error && /^(Job|Nobody|Nothing)/.test(error.message)) return undefined;
    throw error;
}

function isResult(result: unknown): result is Parameters<typeof closingsOf>[0] {
    return typeof result === 'object' && result !== null && 'transactions' in result;
}
