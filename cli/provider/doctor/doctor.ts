import { describeIsolation, type ExecutionClass } from '../../../runtime';
import { type Config, type ConfigFlags, configFrom } from '../../config';
import { action, AlreadyToldError, type CommandContext, type Paint } from '../../terminal';
import type { Verb } from '../session';
import { readSetup, setupFor } from '../setup';
import { chainChecks, stakeChecks } from './chain';
import { type Check, failed, problem } from './check';
import { isolationChecks } from './isolation';
import { keyChecks } from './keys';
import { machineChecks } from './machine';
import { reachChecks } from './reach';
import { runtimeChecks } from './runtime';
import { sensorChecks } from './sensors';
import { webRtcChecks } from './webrtc';

export const doctorVerb: Verb = (program, context) => {
    program
        .command('doctor')
        .summary('check machine, runtime, isolation, sensors, keys, endpoint, stake, reachability')
        .description(
            'Checks what a node needs and says how to mend what is wrong. Nothing is changed. Exit ' +
                'code 1: there is a problem.',
        )
        .action(action<ConfigFlags>((flags) => doctor(context, flags)));
};

async function doctor(context: CommandContext, flags: ConfigFlags): Promise<void> {
    const { terminal, env } = context;
    const config = configFrom(flags, env);
    const checks: Check[] = [];
    const step = async (says: string, work: () => Promise<readonly Check[]>) => {
        terminal.progress(says);
        checks.push(...(await work()));
    };
    const provides = config.provider.roles.includes('provide');
    // Jurors compute in both.
    const classes: ExecutionClass[] = config.provider.roles.includes('verify')
        ? ['native', 'wasm']
        : ['native'];
    await step('Looking at the machine …', () => machineChecks(config));
    await step('Executing a model …', () => runtimeChecks(classes));
    await step('Looking at the isolation …', () => describeIsolation().then(isolationChecks));
    await step('Looking for sources …', () => sensorChecks(config));
    await step('Asking the chain …', () => setupChecks(context, config, provides));

    const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
    const problems = count('problem');
    const json = { problems, warnings: count('warning'), checks };
    terminal.result(json, render(terminal.paint, checks));
    if (problems > 0) throw new AlreadyToldError();
}

async function setupChecks(
    context: CommandContext,
    config: Config,
    provides: boolean,
): Promise<Check[]> {
    const { signal } = context;
    const { checks, network } = await chainChecks(config, signal);
    if ((await readSetup(config.home).catch(() => undefined)) === undefined) {
        const says = `There is no provider in ${config.home.folder}.`;
        return [...checks, problem('stake', says, 'Run "cocoon-provider init" first.')];
    }
    try {
        const setup = await setupFor(config);
        const keys = await keyChecks(context, config, setup);
        const stake =
            network === undefined ? [] : await stakeChecks(network, setup, config, signal);
        const reach = provides ? await reachChecks(config, setup) : [];
        const webRtc = provides ? webRtcChecks(config) : [];
        return [...keys, ...checks, ...stake, ...reach, ...webRtc];
    } catch (error) {
        signal.throwIfAborted();
        return [...checks, failed('stake', error)];
    }
}

const MARKS = {
    ok: ['green', 'ok     '],
    warning: ['yellow', 'warning'],
    problem: ['red', 'PROBLEM'],
} as const;

function render(paint: Paint, checks: readonly Check[]): string {
    const lines: string[] = [];
    let about = '';
    for (const check of checks) {
        if (check.about !== about) {
            about = check.about;
            lines.push(paint('bold', `${about.charAt(0).toUpperCase()}${about.slice(1)}`));
        }
        const [colour, word] = MARKS[check.state];
        lines.push(`  ${paint(colour, word)}  ${check.says}`);
        if (check.mend !== undefined) lines.push(`           ${check.mend}`);
    }
    const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
    lines.push('', `${count('problem')} problems, ${count('warning')} warnings.`);
    return lines.join('\n');
}
