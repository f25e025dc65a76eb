import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identityModel } from '../../../bench/identity-model';
import type { Stage } from '../../../cli/demo/stage';
import { buildCommand, flagsOf, Home, startMarket, until } from './world';

const bundle = buildCommand();
let stage: Stage;
let home: Home;
let model: string;
let committed = 0;

beforeAll(async () => {
    stage = await startMarket({
        onProviderEvent: (_operator, event) => {
            if (event.kind === 'committed') committed++;
        },
    });
    home = new Home(bundle);
    home.use(...flagsOf(stage));
    await home.json('init', '--faucet');
    home.makeKeysCheap();
    home.file('identity/identity.onnx', identityModel());
    const args = ['publish', home.path('identity'), '--licence', 'MIT', '--name', 'Same again'];
    model = (await home.json<{ hash: string }>(...args)).hash;
}, 120_000);
afterAll(async () => {
    home.remove();
    await stage.stop();
    rmSync(bundle, { recursive: true });
});

function lines(...values: readonly number[]): string {
    const line = (value: number) =>
        JSON.stringify({ x: { dtype: 'float32', dims: [1], data: [value] } });
    return home.file('items.jsonl', values.map(line).join('\n'));
}

function resultsIn(folder: string): (number | undefined)[] {
    const text = readFileSync(join(folder, 'results.jsonl'), 'utf8').trimEnd();
    return text.split('\n').map((line) => {
        const { outputs } = JSON.parse(line) as { outputs: { y: { data: number[] } } };
        return outputs.y.data[0];
    });
}

interface Step {
    readonly escrow: string;
    readonly jobId: number;
}

function stepOf(job: string): Step {
    const path = join(home.path('home'), 'client', 'jobs', job, 'steps', '0', 'step.json');
    return JSON.parse(readFileSync(path, 'utf8')) as Step;
}

/** Another machine that has the wallet, and nothing else. */
function machineWithTheWallet(): Home {
    const other = new Home(bundle);
    other.use(...flagsOf(stage));
    const folder = join(other.path('home'), 'client');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const keystore = join(home.path('home'), 'client', 'keystore.age');
    cpSync(keystore, join(folder, 'keystore.age'));
    return other;
}

jest.setTimeout(120_000);

describe('cocoon submit --sealed', () => {
    const submit = (values: readonly number[], ...flags: readonly string[]) => [
        ...['submit', model, '--items', lines(...values), '--price', '0.01', '--take', '0.01'],
        ...['--no-measure', '--yes', ...flags],
    ];

    it('has a job done whose inputs and results nobody else reads, found again by the wallet alone', async () => {
        const out = home.path('first');
        const args = submit([1.5, 2.5], '--sealed', '--out', out);
        const { job } = await home.json<{ job: string }>(...args);
        expect(resultsIn(out)).toEqual([1.5, 2.5]);

        const other = machineWithTheWallet();
        try {
            const { escrow, jobId } = stepOf(job);
            const found = await other.json<{ results: string; proved: boolean }>(
                ...['result', `${escrow}:${jobId}`, '--out', other.path('again')],
            );
            expect(found).toMatchObject({ proved: true, results: other.path('again') });
            expect(resultsIn(found.results)).toEqual([1.5, 2.5]);
        } finally {
            other.remove();
        }
    });

    /** Posts a job whose client is gone before its end, and collects it elsewhere. */
    async function left(job: string, value: number, how: readonly string[]) {
        const before = committed;
        const leaving = home.start(submit([value], '--leave-key', ...how));
        await leaving.said('Posted as job');
        leaving.child.kill('SIGKILL');
        await leaving.ended;
        await until(() => committed > before);
        const other = machineWithTheWallet();
        try {
            const { escrow, jobId } = stepOf(job);
            const found = await other.json<{ results: string; accepted: boolean }>(
                ...['result', `${escrow}:${jobId}`, ...how],
            );
            return { accepted: found.accepted, results: resultsIn(found.results) };
        } finally {
            other.remove();
        }
    }

    it('goes on without its client where the key was left, until the client comes back', async () => {
        expect(await left('2', 3.5, [])).toEqual({ accepted: true, results: [3.5] });
    });

    it('is not accepted from another machine where that is told not to', async () => {
        const found = await left('3', 4.5, ['--no-accept']);
        expect(found).toEqual({ accepted: false, results: [4.5] });
    });

    it('tells who is not the client that the job is not its own', async () => {
        const stranger = new Home(bundle);
        try {
            stranger.use(...flagsOf(stage));
            await stranger.json('init', '--faucet');
            const { escrow, jobId } = stepOf('1');
            const error = await stranger.failure('result', `${escrow}:${jobId}`);
            expect(error.code).toBe('NOT_THE_CLIENT');
        } finally {
            stranger.remove();
        }
    });
});
