import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { identityModel } from '../../../bench/identity-model';
import type { Stage } from '../../../cli/demo/stage';
import { decodeTensor, encodeTensor, tensorOf, tensorValues } from '../../../protocol';
import { buildCommand, flagsOf, Home, NODE_PRICE, startMarket, until } from './world';

const NOWHERE = 'http://127.0.0.1:9/api';

const bundle = buildCommand();
let stage: Stage;
let home: Home;
let wallet: Address;
let model: string;

beforeAll(async () => {
    stage = await startMarket();
    home = new Home(bundle);
    home.use(...flagsOf(stage));
    const { address } = await home.json<{ address: string }>('init', '--faucet');
    home.makeKeysCheap();
    wallet = Address.parse(address);
    home.file('identity/identity.onnx', identityModel());
    const args = ['publish', home.path('identity'), '--licence', 'MIT', '--name', 'Same again'];
    model = (await home.json<{ hash: string }>(...args)).hash;
}, 120_000);
afterAll(async () => {
    home.remove();
    await stage.stop();
    rmSync(bundle, { recursive: true });
});

interface Receipt {
    readonly job: string;
    readonly spent: string;
    readonly results: string;
    readonly failed: number;
    readonly proved: boolean;
    readonly steps: readonly {
        readonly paid: string;
        readonly sent: string;
        readonly returned: string;
        readonly fees: string;
        readonly winner: string;
        readonly outcome: string;
    }[];
}

const balance = async () => (await stage.chain.account(wallet)).balance;

/** JSON lines with one number each. */
function lines(...values: readonly number[]): string {
    return home.file(
        'items.jsonl',
        values
            .map((value) => JSON.stringify({ x: { dtype: 'float32', dims: [1], data: [value] } }))
            .join('\n'),
    );
}

function resultsIn(folder: string): (number | string)[] {
    const text = readFileSync(join(folder, 'results.jsonl'), 'utf8').trimEnd();
    return text.split('\n').map((line) => {
        const { status, outputs, error } = JSON.parse(line) as {
            status: string;
            outputs: { y: { data: number[]; file: string } };
            error: string;
        };
        if (status !== 'done') return error;
        const { tensor } = decodeTensor(readFileSync(join(folder, outputs.y.file)));
        expect(outputs.y.data).toEqual(tensorValues(tensor));
        return outputs.y.data[0] ?? NaN;
    });
}

function jobCount(): number {
    const folder = join(home.path('home'), 'client', 'jobs');
    return existsSync(folder) ? readdirSync(folder).length : 0;
}

describe('cocoon init', () => {
    it('changes nothing when it runs again, and tells no key', async () => {
        const keystore = join(home.path('home'), 'client', 'keystore.age');
        const before = readFileSync(keystore);
        const again = await home.run('init', '--json');
        expect(JSON.parse(again.stdout)).toMatchObject({
            created: { configuration: false, wallet: false },
            ready: true,
        });
        expect(readFileSync(keystore)).toEqual(before);
        const shown = await home.run('wallet');
        expect(shown.stdout).toMatch(/^0Q\S{46}\n[\d.]+ GRAM on devnet\n$/);
    });

    it('says what is missing where no wallet was made', async () => {
        const empty = new Home(bundle);
        try {
            empty.use(...flagsOf(stage));
            expect(await empty.failure('wallet')).toMatchObject({
                code: 'KEYSTORE_MISSING',
                hint: expect.stringContaining('cocoon init') as string,
            });
        } finally {
            empty.remove();
        }
    });
});

