import type { Message } from '@ton/core';
import { toNano } from '@ton/core';
import { BETWEEN, CheckWorld, FAR, NEAR, SAYS } from './check-world';
import { expectSound } from './escrow-scenes';
import { interleave, seeded } from './interleaving';
import { GENEROUS } from './world';

const SEEDS = process.env['RACE_SEED']
    ? [Number(process.env['RACE_SEED'])]
    : Array.from({ length: Number(process.env['RACE_SEEDS'] ?? 3) }, (_, at) => at + 1);

interface Race {
    prepare(): Promise<unknown>;
    messages(): Promise<Message[]>;
    /** Seconds that may pass meanwhile. */
    readonly seconds: number;
}

describe('Messages about a check that race', () => {
    let world: CheckWorld;
    const stages = new Map<string, () => Promise<void>>();

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        const stage = async (name: string) => stages.set(name, await world.keep());
        await world.committed();
        await stage('committed');
        await world.world.accept(world.client);
        await stage('claim');
        await world.claim(world.operator(0));
        await world.endOfPhase();
        await stage('seal');
        await world.seal();
        await stage('open');
        await world.open(FAR);
        await stage('reveal');
        await world.reveal();
        await stage('jury');
        await world.seed();
        await stage('seats');
        await world.seat();
        await world.endOfPhase();
        for (const seat of await world.jurors()) await world.sealSeat(seat, SAYS.wrong);
        await stage('verdicts');
        for (const seat of await world.jurors()) await world.revealSeat(seat, SAYS.wrong);
        await world.tick();
        await stage('appeal');
        await stages.get('claim')?.();
    });

    const { escrow } = { escrow: () => world.client.escrow };
    const at = (name: string) => async () => stages.get(name)?.();
    const late = (name: string) => async () => {
        await stages.get(name)?.();
        await world.endOfPhase(0, 1);
    };
    const send = (act: () => ReturnType<CheckWorld['tick']>) => world.messageOf(act);
    /** A Tick when it is in time, with its words only. */
    const tick = async () => {
        const start = world.world.chain.snapshot();
        await world.endOfPhase();
        const message = await send(() => world.tick());
        await world.world.chain.loadFrom(start);
        return message;
    };
    const silent = async () => {
        await stages.get('committed')?.();
        await world.endOfPhase(0, 1);
    };
    const dispute = (wallet = world.client.wallet) =>
        send(() => world.dispute(wallet, { leaf: 0 }));

    const races: Record<string, Race> = {
        'an acceptance and the tick of a silent client': {
            prepare: silent,
            messages: async () => [
                await send(() => world.world.accept(world.client)),
                await tick(),
                await tick(),
            ],
            seconds: 2,
        },
        'claims and the end of their window': {
            prepare: late('claim'),
            messages: async () => [
                ...(await Promise.all([])),
                await send(() => world.claim(world.operator(1))),
                await send(() => world.claim(world.operator(2))),
                await send(() => world.claim(world.operator(3))),
                await tick(),
            ],
            seconds: 2,
        },
        'a seal and the tick that finds it missing': {
            prepare: late('seal'),
            messages: async () => [await send(() => world.seal()), await tick(), await tick()],
            seconds: 2,
        },
        'a seal, a joint reveal and the tick that finds both missing': {
            prepare: late('seal'),
            messages: async () => [
                await send(() => world.seal()),
                await send(() => world.revealJointly()),
                await send(() => world.revealJointly(NEAR, FAR)),
                await tick(),
            ],
            seconds: 2,
        },
        'an opening, a seal that contradicts, and the tick that convicts': {
            prepare: late('open'),
            messages: async () => [
                await send(() => world.open(NEAR)),
                await send(() => world.showSeal(FAR)),
                await send(() => world.showSeal(BETWEEN)),
                await tick(),
            ],
            seconds: 2,
        },
        'a reveal and a seal that contradicts': {
            prepare: late('reveal'),
            messages: async () => [
                await send(() => world.reveal()),
                await send(() => world.showSeal(FAR)),
                await tick(),
            ],
            seconds: 2,
        },
        'an opening and the tick that convicts': {
            prepare: late('open'),
            messages: async () => [
                await send(() => world.open(NEAR)),
                await send(() => world.open(BETWEEN)),
                await tick(),
            ],
            seconds: 2,
        },
        'a reveal and the tick that finds it missing': {
            prepare: late('reveal'),
            messages: async () => [
                await send(() => world.reveal()),
                await tick(),
                await send(() => world.reveal()),
            ],
            seconds: 2,
        },
        'a concession and the seed of the jury': {
            prepare: at('jury'),
            messages: async () => [
                await send(() => world.act(world.accused, { kind: 'concede', jobId: 0 })),
                await tick(),
            ],
            seconds: 2,
        },
        'a concession, claims of seats and the end of their window': {
            prepare: late('seats'),
            messages: async () => [
                await send(() => world.act(world.accused, { kind: 'concede', jobId: 0 })),
                ...(await seats([1, 2, 3, 4])),
                await tick(),
            ],
            seconds: 2,
        },
        'claims for the same seats': {
            prepare: at('seats'),
            messages: () => seats([1, 2, 3, 4, 5, 6]),
            seconds: 0,
        },
        'reveals of jurors and the tick of their verdict': {
            prepare: late('verdicts'),
            messages: async () => {
                const jurors = await world.jurors();
                const reveals = [];
                for (const seat of jurors) {
                    reveals.push(await send(() => world.revealSeat(seat, SAYS.wrong)));
                }
                return [...reveals, await tick(), await tick()];
            },
            seconds: 2,
        },
        'two appeals and the end of their window': {
            prepare: late('appeal'),
            messages: async () => [
                await dispute(),
                await dispute(world.accused.operator),
                await tick(),
            ],
            seconds: 2,
        },
        'a hold, a withdrawal and an unbonding': {
            prepare: at('reveal'),
            messages: async () => [
                await send(() => world.reveal()),
                await send(() =>
                    world.accused.stake.sendWithdraw(world.accused.operator.getSender(), GENEROUS, {
                        amount: 0n,
                        operating: toNano('1'),
                    }),
                ),
                await send(() =>
                    world.accused.stake.sendUnbond(world.accused.operator.getSender(), GENEROUS, {
                        reserve: toNano('900'),
                        collateral: toNano('30'),
                    }),
                ),
            ],
            seconds: 1,
        },
        'a conviction, an appeal and a withdrawal of surplus': {
            prepare: late('appeal'),
            messages: async () => [
                await tick(),
                await dispute(world.accused.operator),
                await send(() =>
                    escrow().sendWithdrawSurplus(world.client.wallet.getSender(), GENEROUS),
                ),
            ],
            seconds: 2,
        },
    };

    async function seats(jurors: readonly number[]): Promise<Message[]> {
        const messages = [];
        for (const index of jurors)
            messages.push(await send(() => world.claim(world.operator(index))));
        return messages;
    }

    describe.each(Object.entries(races))('%s', (_name, race) => {
        it.each(SEEDS)('lose nothing and leave nothing stuck, seed %d', async (seed) => {
            await race.prepare();
            const everybody = [world.accused, ...world.operators];
            await interleave(world.world, await race.messages(), seeded(seed), race.seconds, () =>
                expectSound(world.world, [world.client], everybody.slice(0, 2)),
            );
            await world.forget();
            await world.release();
            expect(await escrow().getEscrow()).toMatchObject({ open: 0n, held: 0n });
            await world.audit();
        });
    });
});
