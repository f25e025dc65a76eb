import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
export const VITE = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');

/** Builds the pages as a site has them, and apart from them the development wallet. */
export default function buildPages(): void {
    // Jest says `test`, under which React would be the one for developers.
    const env = { ...process.env, NODE_ENV: 'production' };
    for (const mode of ['production', 'wallet']) {
        const options = ['--config', 'web/vite.config.ts', '--mode', mode, '--logLevel', 'error'];
        execFileSync(process.execPath, [VITE, 'build', 'web', ...options], { cwd: ROOT, env });
    }
}
