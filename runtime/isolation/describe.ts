import { existsSync, readFileSync } from 'node:fs';
import { CHILD_PRIORITY, compiledWorker } from '../child-settings';
import { tryLevels } from './isolation';
import type { Findings, ProbeResult } from './probe';
import {
    ISOLATION_LEVELS,
    type IsolationLevel,
    type IsolationReport,
    type Protection,
    type ProtectionName,
    PROTECTIONS,
} from './report';

const PURPOSES: Readonly<Record<ProtectionName, string>> = {
    memory: 'A model cannot take more memory than its job allows.',
    'cpu-time': 'A model cannot keep processors busy for longer than its job allows.',
    'wall-time': 'A model cannot hang.',
    'output-size': 'A model cannot return more than its job allows.',
    'open-files': 'A model cannot use up the files that the system can open.',
    'file-size': 'A model cannot write a file larger than one output.',
    'core-dumps': 'A model that crashes does not fill the disk with its memory.',
    environment: 'A model sees no variable of the environment, where keys may stand.',
    'working-folder': 'A model works in an empty folder of its own, which goes with it.',
    network: 'A model cannot send or receive anything.',
    'file-system': 'A model reads only itself, its inputs and programs, and writes nothing else.',
    processes: 'A model sees no other process, cannot end one, and cannot start without end.',
    privileges: 'A model has no rights of an administrator, even where the node has.',
    priority: 'The programs of the owner come first.',
};

type State = { active: true; means: string } | { active: false; why: string; mend?: string };

/**
 * Finds out what keeps models away from the rest of this machine, by really starting a child.
 * Takes some tenths of a second.
 *
 * @throws WorkerMissingError before the first build
 * @param options.workerPath the program of the children; the compiled `worker.js` unless set
 * @param options.strongest the strongest level that is tried; `strict` unless set
 *
 * @example
 * const { level, protections } = await describeIsolation();
 * for (const one of protections) console.log(one.name, one.active ? one.means : one.why);
 */
export async function describeIsolation(
    options: { readonly workerPath?: string; readonly strongest?: IsolationLevel } = {},
): Promise<IsolationReport> {
    const workerPath = options.workerPath ?? compiledWorker();
    const strongest = options.strongest ?? 'strict';
    const trials = await tryLevels({ workerPath, strongest });
    return reportOf(trials, process.platform);
}

/**
 * Says what was found.
 *
 * @param trials levels that were tried, the one that works last
 */
export function reportOf(
    trials: readonly ProbeResult[],
    platform: NodeJS.Platform,
): IsolationReport {
    const last = trials.at(-1);
    const level = last !== undefined && 'findings' in last ? last.level : 'none';
    const findings = last !== undefined && 'findings' in last ? last.findings : undefined;
    const states: Readonly<Record<ProtectionName, State>> = {
        ...watched(platform),
        ...limited(findings, level),
        ...fenced(trials, level, platform),
        environment: active('an environment of its own'),
        'working-folder': active('a folder made for each process'),
        priority: active(`nice ${CHILD_PRIORITY}`),
    };
    const protections = PROTECTIONS.map((name): Protection => {
        const state = states[name];
        const shared = { name, purpose: PURPOSES[name] };
        return state.active
            ? { ...shared, active: true, means: state.means }
            : { ...shared, active: false, why: state.why, mend: state.mend };
    });
    return { level, protections };
}

/** What the parent process enforces. */
function watched(platform: NodeJS.Platform) {
    const unseen = (what: string): State => ({
        active: false,
        why: `This system does not show the ${what} of another process; a child reports its memory with its results.`,
        mend: 'Run the node on Linux.',
    });
    const linux = platform === 'linux';
    return {
        memory: linux ? active('resident memory, looked at every 50 ms') : unseen('memory'),
        'cpu-time': linux
            ? active('processor time of an item, looked at every 50 ms')
            : unseen('processor time'),
        'wall-time': active('SIGKILL by the node when an item is over its time'),
        'output-size': active('the size is known before an output is encoded'),
    };
}

/** What the shell sets that starts a child. */
function limited(findings: Findings | undefined, level: IsolationLevel) {
    const state = (name: string, means: string): State => {
        const value = findings?.limits[name];
        if (level !== 'none' && typeof value === 'number') return active(`${means} ${value}`);
        return {
            active: false,
            why: 'This system has no shell that sets limits.',
            mend: 'Run the node on Linux or macOS.',
        };
    };
    return {
        'open-files': state('open_files', 'RLIMIT_NOFILE'),
        'file-size': state('file_size_blocks', 'RLIMIT_FSIZE'),
        'core-dumps': state('core_file_size_blocks', 'RLIMIT_CORE'),
    };
}

/** What takes namespaces. */
function fenced(
    trials: readonly ProbeResult[],
    level: IsolationLevel,
    platform: NodeJS.Platform,
): Readonly<Record<'network' | 'file-system' | 'processes' | 'privileges', State>> {
    const missing = (wanted: IsolationLevel): State => {
        const trial = trials.find((one) => one.level === wanted);
        const why =
            platform !== 'linux'
                ? 'Only Linux lets a program without rights take this away.'
                : trial === undefined || 'findings' in trial
                  ? 'It was not tried, since the settings ask for less.'
                  : `It does not work here: ${trial.why}`;
        const mend = mendOf(platform);
        return { active: false, why, ...(mend !== undefined && { mend }) };
    };
    const has = (wanted: IsolationLevel, means: string): State =>
        ISOLATION_LEVELS.indexOf(level) <= ISOLATION_LEVELS.indexOf(wanted)
            ? active(means)
            : missing(wanted);
    return {
        network: has('network', 'a network namespace without interfaces'),
        'file-system': has('strict', 'a mount namespace with read-only paths'),
        processes: has('strict', 'a process namespace'),
        privileges: has('network', 'a user namespace without capabilities'),
    };
}

/** What makes namespaces work that do not. */
function mendOf(platform: NodeJS.Platform): string | undefined {
    if (platform !== 'linux') return 'Run the node on Linux, or in a virtual machine.';
    if (isOn('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')) {
        return 'Allow user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with "userns" for unshare.';
    }
    if (readText('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
        return 'Allow user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1.';
    }
    if (readText('/proc/sys/user/max_user_namespaces') === '0') {
        return 'Allow user namespaces: sudo sysctl user.max_user_namespaces=15000.';
    }
    if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) {
        return 'Let the container make user namespaces (docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined), or run the node outside of it.';
    }
    return 'Install util-linux 2.36 or later (unshare, mount, setpriv).';
}

function isOn(path: string): boolean {
    const text = readText(path);
    return text !== undefined && text !== '0';
}

function readText(path: string): string | undefined {
    try {
        return readFileSync(path, 'utf8').trim();
    } catch {
        return undefined;
    }
}

function active(means: string): State {
    return { active: true, means };
}