describe('cocoon submit', () => {
    it('says what a job would cost, and spends nothing, under --dry-run', async () => {
        const [before, jobs] = [await balance(), jobCount()];
        const args = ['submit', model, '--items', lines(1, 2), '--dry-run'];
        const quote = await home.json<Record<string, string> & { nodes: string[] }>(...args);
        const parts = ['ceiling', 'assurance', 'gas', 'rent', 'walletFee'] as const;
        const sum = parts.reduce((total, part) => total + BigInt(quote[part] ?? ''), 0n);
        expect(sum.toString()).toBe(quote['total']);
        expect(quote).toMatchObject({ dryRun: true, withinCap: true });
        expect(quote.nodes).toEqual([stage.operators[0]?.provider.url]);
        expect([await balance(), jobCount()]).toEqual([before, jobs]);
    });

    it('refuses what could take more than the spending cap, and spends nothing', async () => {
        const [before, jobs] = [await balance(), jobCount()];
        const args = ['submit', model, '--items', lines(1), '--yes', '--cap', '0.01'];
        const error = await home.failure(...args);
        expect(error.code).toBe('SPENDING_CAP');
        expect(error.message).toMatch(/may take 0\.\d+ GRAM .* the spending cap is 0\.01 GRAM/);
        expect([await balance(), jobCount()]).toEqual([before, jobs]);
    });

    it('asks before it pays, and without a terminal says how to answer', async () => {
        const before = await balance();
        const error = await home.failure('submit', model, '--items', lines(1));
        expect(error).toMatchObject({
            code: 'NOT_INTERACTIVE',
            hint: 'Add --yes to go on without questions.',
        });
        expect(await balance()).toBe(before);
    });

    it('has items done, proves the results, writes them, and tells what was paid', async () => {
        const before = await balance();
        const out = home.path('out');
        const args = ['submit', model, '--items', lines(3, 1, 4), '--out', out, '--yes'];
        const receipt = await home.json<Receipt>(...args);
        expect(resultsIn(out)).toEqual([3, 1, 4]);
        const [step] = receipt.steps;
        expect(step).toMatchObject({ outcome: 'accepted', paid: (3n * NODE_PRICE).toString() });
        expect(receipt).toMatchObject({ results: out, failed: 0, proved: true });
        expect(step?.winner).toBe(stage.operators[0]?.stake.address.toString());
        const spent = before - (await balance());
        const walletFees = spent - BigInt(receipt.spent);
        expect(walletFees).toBeGreaterThan(0n);
        expect(walletFees).toBeLessThan(5_000_000n);
    });

    it('takes the files of one item, and stores that nodes can reach instead of this machine', async () => {
        const input = home.file('x.pb', encodeTensor(tensorOf('float32', [1], [9]), 'x'));
        const store = `${stage.operators[0]?.provider.url}/blobs`;
        const args = [
            '--set',
            `client.stores=${store}`,
            'submit',
            model,
            '--input',
            input,
            '--yes',
        ];
        const { code, stderr, stdout } = await home.run(...args);
        expect([code, stderr.includes(`Giving inputs to ${new URL(store).host}`)]).toEqual([
            0,
            true,
        ]);
        const results = /Results: (.*)/.exec(stdout)?.[1] ?? '';
        expect(resultsIn(results)).toEqual([9]);
    });

    it('refuses inputs that the model would refuse, before anything is paid', async () => {
        const before = await balance();
        const wrong = home.file('int.pb', encodeTensor(tensorOf('int32', [1], [9]), 'x'));
        expect(await home.failure('submit', model, '--input', wrong, '--yes')).toMatchObject({
            code: 'ITEM_DOES_NOT_FIT_MODEL',
            message: 'The tensor "x" is int32, where the model has float32.',
        });
        const long = home.file('long.pb', encodeTensor(tensorOf('float32', [2], [9, 9]), 'x'));
        expect(await home.failure('submit', model, '--input', long, '--yes')).toMatchObject({
            message: 'The tensor "x" has the dimensions [2], where the model has [1].',
        });
        expect(await balance()).toBe(before);
    });

    it('says that the wallet has too little, and how much is missing', async () => {
        const args = [
            'submit',
            model,
            '--items',
            lines(1),
            '--price',
            '50',
            '--cap',
            '1000',
            '--yes',
        ];
        expect(await home.failure(...args)).toMatchObject({
            code: 'BALANCE_TOO_LOW',
            hint: expect.stringMatching(/^Send at least [\d.]+ GRAM to /) as string,
        });
    });

    it.each([
        [['submit'], 'Say what to run.'],
        [['submit', 'ocr'], '"ocr" reads a picture, and none is named.'],
        [['submit', 'nothing-like-it', '--input', 'x.pb'], 'No model is called "nothing-like-it".'],
        [['submit', 'missing.onnx', '--input', 'x.pb'], 'missing.onnx does not exist.'],
        [['submit', 'silero-vad'], 'There are no inputs.'],
        [['submit', 'silero-vad', '--items', 'x', '--no-measure'], 'nobody knows the price'],
        [['submit', 'silero-vad', '--items', 'x', '--node', 'ftp://x'], 'ftp://x is no http'],
        [['submit', 'silero-vad', '--items', 'x', '--price', 'much'], 'an amount in GRAM'],
        [['submit', '--resume', '99'], 'There is no job "99" in this home.'],
        [['result', 'EQ:1'], '"EQ:1" names no job.'],
        [['run', 'silero-vad', '--timeout', 'soon'], 'It is a time such as'],
        [['--set', 'client.maxSpendGram=lots', 'status'], 'client.maxSpendGram cannot be lots.'],
        [['frobnicate'], "Unknown command 'frobnicate'"],
    ])('refuses %j with a reason', async (args, reason) => {
        const { message, hint } = await home.failure(...args);
        expect(message).toContain(reason);
        expect(hint).not.toBe('');
    });

    it('refuses a wrong passphrase', async () => {
        const args = ['submit', model, '--items', lines(1), '--yes', '--json'];
        const { ended } = home.start(args, { COCOON_PASSPHRASE: 'not the right passphrase' });
        const { code, stdout } = await ended;
        expect(code).toBe(1);
        expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'PASSPHRASE_WRONG' } });
    });

    it('names an endpoint that cannot be reached', async () => {
        const { endpoint } = stage.devnet;
        // Beside a second endpoint it would not matter.
        home.use(...flagsOf(stage).map((flag) => (flag === endpoint ? NOWHERE : flag)));
        const failed = home.failure('submit', model, '--items', lines(1));
        home.use(...flagsOf(stage));
        expect(await failed).toMatchObject({ code: 'ENDPOINT_UNREACHABLE' });
    });

    it('posts nothing where the only node it was given is silent', async () => {
        const before = await balance();
        const node = ['--node', 'http://127.0.0.1:9'];
        const args = ['submit', model, '--items', lines(1), '--yes', ...node];
        expect(await home.failure(...args)).toMatchObject({ code: 'NODES_UNREACHABLE' });
        expect(await balance()).toBe(before);
    });

    it('does not write over what is in the folder for the results', async () => {
        home.file('taken/thing.txt', 'mine');
        const args = ['submit', model, '--items', lines(1), '--out', home.path('taken'), '--yes'];
        expect(await home.failure(...args)).toMatchObject({ code: 'OUTPUT_FILE' });
    });
});

