import { chromiumPath } from '../provider/page/chromium';

/** A test that needs a browser; says so where there is none. */
export function inBrowser(name: string, test: () => Promise<void>): void {
    if (chromiumPath() !== undefined) return it(name, test);
    it(`(left out, no Chromium on this machine) ${name}`, () => {
        process.stderr.write(`Left out, since there is no Chromium here: ${name}.\n`);
    });
}
