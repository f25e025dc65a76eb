import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { childEnvironment } from '../child-settings';
import type { KernelLimits } from './kernel-limits';
import { type Launch, launchAt, type LaunchParts } from './launch';
import type { IsolationLevel } from './report';

const limit = z.union([z.number(), z.literal('unlimited')]);

const findingsSchema = z.object({
    /** Namespaces by name, as the kernel calls them: `net:[4026531840]`. */
    namespaces: z.record(z.string(), z.string()),
    /** Names of network interfaces that are up. */
    interfaces: z.array(z.string()),
    /** Effective capabilities, hexadecimal; empty where there are none to ask for. */
    capabilities: z.string(),
    /** Whether a file beside its working folder could be read, and be written. */
    readsBeside: z.boolean(),
    writesBeside: z.boolean(),
    /** Entries of its working folder. */
    entries: z.array(z.string()),
    writesInside: z.boolean(),
    /** Names of environment variables. */
    environment: z.array(z.string()),
    /** By the names of Node.js; see `process.report`. */
    limits: z.record(z.string(), limit),
});

/** What a program found that was started as children are. */
export type Findings = z.output<typeof findingsSchema>;

export type ProbeResult =
    | { readonly level: IsolationLevel; readonly findings: Findings }
    /** The level does not work here. */
    | { readonly level: IsolationLevel; readonly why: string };

/** Runs as source, since a build may have put all of this into one file. */
const PROGRAM = `
const fs = require('node:fs');
const attempt = (work, otherwise) => { try { return work(); } catch { return otherwise; } };
const [worker, engine, secret] = process.argv.slice(1);
if (engine !== '') require(engine);
const entries = fs.readdirSync('.');
const names = ['net', 'user', 'pid', 'mnt'];
const limits = process.report.getReport().userLimits ?? {};
const environment = Object.keys(process.env);
// What the children load has to be there. It waits for messages, which nobody sends.
require(worker);
fs.writeSync(1, JSON.stringify({
    namespaces: Object.fromEntries(names.map((name) =>
        [name, attempt(() => fs.readlinkSync('/proc/self/ns/' + name), '')])),
    interfaces: Object.keys(require('node:os').networkInterfaces()),
    capabilities: attempt(() =>
        /CapEff:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))[1], ''),
    readsBeside: attempt(() => fs.readFileSync(secret).length > 0, false),
    writesBeside: attempt(() => { fs.writeFileSync(secret + '.2', ''); return true; }, false),
    entries,
    writesInside: attempt(() => { fs.writeFileSync('x', ''); return true; }, false),
    environment,
    limits: Object.fromEntries(Object.entries(limits).map(([name, { soft }]) => [name, soft])),
}));
process.exit(0);
`;

const TIMEOUT_MS = 10_000;

/**
 * Starts a program as children are started at a level, and lets it look around.
 *
 * @param folder an empty one
 */
export async function probe(
    level: IsolationLevel,
    parts: LaunchParts,
    limits: KernelLimits,
    folder: string,
): Promise<ProbeResult> {
    const secret = join(folder, 'secret');
    const cwd = join(folder, `cwd-${level}`);
    mkdirSync(cwd, { recursive: true, mode: 0o700 });
    writeFileSync(secret, 'secret');
    try {
        const launch = launchAt(level, parts, { cwd, readable: [], limits });
        if (launch === undefined) return { level, why: 'A program for it is not installed.' };
        const output = await run(launch, cwd, [
            '-e',
            PROGRAM,
            parts.workerPath,
            enginePath(),
            secret,
        ]);
        launch.clean();
        const findings = findingsSchema.parse(JSON.parse(output));
        const why = shortcoming(level, findings);
        return why === undefined ? { level, findings } : { level, why };
    } catch (error) {
        return { level, why: reasonOf(error) };
    }
}

/** What a level promises and was not found. */
function shortcoming(level: IsolationLevel, findings: Findings): string | undefined {
    if (level === 'none' || level === 'limits') return undefined;
    const { namespaces, interfaces, capabilities } = findings;
    if (namespaces['net'] === '' || namespaces['net'] === ownNamespace('net')) {
        return 'The network is that of the machine.';
    }
    if (interfaces.length > 0) return `There is a network: ${interfaces.join(', ')}.`;
    if (/[^0]/.test(capabilities)) return `It keeps rights (${capabilities}).`;
    if (level === 'network') return undefined;
    if (findings.readsBeside) return 'It reads files that are none of its business.';
    if (findings.writesBeside) return 'It writes outside of its folder.';
    return findings.writesInside ? undefined : 'It cannot write to its own folder.';
}

export function ownNamespace(name: string): string {
    try {
        return readlinkSync(`/proc/self/ns/${name}`);
    } catch {
        return '';
    }
}

/** Its libraries are where most of what can be missing is missing. */
function enginePath(): string {
    try {
        const path = require.resolve('onnxruntime-node');
        return existsSync(path) ? path : '';
    } catch {
        return '';
    }
}

function run(launch: Launch, cwd: string, args: readonly string[]): Promise<string> {
    const { program, before } = launch;
    return new Promise((resolve, reject) => {
        const options = {
            cwd,
            env: childEnvironment(cwd),
            timeout: TIMEOUT_MS,
            killSignal: 'SIGKILL',
        } as const;
        const child = execFile(program, [...before, ...args], options, (error, stdout, stderr) => {
            if (error === null) resolve(stdout);
            else reject(new Error(stderr.trim().split('\n').at(-1) || error.message));
        });
        child.stdin?.end();
    });
}

function reasonOf(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    return text.replace(/[.\s]*$/, '.');
}
