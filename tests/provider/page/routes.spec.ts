import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addUp, addUpInSteps } from '../../../provider';
import { until } from '../world';
import { buildPage } from './chromium';
import { CRASHING, ESCROW, HOSTILE, PageWorld } from './page-world';

describe('What the owner’s page asks', () => {
    let files: string;
    let world: PageWorld;
    beforeAll(() => {
        files = mkdtempSync(join(tmpdir(), 'cocoon-page-files-'));
        buildPage(files);
    });
    afterAll(() => rmSync(files, { recursive: true }));
    beforeEach(async () => (world = await PageWorld.create(files)));
    afterEach(() => world.stop());

    const json = { 'Content-Type': 'application/json' };
    const put = (changes: object, more: { revision?: string; headers?: object } = {}) =>
        world.ask('preferences', {
            method: 'PUT',
            headers: { ...json, ...more.headers },
            body: JSON.stringify({ changes, ...(more.revision && { revision: more.revision }) }),
        });
    const openSession = async (token: string, headers: object = { Origin: world.url }) =>
        fetch(`${world.url}/api/session`, {
            method: 'POST',
            headers: { ...json, ...headers },
            body: JSON.stringify({ token }),
        });
    /** Everything that can be asked. */
    const READS = [
        'state',
        'logs',
        'preferences',
        'earnings',
        'earnings/summary',
        'earnings/csv',
        'outcomes',
        'prices',
        `outcomes/${ESCROW.toRawString()}/100`,
    ];

    describe('is for the owner alone', () => {
        it('whatever is asked', async () => {
            for (const path of [...READS, 'stream', 'nothing']) {
                for (const Authorization of ['', `Bearer ${world.token}x`]) {
                    const headers = { Authorization };
                    const answer = await fetch(`${world.url}/api/${path}`, { headers });
                    expect([path, answer.status]).toEqual([path, 401]);
                    await answer.body?.cancel();
                }
                const method = path === 'preferences' ? 'PUT' : 'POST';
                const change = { method, headers: { Origin: world.url } };
                expect((await fetch(`${world.url}/api/${path}`, change)).status).toBe(401);
            }
        });

        it('takes the token for a session of two halves, and neither half alone', async () => {
            expect((await openSession('wrong')).status).toBe(401);
            const opened = await openSession(world.token);
            const cookie = opened.headers.get('Set-Cookie') ?? '';
            expect(cookie).toMatch(/^cocoon-page-\d+=.*; Path=\/api; .*HttpOnly; SameSite=Strict$/);
            const { key } = (await opened.json()) as { key: string };
            const [Cookie = ''] = cookie.split(';');
            const state = (headers: Record<string, string>) =>
                fetch(`${world.url}/api/state`, { headers }).then(({ status }) => status);
            expect(await state({ Cookie, 'X-Cocoon-Key': key })).toBe(200);
            expect(await state({ Cookie })).toBe(401);
            expect(await state({ 'X-Cocoon-Key': key })).toBe(401);
            const forged = Cookie.replace(/=\d/, '=9');
            expect(await state({ Cookie: forged, 'X-Cocoon-Key': key })).toBe(401);
            const end = { Cookie, 'X-Cocoon-Key': key, Origin: world.url };
            await fetch(`${world.url}/api/session`, { method: 'DELETE', headers: end });
            expect(await state({ Cookie, 'X-Cocoon-Key': key })).toBe(401);
        });

        it('lets nobody guess, and the owner’s session goes on meanwhile', async () => {
            const opened = await openSession(world.token);
            const { key } = (await opened.json()) as { key: string };
            const [Cookie = ''] = (opened.headers.get('Set-Cookie') ?? '').split(';');
            const codes = new Set<number>();
            for (let n = 0; n < 25; n++) codes.add((await openSession(`guess ${n}`)).status);
            expect([...codes]).toEqual([401, 429]);
            expect((await world.ask('state')).status).toBe(429);
            const mine = { headers: { Cookie, 'X-Cocoon-Key': key } };
            expect((await fetch(`${world.url}/api/state`, mine)).status).toBe(200);
        });

        it('answers no other page, and no name that was made to lead here', async () => {
            for (const headers of [
                { Origin: 'http://evil.example' },
                { Origin: 'http://127.0.0.1:1' },
                { Origin: 'null' },
                { 'Sec-Fetch-Site': 'cross-site' },
                { 'Sec-Fetch-Site': 'same-site' },
            ]) {
                expect((await world.ask('state', { headers })).status).toBe(403);
                expect((await put({ 'idle.only': true }, { headers })).status).toBe(403);
            }
            expect((await openSession(world.token, {})).status).toBe(403);
            expect(await askAs('evil.example', '/api/state')).toBe(421);
            expect(await askAs('evil.example', '/')).toBe(421);
            expect(world.preferencesText).toBe('');
        });
    });

    const askAs = (host: string, path: string) =>
        new Promise<number | undefined>((resolve, reject) => {
            const { port } = new URL(world.url);
            const headers = { host, authorization: `Bearer ${world.token}` };
            request({ port, host: '127.0.0.1', path, headers }, (response) =>
                resolve(response.resume().statusCode),
            )
                .on('error', reject)
                .end();
        });

    it('is a page that loads nothing from elsewhere and runs no inline code', async () => {
        for (const path of ['', 'app.js', 'style.css', 'icon.svg']) {
            const answer = await fetch(`${world.url}/${path}`);
            expect(answer.status).toBe(200);
            const policy = answer.headers.get('Content-Security-Policy') ?? '';
            expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
            expect(policy).toContain("frame-ancestors 'none'");
            expect(policy).not.toContain('unsafe');
            expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
            expect(answer.headers.get('X-Frame-Options')).toBe('DENY');
            const text = await answer.text();
            const links = text.match(/https?:\/\/[^\s"'`)]+/g) ?? [];
            expect(links.filter((link) => link !== 'http://www.w3.org/2000/svg')).toEqual([]);
        }
        const html = await (await fetch(world.url)).text();
        expect(html).not.toMatch(/\sstyle=|\son\w+=|<script>/);
    });

    it('changes nothing when it is asked', async () => {
        world.fill();
        world.quarantine();
        const before = JSON.stringify(await world.json('outcomes?limit=100'));
        for (const path of [...READS, `models/${CRASHING}/lift`, 'session']) {
            await (await world.ask(path)).text();
            await (await world.ask(path, { method: 'HEAD' })).text();
        }
        expect(JSON.stringify(await world.json('outcomes?limit=100'))).toBe(before);
        expect(world.state.quarantine.get(CRASHING)).toBeDefined();
        expect(readdirSync(world.folder)).toEqual(['state']);
    });

    it('tells what the node does, and why it does not more', async () => {
        expect(await world.json('state')).toMatchObject({
            format: 'cocoon.page/1',
            now: { kind: 'waits', sentence: 'Ready; waits for jobs.', reasons: [] },
            stake: { view: { reserve: '10000000000', operating: '987500000' } },
        });
        world.reasons = [{ code: 'operating-balance-low', detail: 'The balance is low.' }];
        writeFileSync(world.preferencesPath, 'battery: { use: false }\n');
        world.seen = { ...world.seen, battery: { onBattery: true, percent: 90 } };
        await until(() => world.governor.suspensions.length > 0);
        expect(await world.json('state')).toMatchObject({
            now: {
                kind: 'idle',
                sentence: 'Takes no jobs.',
                reasons: [
                    {
                        code: 'on-battery',
                        sentence: 'The computer runs on its battery.',
                        preference: 'battery.use',
                        advice: expect.stringContaining('battery.use') as string,
                    },
                    {
                        code: 'operating-balance-low',
                        advice: 'Send GRAM to the stake; anyone may.',
                    },
                ],
            },
        });
    });

    it('adds up the books as the command does, also for a spreadsheet', async () => {
        world.fill();
        const report = await world.json<{
            rows: { key: string }[];
            total: Record<string, unknown>;
        }>('earnings?by=model&days=30');
        expect(report.total).toMatchObject({ seen: 61, bids: 30, won: 30, paid: 30 });
        expect(report.rows.map(({ key }) => key)).toContain(HOSTILE);
        const summary = await world.json<Record<string, { paid: number }>>('earnings/summary');
        expect(summary['month']).toEqual(report.total);
        expect(summary['today']?.paid).toBe(1);
        expect(summary['reasons']).toMatchObject([
            {
                code: 'over-ceiling',
                jobs: 30,
                sentence:
                    '30 jobs paid less than your price: they offered 0.2 GRAM, you asked 0.25 GRAM (medians).',
            },
            { code: 'suspended', jobs: 1 },
        ]);
        const csv = await world.ask('earnings/csv?by=reason');
        expect(csv.headers.get('Content-Disposition')).toContain('cocoon-earnings-by-reason.csv');
        expect(await csv.text()).toMatch(/^reason,kind,what_to_do,seen,.*\r\npaid-accepted,paid,/);
        for (const query of ['by=x', 'days=0', 'days=401', 'days=x']) {
            expect((await world.ask(`earnings?${query}`)).status).toBe(400);
        }
    });

    it('adds up in steps, so that the node goes on meanwhile', async () => {
        world.note(1, 1, { outcome: 'passed', why: { code: 'sealed' } });
        const many = Array.from({ length: 1_000 }, () => world.state.ledger.latest(1)).flat();
        const source = { seenBetween: () => many, days: () => new Map() };
        const request = { since: 0, until: Date.now(), by: 'day', format: String } as const;
        let turns = 0;
        const counting = setInterval(() => turns++, 0);
        const report = await addUpInSteps(source, request);
        clearInterval(counting);
        expect(report).toEqual(addUp(source, request));
        expect(report.total.seen).toBe(1_000);
        expect(turns).toBeGreaterThan(0);
    });

    it('lists all jobs part by part, the newest first, none twice, and tells each', async () => {
        world.fill();
        const found: number[] = [];
        let next: string | null = '';
        while (next !== null) {
            const before = next === '' ? '' : `&before=${encodeURIComponent(next)}`;
            const part: { entries: { jobId: number }[]; next: string | null } = await world.json(
                `outcomes?limit=20${before}`,
            );
            found.push(...part.entries.map(({ jobId }) => jobId));
            ({ next } = part);
        }
        expect(found).toHaveLength(61);
        expect(new Set(found).size).toBe(61);
        expect(found.slice(0, 2)).toEqual([100, 200]);
        const told = await world.json<{ steps: { text: string }[] }>(
            `outcomes/${ESCROW.toRawString()}/200`,
        );
        expect(told.steps.at(-1)?.text).toContain('over the ceiling');
        for (const query of ['limit=0', 'limit=101', 'before=x', 'before=1/0:00/2']) {
            expect((await world.ask(`outcomes?${query}`)).status).toBe(400);
        }
        expect((await world.ask(`outcomes/${ESCROW.toRawString()}/999`)).status).toBe(404);
    });

    it('suggests prices in the words of the command', async () => {
        world.fill();
        const { models } = await world.json<{ models: { sentences: string[] }[] }>('prices');
        expect(models[0]?.sentences[0]).toMatch(/your price would have won/);
    });

    it('works for a quarantined model again', async () => {
        world.quarantine();
        const lift = (model: string) => world.ask(`models/${model}/lift`, { method: 'POST' });
        expect((await lift(CRASHING)).status).toBe(200);
        expect(world.state.quarantine.all()).toEqual([]);
        expect((await lift(CRASHING)).status).toBe(404);
        expect((await lift('x')).status).toBe(400);
    });

    describe('changes preferences', () => {
        it('all or none of them, by the rules of the file, and leaves the rest of it alone', async () => {
            writeFileSync(world.preferencesPath, '# mine\nidle:\n  minutes: 5 # long\n');
            const answer = await put({
                'idle.only': true,
                'cpu.sharePercent': '50',
                programs: ['doom'],
                'hours.monday': '22:00-06:00',
            });
            expect(answer.status).toBe(200);
            expect(world.preferencesText).toBe(
                '# mine\nidle:\n  minutes: 5 # long\n  only: true\ncpu:\n  sharePercent: 50\n' +
                    'programs:\n  - doom\nhours:\n  monday: 22:00-06:00\n',
            );
            const before = world.preferencesText;
            const wrong = await put({
                'idle.only': false,
                'cpu.sharePercent': '200',
                'hours.monday': 'noon',
                nothing: 1,
            });
            expect(wrong.status).toBe(422);
            const { errors } = (await wrong.json()) as { errors: Record<string, string>[] };
            expect(errors).toMatchObject([
                {
                    preference: 'cpu.sharePercent',
                    message: 'The preference cpu.sharePercent cannot be "200".',
                    hint: 'It is a number of percent from 1 to 100.',
                },
                { preference: 'hours.monday' },
                { preference: 'nothing', message: 'There is no preference nothing.' },
            ]);
            expect(world.preferencesText).toBe(before);
            expect((await put({ 'idle.minutes': null, programs: null })).status).toBe(200);
            expect(world.preferencesText).not.toMatch(/minutes|programs/);
        });

        it('and the node respects them within two seconds', async () => {
            expect((await put({ 'disk.minFreeGiB': 100 })).status).toBe(200);
            world.seen = { ...world.seen, disk: { freeBytes: 1, ownBytes: 0 } };
            const from = Date.now();
            await until(() => world.governor.suspensions.length > 0);
            expect(Date.now() - from).toBeLessThan(2_000);
        });

        it('never over a change that its owner has not seen', async () => {
            const { revision } = await world.json<{ revision: string }>('preferences');
            writeFileSync(world.preferencesPath, 'idle: { only: true }\n');
            const answer = await put({ 'battery.use': true }, { revision });
            expect(answer.status).toBe(409);
            const now = (await answer.json()) as { revision: string; preferences: object[] };
            expect(now.preferences).toContainEqual(
                expect.objectContaining({ name: 'idle.only', value: true, given: true }),
            );
            expect((await put({ 'battery.use': true }, now)).status).toBe(200);
        });

        it('says where the file is broken, and takes only JSON of the form', async () => {
            writeFileSync(world.preferencesPath, 'idle: [');
            const { broken } = await world.json<{ broken: string }>('preferences');
            expect(broken).toContain('no YAML');
            expect((await put({ 'idle.only': true })).status).toBe(422);
            const send = (headers: Record<string, string>, body: string) =>
                world
                    .ask('preferences', { method: 'PUT', headers, body })
                    .then((one) => one.status);
            expect(await send({ 'Content-Type': 'text/plain' }, '{}')).toBe(415);
            expect(await send(json, '{')).toBe(400);
            expect(await send(json, '{"changes":{"idle.only":{}}}')).toBe(400);
            expect(await send(json, `{"x":"${'x'.repeat(70_000)}"}`)).toBe(413);
        });
    });
});
