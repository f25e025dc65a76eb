import express from 'express';
import { createLogTail, type LogTail } from '../../../provider';
import { listenGuarded } from '../../../provider/http';
import { ownerView, type OwnerView } from '../../../provider/page';
import type { EarningsSummary, OutcomeRow } from '../../../provider/page/book-routes';
import type { PreferenceFault, PreferencesView } from '../../../provider/page/preferences-desk';
import { createLiveStream } from '../../../provider/page/stream';
import type * as web from '../../../provider/page/web/wire';
import type { Listening } from '../../../sdk/node';
import type { CheckRow, ChecksView, CheckSummary } from '../../../verifier';
import { until } from '../world';

/** What JSON makes of a type: amounts become decimal text. */
type Wire<T> = T extends bigint
    ? string
    : T extends string | number | boolean | null | undefined
      ? T
      : T extends readonly (infer E)[]
        ? readonly Wire<E>[]
        : T extends object
          ? { readonly [K in keyof T]: Wire<T[K]> }
          : T;
type Fits<Sent extends Read, Read> = Sent extends Read ? true : never;

/** Compiles only while the page reads what the node sends. */
export const FITS: [
    Fits<Wire<OwnerView>, web.View>,
    Fits<Wire<EarningsSummary>, web.Summary>,
    Fits<Wire<OutcomeRow>, web.Outcome>,
    Fits<Wire<PreferencesView>, web.PreferencesView>,
    Fits<Wire<PreferenceFault>, web.PreferenceFault>,
    Fits<ReturnType<LogTail['after']>[number], web.LogEntry>,
    Fits<Wire<ChecksView>, web.Checks>,
    Fits<Wire<CheckSummary>, web.CheckSummary>,
    Fits<Wire<CheckRow>, web.CheckRow>,
] = [true, true, true, true, true, true, true, true, true];

interface Heard {
    readonly id: string;
    readonly event: string;
    readonly data: unknown;
}

/** One who listens, and all that was heard. */
class Ear {
    readonly heard: Heard[] = [];
    comments = 0;
    readonly #control = new AbortController();

    async listen(url: string, last?: string): Promise<this> {
        const headers: Record<string, string> = last === undefined ? {} : { 'Last-Event-ID': last };
        const { signal } = this.#control;
        const { body } = await fetch(url, { headers, signal });
        void this.#read(body as ReadableStream<Uint8Array>).catch(() => undefined);
        return this;
    }

    async #read(body: ReadableStream<Uint8Array>): Promise<void> {
        let text = '';
        for await (const part of body) {
            const blocks = (text + Buffer.from(part).toString('utf8')).split('\n\n');
            text = blocks.pop() ?? '';
            for (const block of blocks) this.#take(block);
        }
    }

    #take(block: string): void {
        if (block.startsWith(':')) this.comments++;
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        if (field('event') === '') return;
        const data: unknown = JSON.parse(field('data'));
        this.heard.push({ id: field('id'), event: field('event'), data });
    }

    of(event: string): unknown[] {
        return this.heard.filter((one) => one.event === event).map(({ data }) => data);
    }

    close(): void {
        this.#control.abort();
    }
}

