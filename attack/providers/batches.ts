import { toNano } from '@ton/core';
import type { Attack, Stratum } from '../attack';
import { honestOutput, number, PRICE } from '../arena/scene';
import type { AnswerOf } from '../arena/scripted-provider';
import { LEAST_BONDS, LEAST_RATE } from './least';

/** What is wrong and not drawn is paid: that is what a check rate means. */
const STATED_PRICE = PRICE + toNano('0.02');

/** One leaf of so many is wrong. */
function oneWrong(wrong: number): AnswerOf {
    return (item, index) => (index === wrong ? number(0.5) : honestOutput(item));
}

const ITEMS = 100;
const HIT: Stratum = { name: 'the wrong leaf is drawn', chance: 1 / ITEMS };
const MISS: Stratum = { name: 'another leaf is drawn', chance: 1 - 1 / ITEMS };

const DEAR_ITEMS = 10;
const DEAR_HIT: Stratum = { name: 'the dear leaf is drawn', chance: 1 / DEAR_ITEMS };
const DEAR_MISS: Stratum = { name: 'a cheap leaf is drawn', chance: 1 - 1 / DEAR_ITEMS };

/** Batches in which little is wrong. */
export const batches: readonly Attack[] = [
    {
        name: 'one wrong item of a hundred',
        role: 'provider',
        how: 'computes 99 items of a job, makes the last one up, and hopes that another leaf is drawn',
        strata: [HIT, MISS],
        stated: { client: STATED_PRICE },
        play: async (ring, stratum) => {
            const cheat = await ring.provider('attacker', { bonds: LEAST_BONDS });
            const values = Array.from({ length: ITEMS }, (_, index) => index + 1);
            const wanted = ({ leaf }: { leaf: number }) => (leaf === 0) === (stratum === HIT);
            const posted = await ring.soldWhen(cheat, wanted, oneWrong(0), { values });
            const end = await ring.settle(cheat, posted);
            // It has done what is right of the job; who is convicted has done it for nothing.
            const done = (PRICE * BigInt(ITEMS - 1)) / BigInt(ITEMS);
            ring.books.deliver(cheat.party, ring.client, done);
            return { caughtBy: end };
        },
    },
    {
        name: 'the dear item wrong, the cheap ones right',
        role: 'provider',
        how: 'makes up the one item of ten that takes all the work of the job',
        strata: [DEAR_HIT, DEAR_MISS],
        stated: { client: STATED_PRICE },
        play: async (ring, stratum) => {
            const cheat = await ring.provider('attacker', { bonds: LEAST_BONDS });
            const values = Array.from({ length: DEAR_ITEMS }, (_, index) => index + 1);
            const wanted = ({ leaf }: { leaf: number }) => (leaf === 0) === (stratum === DEAR_HIT);
            const posted = await ring.soldWhen(cheat, wanted, oneWrong(0), { values });
            const end = await ring.settle(cheat, posted);
            // What it computed took nothing; what the client has is nine tenths of what it paid.
            ring.client.goods += (PRICE * BigInt(DEAR_ITEMS - 1)) / BigInt(DEAR_ITEMS);
            return { caughtBy: end };
        },
    },
];

function drawnStrata(): readonly [Stratum, Stratum] {
    const chance = LEAST_RATE / 10_000;
    return [
        { name: 'drawn', chance },
        { name: 'not drawn', chance: 1 - chance, weight: 0.25 },
    ];
}

const [DRAWN, UNDRAWN] = drawnStrata();

/** A cheat with the best record there is, checked at the least rate. */
export const proven: readonly Attack[] = [
    {
        name: 'one wrong answer after a long good record',
        role: 'provider',
        how: 'is checked at the least rate alone, and answers one job wrong',
        proven: true,
        strata: [DRAWN, UNDRAWN],
        play: async (ring, stratum) => {
            const cheat = await ring.provider('attacker', { bonds: LEAST_BONDS });
            const wanted = ({ draw }: { draw: bigint }) =>
                draw % 10_000n < BigInt(LEAST_RATE) === (stratum === DRAWN);
            const posted = await ring.soldWhen(cheat, wanted, () => number(0.5), {
                terms: { checkRate: 0 },
            });
            return { caughtBy: await ring.settle(cheat, posted) };
        },
        // It paid for a job and got nothing for it where nobody looked: what a check rate means.
        stated: { client: STATED_PRICE },
    },
];
