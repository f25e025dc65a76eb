import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FOLDER = join(__dirname, '..', '..', 'dist', 'web');
const ASSETS = join(FOLDER, 'assets');

/** What each part may weigh, kB under gzip: measured, and a little. */
const PAGE_KB = 360;
const WIDGET_KB = 125;

describe('The built pages', () => {
    /** What the page can load, at once or later: others' builds may lie beside it. */
    const scripts = () => {
        const all = readdirSync(ASSETS).filter((name) => name.endsWith('.js'));
        const reached = new Set<string>();
        const read = (text: string) => {
            for (const name of all) {
                if (reached.has(name) || !text.includes(name)) continue;
                reached.add(name);
                read(readFileSync(join(ASSETS, name), 'utf8'));
            }
        };
        read(page());
        return [...reached];
    };
    const page = () => readFileSync(join(FOLDER, 'index.html'), 'utf8');

    it('have no trace of the development wallet', () => {
        for (const name of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
            if (!/\.(js|html|json|css)$/.test(name)) continue;
            const text = readFileSync(join(FOLDER, name), 'utf8');
            expect([name, /cocoondev|development-wallet/i.test(text)]).toEqual([name, false]);
        }
    });

    it('allow their own scripts alone, and name the bridges of the listed wallets', () => {
        const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(page()) ?? [];
        const rules = new Map(
            policy
                .replaceAll('&#39;', "'")
                .split('; ')
                .map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)] as const),
        );
        expect(rules.get('default-src')).toEqual(["'none'"]);
        expect(rules.get('script-src')).toEqual(["'self'"]);
        const listed = JSON.parse(readFileSync(join(FOLDER, 'wallets-v2.json'), 'utf8')) as {
            readonly image: string;
            readonly bridge: readonly { readonly url?: string }[];
        }[];
        const bridges = listed.flatMap(({ bridge }) => bridge.flatMap(({ url }) => url ?? []));
        const origins = bridges.map((url) => new URL(url).origin);
        expect(rules.get('connect-src')).toEqual(expect.arrayContaining(origins));
        for (const { image } of listed) {
            expect(readFileSync(join(FOLDER, image), 'utf8')).toContain('<svg');
        }
        const inline = [...page().matchAll(/<script([^>]*)>([^<]*)</g)];
        expect(inline.map(([, , code]) => code)).toEqual(inline.map(() => ''));
        expect(page()).not.toMatch(/ on\w+=|(src|href)="https?:/);
    });

    it('are as light as they say, and load the widget of TON Connect later', () => {
        const first = [...page().matchAll(/"\.\/assets\/([^"]+\.js)"/g)].map(
            ([, name = '']) => name,
        );
        const kb = (name: string) => gzipSync(readFileSync(join(ASSETS, name))).length / 1000;
        expect(first).not.toEqual([]);
        expect(first.reduce((sum, name) => sum + kb(name), 0)).toBeLessThan(PAGE_KB);
        const widget = scripts().filter((name) =>
            readFileSync(join(ASSETS, name), 'utf8').includes('tc-widget-root'),
        );
        expect(widget).toHaveLength(1);
        expect(first).not.toContain(widget[0]);
        expect(kb(widget[0] ?? '')).toBeLessThan(WIDGET_KB);
    });
});