describe('A job whose command was killed', () => {
    it.each([
        'Told nodes: 1; posting',
        'Posted as job',
        'Won by',
        'fetching the results',
        'accepting',
    ])(
        'goes on after a kill at "%s", and is paid once',
        async (moment) => {
            const before = await balance();
            const args = ['submit', model, '--items', lines(5, 6), '--bid-window', '8s', '--yes'];
            const running = home.start(args);
            await running.said(moment);
            running.child.kill('SIGKILL');
            const { stderr } = await running.ended;
            const id = /This is job (\d+)/.exec(stderr)?.[1] ?? '';
            // A node that found no inputs while nobody served them does not bid; the money comes back
            // then, and the next attempt finds it.
            const tried = await home.run('submit', '--resume', id, '--json');
            const noBid = tried.stdout.includes('no-bid; its money came back');
            expect([tried.code, noBid]).toEqual([noBid ? 1 : 0, noBid]);
            const receipt = noBid
                ? await home.json<Receipt>('submit', '--resume', id, '--yes')
                : (JSON.parse(tried.stdout) as Receipt);
            expect(resultsIn(receipt.results)).toEqual([5, 6]);
            expect(receipt.steps).toHaveLength(1);
            const spent = before - (await balance()) - BigInt(receipt.spent);
            expect(spent).toBeLessThan(10_000_000n);
            const again = await home.json<Receipt>('result', id, '--out', home.path(`again-${id}`));
            expect(resultsIn(again.results)).toEqual([5, 6]);
        },
        90_000,
    );

    it('says on Ctrl-C that it goes on, and how to continue', async () => {
        const args = ['submit', model, '--items', lines(7), '--price', '0.00001', '--yes'];
        const running = home.start(args);
        await running.said('Open for bids');
        running.child.kill('SIGINT');
        const { code, stderr } = await running.ended;
        const id = /This is job (\d+)/.exec(stderr)?.[1] ?? '';
        expect(code).toBe(130);
        expect(stderr).toContain(`Job ${id} goes on without this command. "cocoon result ${id}"`);
        await home.json('cancel', id, '--yes');
    }, 60_000);
});

