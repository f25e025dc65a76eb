import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * The licences of the packages that a bundle has taken in, as they ask to be passed on.
 *
 * @param {string} root - folder that the paths of the bundle are relative to
 * @param {import('esbuild').Metafile} metafile
 */
export function noticesOf(root, { inputs }) {
    const folders = new Set(Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.[1] ?? []));
    const named = [...folders].map((folder) => {
        const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
        const files = readdirSync(join(root, folder))
            .filter((name) => /^(licen[cs]e|notice)/i.test(name))
            .filter((name) => existsSync(join(root, folder, name)))
            .sort();
        const texts = files.map((name) => readFileSync(join(root, folder, name), 'utf8').trim());
        const { name, version, license = 'see below', author } = manifest;
        const by = typeof author === 'string' ? author : author?.name;
        const head = `${name} ${version}, ${license}${by === undefined ? '' : `, by ${by}`}`;
        return [head, ...texts].join('\n\n');
    });
    return `${[...new Set(named)].sort().join(`\n\n${'-'.repeat(72)}\n\n`)}\n`;
}
