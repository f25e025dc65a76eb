import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSmallFile } from '../../../cli/cocoon/tensor-files';
import { takeLock } from '../../../cli/cocoon/jobs/lock';
import { namedJob } from '../../../cli/cocoon/jobs/named-job';
import { planOffer, pushInputs } from '../../../cli/cocoon/jobs/offer-inputs';
import { priceFromTime } from '../../../cli/cocoon/jobs/price';
import {
    createSubmission,
    readSubmission,
    readSteps,
    type Step,
    stepFolder,
    type Submission,
    submissionIds,
    writeStep,
} from '../../../cli/cocoon/jobs/submission';
import { homeAt, loadConfig } from '../../../cli/config';
import { makePrivateFolder } from '../../../cli/keystore';
import { rejection } from '../../runtime/world';

const folder = mkdtempSync(join(tmpdir(), 'cocoon-records-'));
const { signal } = new AbortController();
let homes = 0;
afterAll(() => rmSync(folder, { recursive: true }));

const newHome = () => homeAt(join(folder, `home-${homes++}`));
const HASH = 'ab'.repeat(32) as Step['model']['hash'];
const ESCROW = `EQ${'A'.repeat(43)}M9c`;

const submission: Submission = {
    format: 'cocoon.submission/1',
    createdAt: '2026-11-23T00:00:00.000Z',
    network: 'devnet',
    market: `0:${'00'.repeat(32)}`,
    what: { kind: 'items', model: { name: 'm', hash: HASH }, items: 2 },
    terms: {
        cap: 10n ** 18n,
        coreHour: 50_000_000n,
        bidWindowSeconds: 30,
        commitWindowSeconds: 600,
        payUnverified: true,
        accept: true,
        keep: false,
        fromDeposit: false,
    },
    nodes: [],
};

const step: Step = {
    format: 'cocoon.step/1',
    model: { name: 'm', hash: HASH },
    items: 2,
    ticket: 'a ticket',
    escrow: ESCROW,
    jobId: 3,
    terms: { ceiling: 1n, take: 0n, value: 2n, bidWindowSeconds: 30, commitWindowSeconds: 600 },
    inputs: { kind: 'stores' },
    startedAt: '2026-11-23T00:00:00.000Z',
    state: 'posted',
    committed: false,
};

describe('Records of jobs', () => {
    it('come back as they were written, and are named by number or by place on the chain', async () => {
        const home = newHome();
        const first = createSubmission(home, submission);
        const second = createSubmission(home, submission);
        expect([first.id, second.id, submissionIds(home)]).toEqual(['1', '2', ['1', '2']]);
        expect(readSubmission(home, '2')).toEqual(second);
        await makePrivateFolder(stepFolder(second, 0));
        writeStep(second, 0, step);
        expect(readSteps(second)).toEqual([step]);
        const named = namedJob(home, `${ESCROW}:3`);
        expect(named).toMatchObject({ kind: 'own', submission: { id: '2' } });
        expect(namedJob(home, `${ESCROW}:4`)).toMatchObject({ kind: 'chain', jobId: 4 });
        expect(() => namedJob(home, 'job')).toThrow('"job" names no job.');
        expect(() => namedJob(home, '7')).toThrow('There is no job "7" in this home.');
    });

    it('that are damaged are refused, with the path', () => {
        const home = newHome();
        const { folder: place } = createSubmission(home, submission);
        const path = join(place, 'submission.json');
        for (const text of ['', '{', '{"format":"cocoon.submission/9"}', '[1]']) {
            writeFileSync(path, text);
            expect(() => readSubmission(home, '1')).toThrow(`${path} is damaged`);
        }
        rmSync(path);
        expect(() => readSubmission(home, '1')).toThrow('nothing was paid for it');
    });
});

