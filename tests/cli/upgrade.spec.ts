import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import { loadCommit } from '../../build/Escrow/Escrow_Escrow';
import { encodeItem, tensorOf } from '../../protocol';
import {
    announceJob,
    estimateJob,
    type JobResult,
    type JobTicket,
    postJob,
    prepareJob,
    type PreparedJob,
    resumeJob,
    runJob,
    type RunJobRequest,
    transactionsAfter,
} from '../../sdk';
import { DEVNET_PARAMETERS, readEscrowNote, withoutChecks } from '../../wrappers';
import { identityManifest } from '../../bench/identity-model';
import { rootIn, sentMessages } from '../killed/sent-messages';
import { countingModel, until } from '../provider/world';
import { FaultyEndpoint } from '../sdk/faulty-endpoint';
import { bundleCommand, bundleNewer, makeKeysCheap, ProviderWorld } from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_790;
const ADMIN = 18_792;
const URL = `http://127.0.0.1:${PORT}`;
const NEWER = '0.2.0';
/** Nobody hurries: what is delivered waits for its client over the whole upgrade. */
const PARAMETERS = withoutChecks({ ...DEVNET_PARAMETERS, acceptWindow: 300 });

jest.setTimeout(300_000);

interface Status {
    readonly version: string;
    readonly work: { readonly jobs: readonly { phase: string; finished: number }[] };
    readonly totals: { readonly outcomes: Readonly<Record<string, number>> };
}

