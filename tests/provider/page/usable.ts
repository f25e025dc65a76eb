import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { PageWorld } from './page-world';

/** Where to put pictures of the page for people; none unless set. */
const SHOTS = process.env['PAGE_SHOTS'];

/** Opens the page by its link, and waits until all of it is there. */
export async function openPage(page: Page, world: PageWorld): Promise<void> {
    await page.goto(world.link);
    await page.locator('.jobs .tag').first().waitFor();
    await page.locator('figure svg').waitFor();
    await page.locator('.log li').first().waitFor();
}

export async function shot(page: Page, name: string, fullPage = true): Promise<void> {
    if (SHOTS === undefined) return;
    await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
    await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
}

/** axe-core finds nothing that keeps anybody from using the page. */
export async function assertUsable(page: Page): Promise<void> {
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    // As a debugger would: the policy of the page lets no other script in.
    const findings = await page.evaluate(`(() => { ${axe} })(), axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
    }).then(({ violations, passes }) => ({
        passes: passes.length,
        violations: violations.map(({ id, impact, nodes }) =>
            [id, impact, nodes.slice(0, 3).map(({ html }) => html)]),
    }))`);
    const { passes, violations } = findings as { passes: number; violations: unknown[] };
    expect(violations).toEqual([]);
    expect(passes).toBeGreaterThan(15);
}

/** Of what is in the page: more than its window shows has to be scrolled sideways. */
export function widthOf(page: Page): Promise<number> {
    return page.evaluate<number>('document.documentElement.scrollWidth');
}
