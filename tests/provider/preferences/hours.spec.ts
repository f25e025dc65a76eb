import { parseHours, wallTime, WEEKDAYS, withinHours } from '../../../provider/preferences/hours';

const week = (hours: Partial<Record<(typeof WEEKDAYS)[number], string>>) =>
    Object.fromEntries(
        WEEKDAYS.map((day) => [day, parseHours(hours[day] ?? 'never') ?? []]),
    ) as unknown as Parameters<typeof withinHours>[0];
const at = (iso: string, timeZone = 'UTC') => wallTime(Date.parse(iso), timeZone);

describe('hours of a day', () => {
    it.each([
        ['always', [{ start: 0, end: 1440 }]],
        ['never', []],
        ['09:00-17:30', [{ start: 540, end: 1050 }]],
        [
            ' 9:00 - 12:00 , 22:00-06:00',
            [
                { start: 540, end: 720 },
                { start: 1320, end: 360 },
            ],
        ],
        ['00:00-24:00', [{ start: 0, end: 1440 }]],
    ])('reads %j', (text, ranges) => expect(parseHours(text)).toEqual(ranges));

    it.each([
        '',
        'sometimes',
        '9-17',
        '25:00-26:00',
        '09:00-24:01',
        '09:60-10:00',
        '09:00-09:00',
        '24:00-01:00',
        '09:00-10:00,',
    ])('refuses %j', (text) => expect(parseHours(text)).toBeUndefined());

    it('begin with their first minute and end before their last', () => {
        const hours = week({ monday: '09:00-17:00' });
        expect(withinHours(hours, { weekday: 'monday', minutes: 539 })).toBe(false);
        expect(withinHours(hours, { weekday: 'monday', minutes: 540 })).toBe(true);
        expect(withinHours(hours, { weekday: 'monday', minutes: 1019 })).toBe(true);
        expect(withinHours(hours, { weekday: 'monday', minutes: 1020 })).toBe(false);
        expect(withinHours(hours, { weekday: 'tuesday', minutes: 600 })).toBe(false);
    });

    it('go on over midnight, and over the end of the week', () => {
        const hours = week({ sunday: '22:00-06:00' });
        expect(withinHours(hours, { weekday: 'sunday', minutes: 1320 })).toBe(true);
        expect(withinHours(hours, { weekday: 'monday', minutes: 359 })).toBe(true);
        expect(withinHours(hours, { weekday: 'monday', minutes: 360 })).toBe(false);
        expect(withinHours(hours, { weekday: 'sunday', minutes: 100 })).toBe(false);
        expect(withinHours(hours, { weekday: 'monday', minutes: 1400 })).toBe(false);
    });
});

describe('the time on the wall', () => {
    it('is that of its zone', () => {
        expect(at('2026-11-26T23:30:00Z')).toEqual({ weekday: 'thursday', minutes: 1410 });
        expect(at('2026-11-26T23:30:00Z', 'Europe/Berlin')).toEqual({
            weekday: 'friday',
            minutes: 30,
        });
        expect(at('2026-11-27T00:00:00Z')).toEqual({ weekday: 'friday', minutes: 0 });
    });

    it('skips an hour in spring: what begins in it begins behind it', () => {
        const hours = week({ sunday: '02:30-04:00' });
        const within = (iso: string) => withinHours(hours, at(iso, 'Europe/Berlin'));
        expect(within('2026-03-29T00:59:00Z')).toBe(false); // 01:59
        expect(within('2026-03-29T01:00:00Z')).toBe(true); // 03:00
        expect(within('2026-03-29T02:00:00Z')).toBe(false); // 04:00
    });

    it('repeats an hour in autumn: what holds in it holds twice', () => {
        const hours = week({ sunday: '02:00-03:00' });
        const within = (iso: string) => withinHours(hours, at(iso, 'Europe/Berlin'));
        expect(within('2026-10-24T23:59:00Z')).toBe(false); // 01:59
        expect(within('2026-10-25T00:30:00Z')).toBe(true); // 02:30, summer
        expect(within('2026-10-25T01:30:00Z')).toBe(true); // 02:30, winter
        expect(within('2026-10-25T02:00:00Z')).toBe(false); // 03:00
    });

    it('changes by half an hour where a country does so', () => {
        const hours = week({ sunday: '01:45-03:00' });
        const within = (iso: string) => withinHours(hours, at(iso, 'Australia/Lord_Howe'));
        expect(within('2026-04-04T14:40:00Z')).toBe(false); // 01:40, summer
        expect(within('2026-04-04T14:50:00Z')).toBe(true); // 01:50, summer
        expect(within('2026-04-04T15:10:00Z')).toBe(false); // 01:40 again
        expect(within('2026-04-04T15:20:00Z')).toBe(true); // 01:50 again
    });
});
