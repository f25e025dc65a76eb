import { inChromium } from '../provider/page/chromium';
import { shot } from '../provider/page/usable';
import { ManyJobs } from '../explorer/many-jobs';
import { ServedExplorer } from './explorer-world';

/** All of them take some minutes. */
const CLIENTS = process.env['LONG'] === undefined ? 5 : 50;
const EACH = 200;
const JOBS = CLIENTS * EACH;

/** Milliseconds between frames while the list is scrolled for some seconds. */
const SCROLL = `new Promise((resolve) => {
    const gaps = [];
    let last = performance.now();
    const start = last;
    let rows = 0;
    const step = (now) => {
        gaps.push(now - last);
        last = now;
        rows = Math.max(rows, document.querySelectorAll('.rows > li').length);
        window.scrollBy(0, 240);
        if (now - start < 6000) requestAnimationFrame(step);
        else resolve({ gaps, rows, y: window.scrollY });
    };
    requestAnimationFrame(step);
})`;

describe(`The explorer with ${JOBS} jobs`, () => {
    let explorer: ServedExplorer;
    let indexedMs: number;
    beforeAll(async () => {
        const many = await ManyJobs.create(CLIENTS, EACH);
        const start = performance.now();
        explorer = await ServedExplorer.start({
            chain: many,
            deployment: many.world.deployment,
            requestsPerMinute: 100_000,
        });
        await explorer.caughtUp(JOBS, 300_000);
        indexedMs = performance.now() - start;
    }, 600_000);
    afterAll(() => explorer.stop());

    const tell = (line: string) => process.stdout.write(`${line}\n`);

    it('indexes them, and answers in milliseconds', async () => {
        const { counts } = explorer.explorer.status();
        expect(counts.jobs).toBeGreaterThanOrEqual(JOBS);
        tell(
            `indexed ${counts.jobs} jobs, ${counts.transactions} transactions in ${(indexedMs / 1000).toFixed(1)} s`,
        );
        for (const path of ['status', 'jobs?limit=100', 'stakes', 'models', 'days']) {
            const times: number[] = [];
            for (let round = 0; round < 20; round++) {
                const start = performance.now();
                const response = await fetch(`${explorer.url}api/v1/${path}`);
                expect(response.status).toBe(200);
                await response.arrayBuffer();
                times.push(performance.now() - start);
            }
            times.sort((a, b) => a - b);
            tell(
                `GET ${path}: median ${times[10]?.toFixed(1)} ms, slowest ${times[19]?.toFixed(1)} ms`,
            );
            expect(times[10]).toBeLessThan(250);
        }
    });

    inChromium('loads at once, and scrolls without a break', async (use) => {
        const page = await use.page({ width: 1280 });
        const start = performance.now();
        await page.goto(`${explorer.url}#/jobs`);
        await page.locator('.line').first().waitFor();
        tell(`first rows after ${(performance.now() - start).toFixed(0)} ms`);
        const { gaps, rows, y } = await page.evaluate<{ gaps: number[]; rows: number; y: number }>(
            SCROLL,
        );
        gaps.sort((a, b) => a - b);
        const at = (share: number) => gaps[Math.floor(share * (gaps.length - 1))] ?? 0;
        tell(
            `scrolled ${y} px in ${gaps.length} frames: median ${at(0.5).toFixed(1)} ms, ` +
                `95 % ${at(0.95).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms; at most ${rows} rows exist`,
        );
        await shot(page, 'many', false);
        expect(y).toBeGreaterThan(10_000);
        expect(rows).toBeLessThan(80);
        expect(at(0.5)).toBeLessThan(50);
    });
});