describe('A job that nobody wants', () => {
    /** Posts for less than the node asks, and leaves it. */
    async function post(...flags: readonly string[]): Promise<string> {
        const args = [
            'submit',
            model,
            '--items',
            lines(1),
            '--price',
            '0.00001',
            '--yes',
            ...flags,
        ];
        const running = home.start(args);
        await running.said('Open for bids');
        running.child.kill('SIGKILL');
        return /This is job (\d+)/.exec((await running.ended).stderr)?.[1] ?? '';
    }

    it('gives the money back when it is cancelled', async () => {
        const before = await balance();
        const id = await post();
        const open = await home.json<{ state: string; held: string }>('status', id);
        expect(open.state).toBe('open');
        expect(BigInt(open.held)).toBeGreaterThan(10_000_000n / 1000n);
        const ended = await home.json<{ outcome: string }>('cancel', id, '--yes');
        expect(ended.outcome).toBe('cancelled');
        expect(before - (await balance())).toBeLessThan(10_000_000n);
        expect(await home.failure('cancel', id, '--yes')).toMatchObject({ code: 'JOB_ENDED' });
        expect(await home.failure('result', id)).toMatchObject({ code: 'JOB_ENDED' });
    }, 60_000);

    it('gives the money back when bidding ends: looking at it is enough', async () => {
        const before = await balance();
        const id = await post('--bid-window', '5s');
        await stage.devnet.advanceTime(6);
        const { state, next } = await home.json<{ state: string; next: string }>('status', id);
        expect(state).toBe('ended: no-bid');
        expect(next).toContain(`"cocoon submit --resume ${id}" tries again.`);
        await until(async () => before - (await balance()) < 10_000_000n);
    }, 60_000);

    it('is listed with the others, and what the Escrow holds', async () => {
        const id = await post();
        const listed = await home.json<{
            jobs: { id: string; state: string }[];
            escrow: { open: number; held: string };
        }>('status');
        expect(listed.jobs.find((job) => job.id === id)?.state).toBe('open');
        expect(listed.jobs.length).toBe(jobCount());
        expect(listed.escrow.open).toBe(1);
        await home.json('cancel', id, '--yes');
    }, 60_000);
});

describe('cocoon explorer', () => {
    const port = 18_395;
    const at = `http://127.0.0.1:${port}/explorer/api/v1`;
    const start = () => home.start(['explorer', '--port', String(port), '--json']);

    interface Page {
        readonly total: number;
        readonly jobs: readonly { readonly client: string }[];
    }
    const read = async <T>(path: string): Promise<T | undefined> => {
        const response = await fetch(`${at}/${path}`).catch(() => undefined);
        return response?.ok === true ? ((await response.json()) as T) : undefined;
    };
    const caughtUp = () =>
        until(async () => (await read<{ caughtUp: boolean }>('status'))?.caughtUp === true);

    it('shows the market with all of these jobs, and again when it is started again', async () => {
        const first = start();
        await caughtUp();
        const page = await read<Page>('jobs');
        expect(page?.total).toBeGreaterThan(3);
        expect(page?.jobs[0]?.client).toBe(wallet.toString());
        first.child.kill('SIGINT');
        const { stdout } = await first.ended;
        expect(JSON.parse(stdout)).toMatchObject({ api: `${at}/` });
        const second = start();
        await caughtUp();
        expect(await read<Page>('jobs')).toMatchObject({ total: page?.total });
        second.child.kill('SIGINT');
        await second.ended;
    }, 60_000);
});
