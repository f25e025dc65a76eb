import { estimate, studentT975 } from '../../attack/estimate';

const certain = { name: 'certain', chance: 1 };
const often = { name: 'often', chance: 0.9 };
const seldom = { name: 'seldom', chance: 0.1 };

describe('The expected gain of plays', () => {
    it('is the only one where nothing is left to chance', () => {
        const one = estimate([{ stratum: certain, gains: [-5] }]);
        expect(one).toEqual({ mean: -5, low: -5, high: -5, plays: 1 });
    });

    it('weighs each way of chance by how often it comes', () => {
        const { mean, plays } = estimate([
            { stratum: often, gains: [1, 1] },
            { stratum: seldom, gains: [-100, -100] },
        ]);
        expect(mean).toBeCloseTo(0.9 - 10);
        expect(plays).toBe(4);
    });

    it('has the bounds of Student for one sample', () => {
        // Mean 3, standard deviation sqrt(2.5): the textbook interval of 1 to 5 with t = 2.776.
        const { mean, low, high } = estimate([{ stratum: certain, gains: [1, 2, 3, 4, 5] }]);
        const reach = 2.776 * Math.sqrt(2.5 / 5);
        expect(mean).toBe(3);
        expect(high - mean).toBeCloseTo(reach, 1);
        expect(mean - low).toBeCloseTo(reach, 1);
    });

    it('is as wide as the ways of chance make it, each by its share', () => {
        const wide = estimate([
            { stratum: often, gains: [0, 0, 0] },
            { stratum: seldom, gains: [-10, 10, 0] },
        ]);
        // 0.1^2 * 100 / 3 is the variance, of 2 degrees of freedom.
        expect(wide.high).toBeCloseTo(4.303 * Math.sqrt(1 / 3), 2);
    });

    it('covers the truth as often as it says', () => {
        let state = 7;
        const random = () => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
            return state / 2 ** 32;
        };
        let covered = 0;
        for (let run = 0; run < 2000; run++) {
            const sample = () => Array.from({ length: 12 }, () => random() + random() + random());
            const { low, high } = estimate([
                { stratum: often, gains: sample() },
                { stratum: seldom, gains: sample() },
            ]);
            if (low <= 1.5 && 1.5 <= high) covered++;
        }
        expect(covered / 2000).toBeGreaterThan(0.93);
        expect(covered / 2000).toBeLessThan(0.97);
    });

    it('is refused where a way was not played, or chances do not sum to 1', () => {
        expect(() => estimate([{ stratum: certain, gains: [] }])).toThrow(/not played/);
        expect(() => estimate([{ stratum: often, gains: [1] }])).toThrow(/sum to 1/);
    });
});

describe("Student's t", () => {
    it.each([
        [1, 12.706],
        [2, 4.303],
        [3, 3.182],
        [5, 2.571],
        [10, 2.228],
        [30, 2.042],
        [1000, 1.962],
    ])('at %d degrees of freedom is %d', (freedom, expected) => {
        expect(Math.abs(studentT975(freedom) / expected - 1)).toBeLessThan(0.02);
    });

    it('is that of the normal distribution in the limit', () => {
        expect(studentT975(Infinity)).toBeCloseTo(1.96, 2);
    });
});
