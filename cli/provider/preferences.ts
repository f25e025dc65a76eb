import {
    allKeys,
    changePreferences,
    decide,
    givenValues,
    keyNamed,
    parsePreferences,
    type PreferenceValue,
    typedValue,
} from '../../provider/preferences';
import { createMachine, hostSystem } from '../../provider/machine';
import { type Config, type ConfigFlags, configFrom } from '../config';
import { action, type CommandContext, table } from '../terminal';
import { processesOf } from './node-options';
import { type GovernorFacts, nodeFacts } from './node-status';
import { preferencesStore } from './preferences-store';
import type { Verb } from './session';
import { preferencesPath, readSetup, setupFor } from './setup';
import { suspensionLines } from './suspension';

export const preferencesVerb: Verb = (program, context) => {
    const verb = program
        .command('preferences')
        .summary('what you allow the node: when, beside whom, how much')
        .description(
            'Shows all preferences with what they do now, changes one, or makes it as usual again. ' +
                'A node that runs takes a change over at once. They stand in preferences.yaml in the ' +
                'home, which may be edited too.',
        )
        .action(action<ConfigFlags>((flags) => show(context, flags)));
    verb.command('set')
        .argument('<preference>', 'such as idle.only')
        .argument('<value>', 'such as true; a list is separated by commas')
        .summary('change one')
        .description('Changes one preference and leaves all else in the file as it is.')
        .addHelpText(
            'after',
            '\nExamples:\n' +
                '  cocoon-provider preferences set idle.only true\n' +
                '  cocoon-provider preferences set hours.monday 22:00-06:00\n' +
                '  cocoon-provider preferences set programs "blender, steam"\n' +
                '  cocoon-provider preferences set cpu.sharePercent 50',
        )
        .action(
            action<ConfigFlags>(async (flags, [name = '', text = '']) =>
                change(context, flags, name, typedValue(name, text)),
            ),
        );
    verb.command('reset')
        .argument('<preference>', 'such as idle.only')
        .summary('make one as usual again')
        .description('Takes one preference out of the file, so that it is as usual.')
        .action(
            action<ConfigFlags>(async (flags, [name = '']) => {
                keyNamed(name);
                return change(context, flags, name, undefined);
            }),
        );
};

async function show(context: CommandContext, flags: ConfigFlags): Promise<void> {
    const { terminal, env } = context;
    const config = configFrom(flags, env);
    const path = preferencesPath(config.home);
    const store = preferencesStore(config.home);
    const text = await store.read();
    const given = givenValues(text);
    parsePreferences(text);
    const { state, running } = await stateNow(config, text);
    const keys = allKeys().map(([name, { usual, says, allowed }]) => {
        const value = given.get(name) ?? usual;
        return { name, value, usual, given: given.has(name), says, allowed };
    });
    const json = { file: path, running, state, preferences: keys };
    const rows = foldWeeks(keys).map(({ name, value, given: own, says }) => [
        name,
        own ? terminal.paint('bold', valueText(value)) : valueText(value),
        says,
    ]);
    const columns = [{ title: 'preference' }, { title: 'value' }, { title: 'what it does' }];
    const suspended = suspensionLines(terminal.paint, state);
    const now = running ? 'The node runs.' : 'The node does not run; it would be as follows.';
    terminal.result(
        json,
        [
            now,
            ...(suspended.length > 0 ? suspended : ['  Nothing suspends it.']),
            '',
            table(columns, rows),
            '',
            given.size === 0
                ? `All are as usual. What you change is kept in ${path}.`
                : `${given.size} are yours (${[...given.keys()].join(', ')}), in ${path}.`,
        ].join('\n'),
    );
}

interface Shown {
    readonly name: string;
    readonly value: PreferenceValue | undefined;
    readonly given: boolean;
    readonly says: string;
}

/** Days of a week that are all the same in one line. */
function foldWeeks(keys: readonly Shown[]): readonly Shown[] {
    const weekOf = (name: string) => /^(.*hours)\.[a-z]+day$/.exec(name)?.[1];
    return keys.flatMap((key) => {
        const week = weekOf(key.name);
        if (week === undefined) return [key];
        const days = keys.filter(({ name }) => weekOf(name) === week);
        if (days.some(({ value }) => value !== key.value)) return [key];
        return key === days[0] ? [{ ...key, name: `${week}.<day>` }] : [];
    });
}

async function change(
    { terminal, env }: CommandContext,
    flags: ConfigFlags,
    name: string,
    value: PreferenceValue | undefined,
): Promise<void> {
    const config = configFrom(flags, env);
    const path = preferencesPath(config.home);
    const store = preferencesStore(config.home);
    const before = await store.read();
    const after = changePreferences(before, name, value);
    if (after !== before) await store.write(after);
    const is = value ?? keyNamed(name).usual;
    const usual = value === undefined ? ', as usual' : '';
    terminal.result(
        { preference: name, value: is, file: path },
        `${name} is ${valueText(is)}${usual}. A node that runs takes it over within two seconds.`,
    );
}

/** What a running node says of itself, or what would hold for one now. */
async function stateNow(
    config: Config,
    text: string,
): Promise<{ readonly running: boolean; readonly state: GovernorFacts }> {
    if ((await readSetup(config.home)) !== undefined) {
        const { governor } = await nodeFacts(config, await setupFor(config));
        if (governor !== undefined) return { running: true, state: governor };
    }
    const preferences = parsePreferences(text);
    const machine = createMachine({
        system: hostSystem(),
        folder: config.home.folder,
        own: {
            pids: () => [process.pid],
            memoryBytes: () => 0,
            diskBytes: () => 0,
            movedBytes: () => 0,
        },
    });
    const now = Date.now();
    const seen = await machine.look(preferences);
    const cores = processesOf(config.provider);
    const decision = decide(preferences, seen, now, { cores });
    machine.close();
    const { reasons, mayRun, cpuShare, inUse, memoryBytes } = decision;
    return {
        running: false,
        state: {
            suspensions: [...reasons],
            since: now,
            mode: mayRun === 'pause' ? 'paused' : 'wished',
            share: mayRun === 'pause' ? 0 : cpuShare,
            processes: Math.min(cores, decision.cores),
            ...(inUse !== undefined && { inUse }),
            ...(memoryBytes !== undefined && { memoryBytes }),
            duties: 0,
            sensors: [],
        },
    };
}

function valueText(value: PreferenceValue | undefined): string {
    if (value === undefined) return 'unset';
    if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ');
    return String(value);
}
