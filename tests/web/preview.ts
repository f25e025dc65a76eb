import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { VITE } from './build-pages';

const ROOT = join(__dirname, '..', '..');

/** A server of the built pages. */
export interface Preview {
    /** With a slash at the end. */
    readonly url: string;
    stop(): Promise<void>;
}

/**
 * Serves the built pages with vite's own server of built pages.
 *
 * @param settings - for the variable COCOON_SITE
 */
export async function servePreview(settings: string): Promise<Preview> {
    const options = ['--config', 'web/vite.config.ts', '--host', '127.0.0.1', '--port', '0'];
    const child = spawn(process.execPath, [VITE, 'preview', 'web', ...options], {
        cwd: ROOT,
        env: { ...process.env, COCOON_SITE: settings, NO_COLOR: '1', FORCE_COLOR: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    return {
        url: await addressOf(child),
        async stop() {
            if (child.exitCode !== null) return;
            const gone = once(child, 'exit');
            child.kill();
            await gone;
        },
    };
}

/** What the server says that it listens on. */
function addressOf(child: ChildProcess): Promise<string> {
    let said = '';
    return new Promise((resolve, reject) => {
        const hear = (chunk: Buffer) => {
            said += chunk.toString();
            const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
            if (url !== undefined) resolve(url);
        };
        child.stdout?.on('data', hear);
        child.stderr?.on('data', hear);
        child.once('exit', () => reject(new Error(`The server of the pages ended: ${said}`)));
    });
}