describe('An upgrade while jobs run', () => {
    let world: ProviderWorld;
    let endpoint: FaultyEndpoint;
    let home: string;
    let newer: string;
    const tickets: JobTicket[] = [];
    beforeAll(async () => {
        bundleCommand();
        newer = await bundleNewer(NEWER);
        world = await ProviderWorld.create(PARAMETERS);
        endpoint = await FaultyEndpoint.before(world.devnet.endpoint);
        home = world.home('owner');
        const set = (...settings: string[]) => settings.flatMap((one) => ['--set', one]);
        await world.json(home, [
            ...['init', ...world.network, '--port', String(PORT)],
            ...['--create-wallet', '--faucet', '--yes'],
            ...set(`provider.http.adminPort=${ADMIN}`, 'provider.drainSeconds=0'),
            ...set('provider.limits.processes=1', 'provider.pricing.gramPerItem=0.0001'),
        ]);
        makeKeysCheap(home);
    });
    afterAll(async () => {
        await world.stop();
        await endpoint.stop();
    });

    const request = (job: PreparedJob, options: Partial<RunJobRequest> = {}): RunJobRequest => ({
        chain: world.chain,
        deployment: world.deployment,
        sender: world.client,
        client: world.client.address,
        job,
        ceiling: toNano('0.1'),
        takePrice: toNano('0.1'),
        bidWindowSeconds: 30,
        commitWindowSeconds: 600,
        endpoints: [URL],
        onTicket: (ticket) => void tickets.push(ticket),
        ...options,
    });
    const store = async (job: PreparedJob, more: readonly Uint8Array[] = []) => {
        for (const blob of [...job.blobs, ...more]) await world.blobs.write(blob);
        return job;
    };
    const sources = () => [`${world.blobServer.url}/blobs`];
    const quick = (value: number) =>
        store(
            prepareJob({
                manifest: identityManifest(),
                items: [encodeItem({ x: tensorOf('float32', [1], [value]) })],
                sources: sources(),
            }),
        );
    const slow = (items: number) => {
        const { manifest, bytes } = countingModel();
        const item = encodeItem({ trips: tensorOf('int64', [], [50_000n]) });
        const job = prepareJob({
            manifest,
            items: Array.from({ length: items }, () => item),
            sources: sources(),
        });
        return store(job, [bytes]);
    };
    /** All that the node sends passes by. */
    const start = () => ['start', '--endpoint', endpoint.url];
    const status = async () =>
        (await (await fetch(`http://127.0.0.1:${ADMIN}/status`)).json()) as Status;
    const phases = async () => {
        const { work } = await status();
        return work.jobs.map(({ phase }) => phase).sort();
    };
    const stateFile = (kind: string) => {
        const folder = join(home, 'provider', kind);
        return join(folder, readdirSync(folder)[0] ?? '', 'data.mdb');
    };
    const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

    it('finishes all of them, in whichever stage they were, and signs nothing twice', async () => {
        const old = world.launch(home, start());
        await old.says('Ready for jobs.');
        expect((await status()).version).toBe('0.1.0');

        const delivered = await quick(1);
        const post = request(delivered);
        await announceJob(post);
        const ticket = await postJob({
            ...post,
            estimate: await estimateJob({ ...post, items: 1 }),
        });
        await until(async () => (await phases()).join() === 'committed');

        const running: Promise<JobResult>[] = [];
        running.push(runJob(request(await quick(2), { takePrice: 0n, bidWindowSeconds: 25 })));
        await until(async () => (await phases()).includes('bid'));
        // The second one waits for the core that the first one has.
        running.push(runJob(request(await slow(60))));
        await until(async () =>
            (await status()).work.jobs.some(
                ({ phase, finished }) => phase === 'working' && finished > 0,
            ),
        );
        running.push(runJob(request(await slow(61))));
        await until(async () => (await phases()).join() === 'bid,committed,working,working');

        const { code, out } = await old.interrupt('SIGTERM');
        expect(code).toBe(0);
        const left = out.split('\n').filter((line) => line.includes('Left to the next start: '));
        expect(left).toHaveLength(4);
        expect(
            left.filter((line) => /has to be delivered; this step ends in \d+ min/.test(line)),
        ).toHaveLength(2);

        const upgraded = world.launch(home, start(), {}, newer);
        await upgraded.says('Ready for jobs.');
        expect((await status()).version).toBe(NEWER);
        const accepted = await resumeJob({
            chain: world.chain,
            ticket,
            job: delivered,
        });
        expect(accepted).toMatchObject({ posted: true, closing: { outcome: 'accepted' } });
        for (const { closing } of await Promise.all(running)) {
            expect(closing).toMatchObject({ outcome: 'accepted' });
            expect(closing?.paid).toBeGreaterThan(0n);
        }
        await until(async () => (await status()).totals.outcomes['paid'] === 4);

        const commits = sentMessages(endpoint.calls, loadCommit);
        const { escrow, since } = ticket;
        const { last } = await world.chain.account(escrow);
        const history =
            last === undefined ? [] : await transactionsAfter(world.chain, escrow, since, last);
        const notes = history.map(readEscrowNote);
        expect(tickets).toHaveLength(4);
        for (const { jobId } of tickets) {
            const roots = commits.filter((one) => Number(one.jobId) === jobId);
            expect(new Set(roots.map(({ result }) => rootIn(result))).size).toBe(1);
            for (const kind of ['bid', 'commit']) {
                const taken = notes.filter((note) => note?.kind === kind && note.jobId === jobId);
                expect([kind, jobId, taken.length]).toEqual([kind, jobId, 1]);
            }
        }
        expect((await upgraded.interrupt('SIGTERM')).code).toBe(0);
    });

    it('has no way back but a backup: the older program changes nothing', async () => {
        const path = stateFile('state');
        const before = digest(path);
        for (const args of [['start'], ['status'], ['earnings'], ['quarantine']]) {
            const { code, error } = await world.failure(home, args);
            expect([args, code, error['code']]).toEqual([args, 1, 'STATE_FOREIGN']);
            expect(error['message']).toContain('has format 3, of a newer version');
            expect(error['hint']).toContain('Nothing was changed.');
        }
        expect(digest(path)).toBe(before);
        const again = world.launch(home, start(), {}, newer);
        await again.says('Ready for jobs.');
        await again.interrupt();
    });

    it('says so of a home, too, that a newer program has set up', async () => {
        const path = join(home, 'provider', 'node.json');
        const text = readFileSync(path, 'utf8');
        const later = text.replace('cocoon.node/1', 'cocoon.node/2');
        expect(later).not.toBe(text);
        writeFileSync(path, later);
        for (const args of [
            ['start'],
            ['status'],
            ['init'],
            ['backup', join(world.folder, 'x.age')],
        ]) {
            const { code, error } = await world.failure(home, args);
            expect([args, code, error['code']]).toEqual([args, 1, 'SETUP_NEWER']);
        }
        expect(readFileSync(path, 'utf8')).toBe(later);
        writeFileSync(path, text);
    });
});
