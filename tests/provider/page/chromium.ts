import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Less than a test may take, so that it ends where it waits. */
const PATIENCE_MS = 20_000;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Chromium of this machine: `CHROMIUM_PATH`, else the first on the path. */
export function chromiumPath(): string | undefined {
    const named = process.env['CHROMIUM_PATH'];
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
    return [...(named === undefined ? [] : [named]), ...places].find((path) => {
        try {
            accessSync(path, constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
}

/** What runs only with a browser; says so where there is none. */
export function inChromium(name: string, test: (browser: BrowserUse) => Promise<void>): void {
    const path = chromiumPath();
    if (path === undefined) {
        it(`(left out, no Chromium on this machine) ${name}`, () => {
            process.stderr.write(`Left out, since there is no Chromium here: ${name}.\n`);
        });
        return;
    }
    it(name, async () => {
        const use = await BrowserUse.launch(path);
        try {
            await test(use);
            expect(use.complaints).toEqual([]);
        } finally {
            await use.browser.close();
        }
    });
}

export interface Look {
    readonly width: number;
    readonly height?: number;
    readonly dark?: boolean;
    readonly timezone?: string;
}

/** A browser, and what its pages complained about. */
export class BrowserUse {
    readonly complaints: string[] = [];

    private constructor(readonly browser: Browser) {}

    static async launch(executablePath: string): Promise<BrowserUse> {
        // Without its sandbox only because tests may run as root, where it cannot be made.
        const root = process.getuid?.() === 0;
        const args = root ? ['--no-sandbox'] : [];
        return new BrowserUse(await chromium.launch({ executablePath, args }));
    }

    async page({ width, height = 800, dark = false, timezone }: Look): Promise<Page> {
        const context: BrowserContext = await this.browser.newContext({
            viewport: { width, height },
            colorScheme: dark ? 'dark' : 'light',
            locale: 'en-GB',
            ...(timezone !== undefined && { timezoneId: timezone }),
        });
        context.setDefaultTimeout(PATIENCE_MS);
        const page = await context.newPage();
        page.on('pageerror', (error) => this.complaints.push(String(error)));
        page.on('console', (message) => {
            // What the node refuses, or is not there for, on purpose is no complaint of the page.
            const refused = /status of 4\d\d|Failed to load resource: net::/.test(message.text());
            if (message.type() === 'error' && !refused) this.complaints.push(message.text());
        });
        return page;
    }
}

/** Builds the page into a folder, as the package has it. */
export function buildPage(folder: string): void {
    const script = join(__dirname, '..', '..', '..', 'provider', 'page', 'web', 'build.mjs');
    execFileSync(process.execPath, [script, folder]);
}