describe('The live stream of the page', () => {
    let server: Listening;
    let log: LogTail;
    let value: bigint;
    let looks: number;
    const ears: Ear[] = [];
    beforeEach(async () => {
        log = createLogTail();
        value = 1n;
        looks = 0;
        const view = () => {
            looks++;
            return { value };
        };
        const stream = createLiveStream({ view, log, run: '7', everyMs: 10, heartbeatMs: 60 });
        server = await listenGuarded(express().get('/', stream), { port: 0, host: '127.0.0.1' });
    });
    afterEach(async () => {
        for (const ear of ears.splice(0)) ear.close();
        await server.close();
    });
    const listen = async (last?: string) => {
        const ear = await new Ear().listen(server.url, last);
        ears.push(ear);
        return ear;
    };

    it('tells a state when it is another one, and nothing else but that it lives', async () => {
        const ear = await listen();
        await until(() => ear.comments >= 2);
        expect(ear.of('state')).toEqual([{ value: '1' }]);
        value = 2n;
        await until(() => ear.of('state').length === 2);
        expect(ear.of('state')).toEqual([{ value: '1' }, { value: '2' }]);
    });

    it('tells what was logged, also before', async () => {
        log.say('Ready for jobs.');
        const ear = await listen();
        await until(() => ear.of('log').length === 1);
        log.write('{"level":40,"time":5,"pid":1,"hostname":"h","msg":"slow","job":"a/1"}\n');
        await until(() => ear.of('log').length === 2);
        expect(ear.of('log').flat()).toMatchObject([
            { seq: 1, level: 'says', text: 'Ready for jobs.' },
            { seq: 2, level: 'warn', at: 5, text: 'slow', more: '{"job":"a/1"}' },
        ]);
    });

    it('goes on where a reader was, and begins anew after a restart of the node', async () => {
        log.say('one');
        const first = await listen();
        await until(() => first.heard.length === 2);
        const { id = '' } = first.heard.at(-1) ?? {};
        first.close();
        log.say('two');
        const second = await listen(id);
        await until(() => second.heard.length === 1);
        expect(second.heard).toMatchObject([{ event: 'log', data: [{ seq: 2, text: 'two' }] }]);
        const other = await listen(id.replace('7.', '6.'));
        await until(() => other.heard.length === 2);
        expect(other.of('log').flat()).toHaveLength(2);
        for (const nonsense of ['', 'x', '7.x.1', '7.1', `7.${'9'.repeat(20)}.1`]) {
            const ear = await listen(nonsense);
            await until(() => ear.heard.length === 2);
        }
    });

    it('looks at the node only while somebody listens, and at most for so many', async () => {
        const many = await Promise.all(Array.from({ length: 16 }, () => listen()));
        expect((await fetch(server.url)).status).toBe(503);
        for (const ear of many) ear.close();
        await until(async () => {
            const before = looks;
            await new Promise((resolve) => setTimeout(resolve, 50));
            return looks === before;
        });
        const ear = await listen();
        await until(() => ear.of('state').length === 1);
    });
});

describe('The tail of the log', () => {
    it('keeps the last 500 lines, short ones, and errors without their stacks', () => {
        const log = createLogTail(() => 9);
        for (let n = 1; n <= 600; n++) log.say(`line ${n}`);
        expect(log.after(0)).toHaveLength(500);
        expect(log.after(599)).toMatchObject([{ seq: 600, text: 'line 600', at: 9 }]);
        log.write('no JSON\n');
        log.write('[1]');
        const err = { type: 'E', message: 'no room', stack: 'E: no room at /home/me' };
        log.write(JSON.stringify({ level: 50, time: 1, msg: 'failed', err }));
        log.say('x'.repeat(5_000));
        const [text, list, error, long] = log.after(600);
        expect(text).toMatchObject({ level: 'info', text: 'no JSON', at: 9 });
        expect(list?.text).toBe('[1]');
        expect(error).toMatchObject({ level: 'error', text: 'failed: no room' });
        expect(error?.more).toBe('{"err":{"type":"E","message":"no room"}}');
        expect(long?.text.length).toBeLessThan(1_100);
    });
});

it('An owner’s view says what is begun while the node is suspended', () => {
    const status = {
        work: { processes: 2, maxJobs: 4, jobs: [{ phase: 'working' }, { phase: 'committed' }] },
        reasons: [{ code: 'suspended', detail: 'Its owner.' }],
        chain: { failures: 0, lastError: undefined },
    } as unknown as Parameters<typeof ownerView>[0];
    const suspension = {
        ...{ code: 'too-hot', scope: 'all' },
        ...{ detail: 'The processor has 95 °C.', hint: 'Clean the fans.' },
    } as const;
    const governor = { suspensions: [suspension], since: 5, mode: 'owed', share: 1, processes: 2 };
    const view = ownerView(status, { ...governor, duties: 1 } as never);
    expect(view.now).toMatchObject({
        kind: 'idle',
        sentence: 'Takes no new jobs; has one job begun.',
        begun: 'What was begun goes on, because its deadline does not wait.',
        suspendedSince: 5,
        reasons: [{ code: 'too-hot', preference: 'temperature.maxCelsius' }],
    });
    // It is one page for all roles: what a verifier on the same stake tells comes with it.
    expect(view.roles).toEqual(['provide']);
    const both = ownerView(status, undefined, { bondsAtStake: 1n });
    expect(both).toMatchObject({ roles: ['provide', 'verify'], checks: { bondsAtStake: 1n } });
});
