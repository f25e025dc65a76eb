import { change, gram, sparkline, table } from '../../cli/terminal/table';

describe('Amounts', () => {
    it('have all nine digits, groups of thousands and a sign', () => {
        expect(gram(1n)).toBe('0.000000001');
        expect(gram(-1_234_567_000_000_001n)).toBe('-1,234,567.000000001');
        expect(change(5_000_000_000n)).toBe('+5.000000000');
        expect(change(0n)).toBe('0.000000000');
    });
});

describe('A table', () => {
    it('aligns its columns, numbers at the right', () => {
        const text = table(
            [{ title: 'name' }, { title: 'sum', right: true }],
            [['a', '1'], '-', ['longer', '1000']],
        );
        expect(text.split('\n')).toEqual([
            '  name     sum',
            '  ------  ----',
            '  a          1',
            '  ------  ----',
            '  longer  1000',
        ]);
    });
});

describe('A sparkline', () => {
    it('shows the least as nothing and the most as a full bar', () => {
        expect(sparkline([0, 0.5, 1], 72)).toBe(' ▄█');
    });

    it('takes means where there are more values than columns', () => {
        expect(sparkline([1, 1, 0, 0], 2)).toBe('█ ');
        expect(sparkline(new Array<number>(500).fill(1), 72)).toHaveLength(72);
    });
});
