import { Seats } from '../../network/seats';

describe('Seats', () => {
    it('are for whoever comes first, until they are taken', () => {
        const seats = new Seats(2);
        const left: string[] = [];
        const take = (place: string) => seats.take(place, () => left.push(place));
        const back = take('a');
        expect(take('b')).toBeDefined();
        expect(take('c')).toBeUndefined();
        back?.();
        expect(take('c')).toBeDefined();
        expect(left).toEqual([]);
    });

    it('go from the place that has most, the oldest first, to one that has fewer', () => {
        const seats = new Seats(4);
        const left: string[] = [];
        for (const name of ['a1', 'a2', 'a3', 'b1']) {
            expect(seats.take(name[0] as string, () => left.push(name))).toBeDefined();
        }
        expect(seats.take('a', () => undefined)).toBeUndefined();
        expect(seats.take('c', () => undefined)).toBeDefined();
        expect(left).toEqual(['a1']);
        // All have as many now, but for one.
        expect(seats.take('b', () => undefined)).toBeUndefined();
        expect(seats.take('d', () => undefined)).toBeDefined();
        expect(left).toEqual(['a1', 'a2']);
        expect(seats.take('e', () => undefined)).toBeUndefined();
    });
});
