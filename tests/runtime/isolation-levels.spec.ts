import {
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeItem, tensorOf } from '../../protocol';
import { describeIsolation, PROTECTIONS } from '../../runtime';
import { reportOf } from '../../runtime/isolation/describe';
import { mountField, mountTable } from '../../runtime/isolation/mount-table';
import { createRootFolder } from '../../runtime/isolation/root-folder';
import { addModel, growModel } from './onnx-models';
import { shape } from './items';
import { createWorld, verdicts } from './world';

const world = createWorld();
const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
afterEach(() => world.stopAll());
afterAll(() => rmSync(folder, { recursive: true }));

describe('what is told of isolation', () => {
    it('names each protection once, whatever the system has', async () => {
        const reports = [
            await describeIsolation({ workerPath: world.workerPath, strongest: 'limits' }),
            reportOf([{ level: 'strict', why: 'No.' }], 'linux'),
            reportOf([], 'darwin'),
            reportOf([], 'win32'),
        ];
        for (const { protections } of reports) {
            expect(protections.map(({ name }) => name)).toEqual([...PROTECTIONS]);
        }
    });

    it('is what was found, and what can be done about the rest', () => {
        const why = 'unshare failed: Operation not permitted.';
        const { level, protections } = reportOf([{ level: 'strict', why }], 'linux');
        expect(level).toBe('none');
        const network = protections.find(({ name }) => name === 'network');
        expect(network).toMatchObject({ active: false });
        const files = protections.find(({ name }) => name === 'file-system');
        expect(files).toMatchObject({ active: false, why: `It does not work here: ${why}` });
        expect(files?.active === false && files.mend).toBeTruthy();
    });

    it('are the limits of the kernel where it is asked for no more than them', async () => {
        const options = { workerPath: world.workerPath, strongest: 'limits' } as const;
        const { level, protections } = await describeIsolation(options);
        const active = protections.filter((one) => one.active).map(({ name }) => name);
        expect(level).toBe('limits');
        expect(active).toEqual(expect.arrayContaining(['open-files', 'file-size', 'core-dumps']));
        expect(active).not.toContain('network');
    });
});

describe.each(['strict', 'network', 'limits', 'none'] as const)('at the level %s', (isolation) => {
    it('a model runs, with items and outputs in folders of any name', async () => {
        const odd = join(folder, `it's "a" folder \\ of $HOME ${isolation}`);
        mkdirSync(odd);
        symlinkSync(odd, join(folder, `link-${isolation}`));
        const linked = join(folder, `link-${isolation}`);
        const item = shape(5000n);
        writeFileSync(join(odd, 'items'), item);
        const runtime = world.runtime({ isolation, folder: odd });
        const loaded = await runtime.load({ bytes: growModel() }, { readable: [linked] });
        const slice = { path: join(linked, 'items'), offset: 0, length: item.length };
        const outputs = { dir: odd };
        expect(await verdicts(loaded.run([slice, item], { outputs }))).toEqual([
            'stored',
            'stored',
        ]);
    });

    it('a child has its limits', async () => {
        const loaded = await world.runtime({ isolation }).load({ bytes: addModel() });
        const [pid = 0] = loaded.pids;
        const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
        const files = Number(/Max open files\s+(\d+)/.exec(limits)?.[1]);
        if (isolation === 'none') expect(files).toBeGreaterThan(128);
        else expect(files).toBe(128);
        const network = readlinkSync(`/proc/${pid}/ns/net`);
        const own = readlinkSync('/proc/self/ns/net');
        expect(network !== own).toBe(isolation === 'strict' || isolation === 'network');
        const two = { a: tensorOf('float32', [2], [1, 2]), b: tensorOf('float32', [2], [3, 4]) };
        expect(await verdicts(loaded.run([encodeItem(two)]))).toEqual(['done']);
    });
});

it('a child asks for huge pages where one without isolation does', async () => {
    const asks = await Promise.all(
        (['strict', 'none'] as const).map(async (isolation) => {
            const loaded = await world.runtime({ isolation }).load({ bytes: addModel() });
            const [pid = 0] = loaded.pids;
            // `hg`: advised with MADV_HUGEPAGE, see proc_pid_smaps(5).
            return /^VmFlags:.* hg\b/m.test(readFileSync(`/proc/${pid}/smaps`, 'latin1'));
        }),
    );
    expect(asks[0]).toBe(asks[1]);
});

describe('the table of mounts', () => {
    const INFO = [
        '1 0 8:1 / / rw,relatime - ext4 /dev/root rw',
        '2 1 0:9 / /data\\040disk rw,nosuid,noexec - tmpfs tmpfs rw',
    ].join('\n');

    it('escapes what separates fields', () => {
        expect(mountField('/a b\\c\td')).toBe('/a\\040b\\134c\\011d');
    });

    it('keeps what the mount below forbids, and leaves out what lies in something visible', () => {
        const root = {
            path: '/root-of-child',
            add: (path: string) => (path === '/gone' ? undefined : path),
        };
        const text = mountTable(
            root,
            [
                { path: '/usr/lib/node', mode: 'read' },
                { path: '/usr', mode: 'read' },
                { path: '/gone', mode: 'read' },
                { path: '/data disk/blobs', mode: 'read' },
                { path: '/data disk/blobs/own', mode: 'write' },
                { path: '/dev/null', mode: 'device' },
            ],
            INFO,
        );
        expect(text.trim().split('\n')).toEqual([
            '/root-of-child /root-of-child none bind,ro,nosuid,nodev',
            '/usr /root-of-child/usr none bind,ro,nosuid,nodev',
            '/dev/null /root-of-child/dev/null none bind',
            '/data\\040disk/blobs /root-of-child/data\\040disk/blobs none bind,ro,nosuid,nodev,noexec',
            '/data\\040disk/blobs/own /root-of-child/data\\040disk/blobs/own none bind,nosuid,nodev,noexec',
        ]);
    });
});

describe('the root of a child', () => {
    it('has the links on the way to a path, and an end of links in a ring', () => {
        const real = join(folder, 'real');
        mkdirSync(real);
        writeFileSync(join(real, 'file'), '');
        symlinkSync(real, join(folder, 'alias'));
        symlinkSync(join(folder, 'ring-b'), join(folder, 'ring-a'));
        symlinkSync(join(folder, 'ring-a'), join(folder, 'ring-b'));
        const root = createRootFolder(join(folder, 'root'));
        expect(root.add(join(folder, 'alias', 'file'))).toBe(join(real, 'file'));
        expect(readlinkSync(join(folder, 'root', folder, 'alias'))).toBe(real);
        expect(root.add(join(folder, 'ring-a'))).toBeUndefined();
        expect(root.add(join(folder, 'nothing'))).toBeUndefined();
    });
});
