import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { chromiumPath } from '../provider/page/chromium';

const ROOT = join(__dirname, '..', '..');
export const VITE = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');

/** Builds the pages as a site has them, and apart from them the development wallet. */
export default function buildPages(): void {
    if (chromiumPath() === undefined) return;
    for (const mode of ['production', 'wallet']) {
        const options = ['--config', 'web/vite.config.ts', '--mode', mode, '--logLevel', 'error'];
        execFileSync(process.execPath, [VITE, 'build', 'web', ...options], { cwd: ROOT });
    }
}
