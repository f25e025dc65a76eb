import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { StateUnwritableError } from '../../provider/state';
import { takeOwnership } from '../../provider/state/owner';
import { createBlobStore } from '../../sdk/node';
import { openVerifierState } from '../../verifier/state';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const MARKET = new Address(0, Buffer.alloc(32, 2));
const unwritable = expect.objectContaining({
    code: 'STATE_UNWRITABLE',
    hint: expect.stringContaining('Make room on the disk') as string,
}) as Error;

/** A file system in memory of a few bytes, which mounting needs the rights for. */
function smallDisk(kibibytes: number): string | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-small-'));
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder], {
            stdio: 'pipe',
        });
        return folder;
    } catch (error) {
        process.stderr.write(`Left out, nothing can be mounted here (${String(error)}).\n`);
        rmSync(folder, { recursive: true });
        return undefined;
    }
}

describe('A disk that is full', () => {
    const disks: string[] = [];
    const disk = (kibibytes: number) => {
        const folder = smallDisk(kibibytes);
        if (folder !== undefined) disks.push(folder);
        return folder;
    };
    afterEach(() => {
        for (const folder of disks.splice(0)) {
            execFileSync('umount', ['--lazy', folder]);
            rmSync(folder, { recursive: true });
        }
    });

    it('takes no half of what a verifier writes down, and all of it once there is room', async () => {
        const folder = disk(1024);
        if (folder === undefined) return;
        const identity = { folder: join(folder, 'state'), stake: STAKE, market: MARKET };
        const open = () => openVerifierState(identity);
        let state = await open();
        const filler = join(folder, 'filler');
        writeFileSync(filler, Buffer.alloc(512 * 1024));
        const check = (jobId: number) => ({
            ...{ escrow: STAKE, client: MARKET, index: 0, jobId, seenAt: jobId, listedAt: 1 },
            ...{
                parametersTag: 1n,
                claims: [],
                news: [{ at: 1, kind: 'x', text: 'y'.repeat(1000) }],
            },
        });
        let written = 0;
        /** A check and the sums that go with it, as one. */
        const write = () => {
            state.atomically(() => {
                state.checks.put(check(written + 1));
                state.count({ claims: 1 });
            });
            written++;
        };
        const fill = () => {
            for (let n = 0; n < 1_000; n++) write();
        };
        expect(fill).toThrow(unwritable);
        expect(written).toBeGreaterThan(10);
        const whole = () => {
            expect(state.totals.claims).toBe(written);
            expect(state.checks.latest(1_000)).toHaveLength(written);
        };
        whole();
        await state.close();
        // Nor does a node begin that could not write down what it signs.
        await expect(open()).rejects.toEqual(unwritable);
        rmSync(filler);
        state = await open();
        whole();
        write();
        whole();
        await state.close();
    });

    it('leaves no blob that is shorter than its bytes', async () => {
        const folder = disk(256);
        if (folder === undefined) return;
        const blobs = createBlobStore({ folder: join(folder, 'blobs') });
        const full = { code: 'BLOB_STORE_FULL', message: 'The disk of the blob store is full.' };
        const write = (bytes: number) => blobs.write(Buffer.alloc(bytes, bytes % 251));
        await expect(write(300_000)).rejects.toMatchObject(full);
        expect(readdirSync(join(folder, 'blobs'))).toEqual([]);
        expect(blobs.usedBytes).toBe(0);
        const sha256 = await write(200_000);
        expect((await blobs.read(sha256))?.length).toBe(200_000);
        await expect(write(100_000)).rejects.toMatchObject(full);
        expect(readdirSync(join(folder, 'blobs'))).toEqual([sha256]);
    });

    it('does not end a node that says now and then that it lives', () => {
        jest.useFakeTimers();
        try {
            let full = false;
            const written: unknown[] = [];
            const table = {
                get: () => undefined,
                put: (_key: string, value: unknown) => {
                    if (full) throw new StateUnwritableError('/x', new Error('No space left.'));
                    written.push(value);
                },
                remove: () => undefined,
                entries: () => [],
                size: 0,
            };
            const atomically = <T>(work: () => T) => work();
            const ownership = takeOwnership({ folder: '/x', table, atomically, now: () => 1 });
            full = true;
            jest.advanceTimersByTime(60_000);
            full = false;
            jest.advanceTimersByTime(30_000);
            expect(written).toHaveLength(2);
            ownership.release();
        } finally {
            jest.useRealTimers();
        }
    });
});

describe('The map of a database', () => {
    it('is as large from the start as it ever has to be, since LMDB does not survive a failed growth', async () => {
        const parent = mkdtempSync(join(tmpdir(), 'cocoon-map-'));
        const folder = join(parent, 'state');
        mkdirSync(folder);
        const state = await openVerifierState({ folder, stake: STAKE, market: MARKET });
        /** Where the file is mapped, and how many bytes of addresses that takes. */
        const maps = () =>
            readFileSync('/proc/self/maps', 'utf8')
                .split('\n')
                .filter((line) => line.endsWith(join(folder, 'data.mdb')))
                .map((line) => {
                    const [from = '', to = ''] = (line.split(' ')[0] ?? '').split('-');
                    return { from, bytes: Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)) };
                });
        const before = maps();
        expect(before).toHaveLength(1);
        expect(before[0]?.bytes).toBe(1024 ** 3);
        const text = 'x'.repeat(100_000);
        for (let jobId = 1; jobId <= 60; jobId++) {
            state.checks.put({
                ...{ escrow: STAKE, client: MARKET, index: 0, jobId, seenAt: 1, listedAt: 1 },
                ...{ parametersTag: 1n, claims: [], news: [{ at: 1, kind: 'x', text }] },
            });
        }
        expect(maps()).toEqual(before);
        await state.close();
        rmSync(parent, { recursive: true });
    });
});
