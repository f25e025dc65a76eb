import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../limits';
import { kernelLimits } from './kernel-limits';
import { type ChildPlace, type Launch, launchAt, type LaunchParts } from './launch';
import { probe, type ProbeResult } from './probe';
import { programPaths } from './program-paths';
import { ISOLATION_LEVELS, type IsolationLevel } from './report';
import { createRootFolder, type RootFolder } from './root-folder';
import { findTools } from './tools';

export interface IsolationOptions {
    /** The program of the children. */
    readonly workerPath: string;
    /** The strongest level that is tried. */
    readonly strongest: IsolationLevel;
}

/** Levels that were tried, the one that works last. */
export type Trials = readonly ProbeResult[];

const trials = new Map<string, Promise<Trials>>();

/**
 * Finds the strongest level at which a child really starts on this machine. What was found holds
 * for as long as this process lives.
 */
export function tryLevels(options: IsolationOptions): Promise<Trials> {
    const key = `${options.strongest} ${options.workerPath}`;
    const known = trials.get(key) ?? findLevel(options);
    trials.set(key, known);
    return known;
}

async function findLevel({ workerPath, strongest }: IsolationOptions): Promise<Trials> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-probe-'));
    const tried: ProbeResult[] = [];
    try {
        const parts = launchParts(workerPath, join(folder, 'root'));
        for (const level of ISOLATION_LEVELS.slice(ISOLATION_LEVELS.indexOf(strongest))) {
            const result = await probe(level, parts, kernelLimits(DEFAULT_LIMITS), folder);
            tried.push(result);
            if ('findings' in result) break;
        }
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
    return tried;
}

/** Starts children at one level. */
export interface Launcher {
    readonly level: IsolationLevel;
    launch(place: ChildPlace): Launch;
}

/**
 * @param folder where the places of what children see are made
 */
export function createLauncher(
    level: IsolationLevel,
    workerPath: string,
    folder: string,
): Launcher {
    const parts = launchParts(workerPath, folder);
    return {
        level,
        launch(place) {
            const launch = launchAt(level, parts, place);
            if (launch === undefined) throw new Error(`The level ${level} has lost its programs.`);
            return launch;
        },
    };
}

function launchParts(workerPath: string, rootPath: string): LaunchParts {
    let root: RootFolder | undefined;
    return {
        tools: findTools(process.env.PATH),
        nodePath: process.execPath,
        workerPath,
        program: programPaths(process.execPath, workerPath),
        root: () => (root ??= createRootFolder(rootPath)),
    };
}
