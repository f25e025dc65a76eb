import { type Message, toNano } from '@ton/core';
import { type BlockchainSnapshot, EmulationError, type SendMessageResult } from '@ton/sandbox';
import * as fc from 'fast-check';
import { Escrow, readClosings } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import {
    exitOf,
    expectNothingToRepeat,
    expectSound,
    lighten,
    releaseByTicks,
} from './escrow-scenes';
import { readEscrow } from './escrow-states';
import { moves } from './market-moves';
import type { Cast, Move } from './move';
import { type Client, UNDRAWN_PARAMETERS, World } from './world';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 40);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 20_260_601);
const LENGTH = Number(process.env['PROPERTY_LENGTH'] ?? 30);

/** A third of all accepted jobs are drawn for a check. */
const PARAMETERS = { ...UNDRAWN_PARAMETERS, minCheckRate: 3000 };

/** What a client knows of its Escrow from what it is told: nothing but openings and endings. */
interface Model {
    nextJob: number;
    readonly open: Set<number>;
}

describe(`Any history of messages, ${RUNS} runs from seed ${SEED}`, () => {
    let cast: Cast;
    let start: BlockchainSnapshot;
    const reached = new Map<string, number>();

    beforeAll(async () => {
        const world = await World.create({ parameters: PARAMETERS });
        lighten(world.chain);
        const stake = {
            reserve: toNano('300'),
            collateral: toNano('5'),
            dailyLimit: toNano('50'),
            operating: toNano('20'),
        };
        cast = {
            world,
            clients: [await world.client('one'), await world.client('two')],
            providers: [
                await world.provider('first', stake),
                await world.provider('second', stake),
            ],
        };
        for (const client of cast.clients) {
            await world.post(client, { terms: { bidWindowSeconds: 60 } });
        }
        start = world.chain.snapshot();
    });

    async function deliver(message: Message): Promise<SendMessageResult | undefined> {
        try {
            return await cast.world.chain.sendMessage(message);
        } catch (error) {
            // An external message that is refused costs nothing and changes nothing.
            if (error instanceof EmulationError) return undefined;
            throw error;
        }
    }

    function learn(models: readonly Model[], result: SendMessageResult): void {
        cast.clients.forEach((client, index) => {
            const model = models[index];
            if (model === undefined) return;
            const closings = result.transactions
                .filter(({ inMessage }) => isTo(inMessage, client))
                .flatMap((transaction) => readClosings(transaction));
            const refused = closings.some(({ outcome }) => outcome === 'refused');
            if (wasPosted(result, client) && !refused) {
                expect(exitOf(result, client.escrow.address)).toBe(0);
                model.open.add(model.nextJob++);
                count('posted');
            } else if (wasPostedSigned(result, client)) {
                model.open.add(model.nextJob++);
                count('posted from the surplus');
            }
            for (const { jobId, outcome } of closings) {
                count(outcome);
                if (outcome === 'refused') continue;
                expect(model.open.delete(jobId)).toBe(true);
            }
        });
    }

    function isTo(message: Message | null | undefined, client: Client): boolean {
        return message?.info.dest?.toString() === client.escrow.address.toString();
    }

    /** Whether the Escrow accepted a posting that the client's key had signed. */
    function wasPostedSigned(result: SendMessageResult, client: Client): boolean {
        return result.transactions.some(({ inMessage }) => {
            const body = inMessage?.body.beginParse();
            return (
                inMessage?.info.type === 'external-in' &&
                isTo(inMessage, client) &&
                body?.preloadUint(32) === Escrow.opcodes.PostSigned
            );
        });
    }

    /** Whether the Market sent a job on to the client's Escrow. */
    function wasPosted(result: SendMessageResult, client: Client): boolean {
        return result.transactions.some(({ inMessage }) => {
            if (inMessage?.info.type !== 'internal') return false;
            const { dest, src } = inMessage.info;
            return dest.equals(client.escrow.address) && src.equals(cast.world.market.address);
        });
    }

    function count(outcome: string): void {
        reached.set(outcome, (reached.get(outcome) ?? 0) + 1);
    }

    async function expectModel(models: readonly Model[]): Promise<void> {
        for (const [index, client] of cast.clients.entries()) {
            const state = await readEscrow(cast.world, client);
            const model = models[index];
            if (state === undefined || model === undefined) continue;
            expect(state.nextJob).toBe(model.nextJob);
            expect([...state.jobs.keys()].sort(ascending)).toEqual([...model.open].sort(ascending));
        }
    }

    async function play(history: readonly Move[]): Promise<void> {
        await cast.world.chain.loadFrom(start);
        const books = openBooks(cast.world.chain);
        const models = cast.clients.map((): Model => ({ nextJob: 1, open: new Set([0]) }));
        for (const move of history) {
            if ('wait' in move) {
                cast.world.wait(await move.wait(cast));
                continue;
            }
            const result = await deliver(await move.send(cast));
            if (result === undefined) continue;
            expectNothingToRepeat(result.transactions);
            learn(models, result);
            await expectSound(cast.world, cast.clients, cast.providers);
            await expectModel(models);
        }
        for (const client of cast.clients) {
            const closings = await releaseByTicks(cast.world, client);
            for (const { outcome } of closings) count(outcome);
            const state = await readEscrow(cast.world, client);
            expect(state?.open ?? 0).toBe(0);
            expect(state?.held ?? 0n).toBe(0n);
        }
        await expectSound(cast.world, cast.clients, cast.providers);
        expectConserved(books);
    }

    it(
        'neither creates nor loses a nanogram, and leaves no job that nobody can end',
        async () => {
            await fc.assert(
                fc.asyncProperty(
                    fc.noBias(fc.array(moves, { minLength: LENGTH - 5, maxLength: LENGTH + 5 })),
                    play,
                ),
                { numRuns: RUNS, seed: SEED, endOnFailure: RUNS > 100 },
            );
            if (process.env['PROPERTY_REPORT']) {
                process.stderr.write(`${JSON.stringify([...reached])}\n`);
            }
        },
        RUNS * 20_000,
    );

    it('came to every outcome', () => {
        if (RUNS < 40) return;
        expect([...reached.keys()].sort()).toEqual([
            'accepted',
            'cancelled',
            'no-bid',
            'not-committed',
            'posted',
            'posted from the surplus',
            'refused',
            'void',
            'void-paid',
        ]);
    });
});

function ascending(a: number, b: number): number {
    return a - b;
}
