import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../provider/page/chromium';

const open = new Set<Browser>();

/**
 * The browser of this machine, undefined where there is none.
 *
 * @param executablePath - what starts it in another way
 */
export async function openBrowser(executablePath = chromiumPath()): Promise<Browser | undefined> {
    if (executablePath === undefined) return undefined;
    // Without its sandbox only because tests may run as root, where it cannot be made.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({ executablePath, args });
    open.add(browser);
    browser.on('disconnected', () => open.delete(browser));
    return browser;
}

/** A test that needs a browser; says so where there is none, and what pages show where it fails. */
export function inBrowser(name: string, test: () => Promise<void>, timeoutMs?: number): void {
    if (chromiumPath() === undefined) {
        it(`(left out, no Chromium on this machine) ${name}`, () => {
            process.stderr.write(`Left out, since there is no Chromium here: ${name}.\n`);
        });
        return;
    }
    it(
        name,
        async () => {
            try {
                await test();
            } catch (error) {
                const pages = [...open]
                    .flatMap((browser) => browser.contexts())
                    .flatMap((one) => one.pages());
                const shown = await Promise.all(pages.map(textOf));
                process.stderr.write(shown.map((text) => `\nA page showed:\n${text}\n`).join(''));
                throw error;
            }
        },
        timeoutMs,
    );
}

function textOf(page: Page): Promise<string> {
    return page
        .locator('body')
        .innerText({ timeout: 5_000 })
        .catch((error: unknown) => String(error));
}
