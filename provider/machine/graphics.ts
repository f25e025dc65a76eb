import { numberFrom, type Source } from './source';
import { SourceError } from './system';

const CARDS = '/sys/class/drm';

/** Part of the busiest graphics card that is used, percent. */
export const graphicsSources: readonly Source<number>[] = [
    {
        name: 'nvidia-smi',
        platforms: ['linux', 'win32'],
        everyMs: 1_000,
        async read(system) {
            const args = ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];
            const lines = (await system.run('nvidia-smi', args)).trim().split('\n');
            return Math.max(...lines.map((line) => numberFrom(line, 'what nvidia-smi prints')));
        },
    },
    {
        name: `${CARDS} (amdgpu)`,
        platforms: ['linux'],
        async read(system) {
            const found: number[] = [];
            for (const name of await system.list(CARDS)) {
                if (!/^card\d+$/.test(name)) continue;
                const text = await system.readText(`${CARDS}/${name}/device/gpu_busy_percent`);
                if (text !== undefined) found.push(numberFrom(text, 'gpu_busy_percent'));
            }
            if (found.length === 0) throw new SourceError('no card tells');
            return Math.max(...found);
        },
    },
];
