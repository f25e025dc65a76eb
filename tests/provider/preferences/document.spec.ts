import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    allKeys,
    changePreferences,
    givenValues,
    parsePreferences,
    PreferencesError,
    typedValue,
    USUAL_PREFERENCES,
} from '../../../provider/preferences';

const FILE = `# mine
idle:
  only: true # at home
  minutes: 5
programs:
  # games
  - doom
`;

describe('a file of preferences', () => {
    it('may be empty, or not say everything', () => {
        expect(parsePreferences('')).toEqual(USUAL_PREFERENCES);
        expect(parsePreferences('# nothing\n')).toEqual(USUAL_PREFERENCES);
        expect(parsePreferences(FILE)).toMatchObject({
            idle: { only: true, minutes: 5, terminals: false },
            programs: ['doom'],
        });
    });

    it.each([
        ['idle: [', /no YAML/],
        ['idle: 3', /idle is no group/],
        ['idel: {}', /no preference idel/],
        ['idle: { minutes: soon }', /idle\.minutes cannot be "soon"/],
        ['hours: { monday: 9-17 }', /hours\.monday cannot be "9-17"/],
        ['cpu: { cores: 1.5 }', /cpu\.cores/],
        ['programs: doom', /programs/],
    ])('is refused as a whole where it says %j', (text, sentence) => {
        expect(() => parsePreferences(text)).toThrow(PreferencesError);
        expect(() => parsePreferences(text)).toThrow(sentence);
    });

    it('keeps comments and all else when one preference changes', () => {
        const changed = changePreferences(FILE, 'idle.minutes', 10);
        expect(changed).toBe(FILE.replace('minutes: 5', 'minutes: 10'));
        expect(changePreferences(changed, 'idle.only', false)).toContain('only: false # at home');
        expect(changePreferences(FILE, 'cpu.cores', 2)).toBe(`${FILE}cpu:\n  cores: 2\n`);
        expect(parsePreferences(changePreferences(FILE, 'programs', ['a', 'b'])).programs).toEqual([
            'a',
            'b',
        ]);
    });

    it('loses what is reset, and a group with its last preference', () => {
        const less = changePreferences(FILE, 'idle.minutes', undefined);
        expect(less).toContain('only: true # at home');
        expect(less).not.toContain('minutes');
        expect(changePreferences(less, 'idle.only', undefined)).not.toContain('idle');
        expect(changePreferences('', 'idle.only', undefined)).toContain('{}');
    });

    it('is not changed to what is no value', () => {
        expect(() => changePreferences(FILE, 'idle.minutes', -1)).toThrow(PreferencesError);
        expect(() => changePreferences('idle: [', 'idle.minutes', 1)).toThrow(PreferencesError);
    });

    it('explains itself when it is new, and tells what stands in it', () => {
        const text = changePreferences('', 'hours.monday', '22:00-06:00');
        expect(text).toMatch(/^# What the owner/);
        expect([...givenValues(text)]).toEqual([['hours.monday', '22:00-06:00']]);
        expect(parsePreferences(text).hours.monday).toEqual([{ start: 1320, end: 360 }]);
    });
});

describe('a value that is typed', () => {
    it.each([
        ['idle.only', 'yes', true],
        ['idle.minutes', '0.5', 0.5],
        ['programs', 'doom, quake.exe', ['doom', 'quake.exe']],
        ['programs', '', []],
        ['hours.sunday', 'never', 'never'],
        ['runningJobs', 'handBack', 'handBack'],
    ])('%s %j', (path, text, value) => expect(typedValue(path, text)).toEqual(value));

    it.each([
        ['idle.only', 'perhaps'],
        ['idle.minutes', '-1'],
        ['cpu.cores', '1.5'],
        ['hours.sunday', '9-17'],
        ['runningJobs', 'drop'],
        ['programs', '/usr/bin/doom'],
    ])('%s is not %j', (path, text) => {
        expect(() => typedValue(path, text)).toThrow(PreferencesError);
    });

    it('has to have a name, and near ones are told', () => {
        expect(() => typedValue('minutes', '3')).toThrow('There is no preference minutes.');
        expect(hintOf(() => typedValue('minutes', '3'))).toContain('idle.minutes');
        expect(hintOf(() => typedValue('nothing', '3'))).toContain('shows all');
    });

    it('is what every usual value is', () => {
        for (const [path, { usual }] of allKeys()) {
            if (usual === undefined) continue;
            expect(typedValue(path, String(usual))).toEqual(usual);
        }
    });
});

describe('the page about preferences', () => {
    it('has each of them, with what is usual', () => {
        const page = readFileSync(join(__dirname, '../../../docs/preferences.md'), 'utf8');
        for (const [path, { usual }] of allKeys()) {
            const name = path.replace(/hours\.\w+day$/, 'hours.<day>');
            const value =
                usual === undefined
                    ? 'unset'
                    : Array.isArray(usual)
                      ? 'none'
                      : `\`${typeof usual === 'object' ? '' : usual}\``;
            const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
            expect(row?.split('|')[2]?.trim()).toBe(value);
        }
    });
});

function hintOf(call: () => unknown): string {
    try {
        call();
    } catch (error) {
        return (error as PreferencesError).hint ?? '';
    }
    return '';
}
