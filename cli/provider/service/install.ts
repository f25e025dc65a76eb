import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { ServiceError } from './errors';
import type { ServiceUnit } from './service-unit';

const run = promisify(execFile);
const COMMAND_TIMEOUT_MS = 60_000;

export interface Surroundings {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
}

/**
 * Writes the files of a service and tells the system. Where the system does not take it, nothing
 * is left behind.
 *
 * @throws ServiceError `SERVICE_MANAGER_FAILED`
 */
export async function installService(unit: ServiceUnit, around: Surroundings): Promise<void> {
    for (const { path, bytes } of unit.files) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, bytes, { mode: 0o600 });
    }
    try {
        for (const command of unit.install) await tell(unit, command, around);
    } catch (error) {
        for (const { path } of unit.files) await rm(path, { force: true });
        throw error;
    }
}

/** Stops a service and removes it; one that the system no longer knows is removed all the same. */
export async function uninstallService(unit: ServiceUnit, around: Surroundings): Promise<string[]> {
    const problems: string[] = [];
    const attempt = async (command: readonly string[]) => {
        try {
            await tell(unit, command, around);
        } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
            problems.push(error.message);
        }
    };
    for (const command of unit.uninstall) await attempt(command);
    for (const { path } of unit.files) await rm(path, { force: true });
    for (const command of unit.forget) await attempt(command);
    return problems;
}

async function tell(
    { system }: ServiceUnit,
    [program = '', ...args]: readonly string[],
    { env, signal }: Surroundings,
): Promise<void> {
    try {
        await run(program, args, { env, signal, timeout: COMMAND_TIMEOUT_MS });
    } catch (cause) {
        if (signal.aborted) throw signal.reason;
        const said = (cause as { stderr?: string }).stderr?.trim();
        const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
        throw new ServiceError(
            'SERVICE_MANAGER_FAILED',
            missing
                ? `There is no "${program}" here.`
                : `"${[program, ...args].join(' ')}" failed${said === undefined || said === '' ? '.' : `: ${said}`}`,
            missing
                ? `This system seems to have no ${system}: start the node by its own means; "service show" prints what it has to run.`
                : 'Run the command by hand to see more; "service show" prints all of them.',
            cause,
        );
    }
}
