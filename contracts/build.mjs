// Compiles the contracts with the pinned Tact compiler into build/, when their sources changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'build', '.stamp');
const config = join(root, 'tact.config.json');
const compiler = join(root, 'node_modules', '@tact-lang', 'compiler');

const hash = createHash('sha256');
for (const name of readdirSync(join(root, 'contracts'), { recursive: true }).sort()) {
    if (name.endsWith('.tact'))
        hash.update(name).update(readFileSync(join(root, 'contracts', name)));
}
hash.update(readFileSync(fileURLToPath(import.meta.url)))
    .update(readFileSync(config))
    .update(readFileSync(join(compiler, 'package.json')));
const digest = hash.digest('hex');

const projects = JSON.parse(readFileSync(config, 'utf8')).projects.map((project) => project.name);
const built = projects.every((name) => existsSync(join(root, 'build', name, `${name}_${name}.ts`)));
if (!built || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
    const tact = join(compiler, 'bin', 'tact.js');
    const result = spawnSync(process.execPath, [tact, '--config', config], {
        cwd: root,
        encoding: 'utf8',
    });
    if (result.status !== 0) {
        process.stderr.write(`${result.stdout}${result.stderr}\nThe contracts do not compile.\n`);
        process.exit(1);
    }
    // The generated bindings do not know this project's compiler options, and bring descriptions of
    // all types that nothing reads: 90 kB of each page. The errors stay.
    for (const name of projects) {
        const bindings = join(root, 'build', name, `${name}_${name}.ts`);
        const text = readFileSync(bindings, 'utf8');
        const without = text.replace(
            /^(const \w+_(?:types|getters|receivers): ABI\w+\[\] = )\[\n.*?^\]/gms,
            '$1[]',
        );
        writeFileSync(bindings, `// @ts-nocheck\n${without}`);
    }
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, digest);
}
