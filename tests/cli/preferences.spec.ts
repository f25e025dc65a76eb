import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providerProgram } from '../../cli/provider';
import { EXIT, runCommand } from '../../cli/terminal';
import { streams } from './terminal-streams';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'cocoon-test-'))));
afterEach(() => rmSync(home, { recursive: true }));

async function run(...args: string[]) {
    const world = streams({ COCOON_HOME: home });
    const code = await runCommand({
        program: providerProgram,
        argv: ['preferences', ...args],
        surroundings: world.surroundings,
    });
    return { code, out: world.out(), err: world.err() };
}

const file = () => readFileSync(join(home, 'provider', 'preferences.yaml'), 'utf8');

describe('cocoon-provider preferences', () => {
    it('shows all of them and what they would do, where no node runs', async () => {
        const { code, out } = await run();
        expect(code).toBe(EXIT.ok);
        expect(out).toContain('The node does not run; it would be as follows.');
        for (const name of ['idle.only', 'hours.<day>', 'battery.use', 'runningJobs']) {
            expect(out).toContain(name);
        }
        expect(out).toContain('All are as usual.');
    });

    it('changes one in the file, which is the owner’s alone, and takes it back', async () => {
        expect((await run('set', 'hours.friday', '22:00-06:00')).code).toBe(EXIT.ok);
        expect((await run('set', 'programs', 'doom, quake')).code).toBe(EXIT.ok);
        expect(file()).toMatch(
            /^# What the owner[^]*\nhours:\n {2}friday: 22:00-06:00\nprograms:\n/,
        );
        expect(statSync(join(home, 'provider', 'preferences.yaml')).mode & 0o777).toBe(0o600);
        const { out } = await run('--json');
        const shown = JSON.parse(out) as { preferences: { name: string; given: boolean }[] };
        const given = shown.preferences.filter((one) => one.given).map(({ name }) => name);
        expect(given).toEqual(['programs', 'hours.friday']);
        expect((await run('reset', 'programs')).out).toMatch(/^programs is none, as usual\./);
        expect(file()).not.toContain('doom');
    });

    it('shows what would suspend a node', async () => {
        for (const day of ['mon', 'tues', 'wednes', 'thurs', 'fri', 'satur', 'sun']) {
            await run('set', `hours.${day}day`, 'never');
        }
        const { out } = await run();
        expect(out).toMatch(
            /Suspended because: The node does not compute on \w+day at \d\d:\d\d\./,
        );
    });

    it.each([
        [['set', 'idle.minutes', 'soon'], 'The preference idle.minutes cannot be "soon".'],
        [['set', 'idle.minuets', '3'], 'There is no preference idle.minuets.'],
        [['reset', 'nothing'], 'There is no preference nothing.'],
    ])('refuses %j and changes nothing', async (args, sentence) => {
        const { code, err } = await run(...args);
        expect(code).toBe(EXIT.failed);
        expect(err).toContain(sentence);
        expect(() => file()).toThrow();
    });
});