describe('A lock', () => {
    it('is held by one at a time, and waited for', async () => {
        const path = join(folder, 'lock');
        const held = await takeLock(path, { what: 'works', signal });
        expect(await rejection(takeLock(path, { what: 'works', signal }))).toMatchObject({
            code: 'BUSY',
            pid: process.pid,
        });
        let waited = false;
        const next = takeLock(path, {
            what: 'works',
            waitMs: 30_000,
            onWait: () => {
                waited = true;
                void held.release();
            },
            signal,
        });
        await (await next).release();
        expect([waited, existsSync(path)]).toEqual([true, false]);
    });

    it('that a killed process has left is taken over', async () => {
        const path = join(folder, 'stale');
        const { pid } = spawnSync(process.execPath, ['-e', '']);
        writeFileSync(path, String(pid));
        await (await takeLock(path, { what: 'works', signal })).release();
        writeFileSync(path, '');
        await (await takeLock(path, { what: 'works', signal })).release();
    });
});

describe('The ceiling of a job', () => {
    it('grows with time, items and price, and never falls under what messages cost', () => {
        const amounts = fc.tuple(
            fc.double({ min: 0.001, max: 1e6, noNaN: true }),
            fc.integer({ min: 1, max: 1_000_000 }),
            fc.bigInt({ min: 0n, max: 10n ** 12n }),
        );
        fc.assert(
            fc.property(amounts, ([ms, items, hour]) => {
                const { ceiling, take } = priceFromTime(ms, items, hour);
                expect(ceiling).toBeGreaterThanOrEqual(10_000_000n);
                expect(take).toBe(ceiling / 2n);
                for (const more of [
                    priceFromTime(ms * 2, items, hour),
                    priceFromTime(ms, items + 1, hour),
                    priceFromTime(ms, items, hour + 1n),
                ]) {
                    expect(more.ceiling).toBeGreaterThanOrEqual(ceiling);
                }
            }),
        );
    });

    it('is four times the price of the time, and the messages', () => {
        expect(priceFromTime(3_600_000, 1, 50_000_000n).ceiling).toBe(210_000_000n);
    });
});

describe('Inputs', () => {
    const plan = (flags: Record<string, string>) =>
        planOffer(loadConfig({ home: newHome(), env: {}, flags }));

    it('are served from here where nodes can reach this machine, and given to stores elsewhere', () => {
        expect(plan({ network: 'devnet' })).toMatchObject({ kind: 'here', host: '127.0.0.1' });
        expect(plan({ network: 'testnet' })).toEqual({ kind: 'stores' });
        expect(plan({ network: 'devnet', endpoint: 'https://chain.example.org/api' })).toEqual({
            kind: 'stores',
        });
        const publicUrl = 'https://me.example.org';
        expect(
            plan({ network: 'testnet', 'client.publicUrl': publicUrl, 'client.listen.port': '80' }),
        ).toMatchObject({
            kind: 'here',
            publicUrl,
        });
        expect(() => plan({ network: 'testnet', 'client.publicUrl': publicUrl })).toThrow(
            'no port that it can lead to',
        );
        expect(plan({ network: 'testnet', 'client.listen.host': '192.0.2.7' })).toMatchObject({
            kind: 'here',
            host: '192.0.2.7',
        });
    });

    it('that no store takes stop the job before anything is paid', async () => {
        const request = {
            blobs: [new Uint8Array(10)],
            stores: ['http://127.0.0.1:9/blobs'],
            signal,
            onPush: () => undefined,
        };
        expect(await rejection(pushInputs(request))).toMatchObject({
            code: 'INPUTS_NOT_OFFERED',
            hint: expect.stringContaining('Nothing was paid.') as string,
        });
    });

    it('that are too large to be read are refused before they are', async () => {
        const path = join(folder, 'large');
        writeFileSync(path, new Uint8Array(100));
        expect(await rejection(readSmallFile(path, 99))).toMatchObject({
            message: `${path} has 100 bytes, more than the 99 that are allowed.`,
        });
    });
});
