import type { Attack } from '../attack';
import { number } from '../arena/scene';
import { honestOutput } from '../arena/scene';

/** What a provider may answer that has computed nothing. */
const FABRICATED: readonly {
    readonly name: string;
    readonly how: string;
    readonly value: number;
}[] = [
    { name: 'made-up', how: 'answers with a likely number', value: 0.5 },
    { name: 'zero', how: 'answers with zeros', value: 0 },
    { name: 'huge', how: 'answers beyond the clamp of the rule', value: 3e38 },
    { name: 'tiny', how: 'answers with the smallest number there is', value: 1e-45 },
    { name: 'NaN', how: 'answers with NaN, whose element is masked', value: NaN },
    { name: 'infinite', how: 'answers with infinity, to overflow sums', value: Infinity },
];

/** Outputs made to look like results, and to pass a sketch without being one. */
export const fabricated: readonly Attack[] = FABRICATED.map(({ name, how, value }) => ({
    name: `fabricated output: ${name}`,
    role: 'provider',
    how: `wins a job, executes nothing and ${how}`,
    ...(name === 'made-up' && { short: true as const }),
    play: async (ring) => {
        const cheat = await ring.provider();
        const posted = await ring.sold(cheat, () => number(value), { values: [7] });
        return { caughtBy: await ring.settle(cheat, posted) };
    },
}));

/** A sketch that is right, over a result that is not; and the other way round. */
export const openings: readonly Attack[] = [
    {
        name: 'right sketch over a wrong leaf',
        role: 'provider',
        how: 'delivers a wrong result and, once the projection is known, opens the sketch of the right one',
        short: true,
        play: async (ring) => {
            const cheat = await ring.provider();
            const posted = await ring.sold(cheat, () => number(0.5));
            return { caughtBy: await ring.settle(cheat, posted, honestOutput) };
        },
    },
    {
        name: 'wrong sketch over a right leaf',
        role: 'provider',
        how: 'delivers the right result and opens a sketch of something else, to make its verifier lose',
        play: async (ring) => {
            const cheat = await ring.provider();
            const posted = await ring.sold(cheat);
            ring.books.deliver(cheat.party, ring.client, 0n);
            return { caughtBy: await ring.settle(cheat, posted, () => number(70)) };
        },
    },
    {
        name: 'silent after the draw',
        role: 'provider',
        how: 'delivers made-up results and opens nothing when it is drawn',
        short: true,
        play: async (ring) => {
            const cheat = await ring.provider();
            const posted = await ring.sold(cheat, () => number(0.5));
            await ring.arena.accept(posted);
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
];
