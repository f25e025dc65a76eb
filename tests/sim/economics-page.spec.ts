import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentTables } from '../../sim/tables';

const DOCS = join(__dirname, '..', '..', 'docs');

describe('docs/economics.md', () => {
    const page = readFileSync(join(DOCS, 'economics.md'), 'utf8');
    const plain = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');

    it.each([...documentTables()])('has the table of the formulas: %s', (_name, table) => {
        expect(plain(page)).toContain(plain(table));
    });

    it('shows plots that are there', () => {
        const plots = [...page.matchAll(/\]\((plots\/[a-z-]+\.svg)\)/g)].map(([, path]) => path);
        expect(plots.length).toBeGreaterThanOrEqual(5);
        for (const path of plots) expect(existsSync(join(DOCS, path ?? ''))).toBe(true);
    });
});
