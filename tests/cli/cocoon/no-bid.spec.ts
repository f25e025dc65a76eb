import { rmSync } from 'node:fs';
import { toNano } from '@ton/core';
import { identityModel } from '../../../bench/identity-model';
import type { Stage } from '../../../cli/demo/stage';
import { buildCommand, flagsOf, Home, startMarket } from './world';

const bundle = buildCommand();
let stage: Stage;
let home: Home;
let model: string;

beforeAll(async () => {
    const dear = (name: string, gram: string) => ({ name, nanoPerItem: toNano(gram) });
    stage = await startMarket({
        operators: [
            dear('dear', '0.012'),
            dear('dearer', '0.02'),
            {
                name: 'picky',
                nanoPerItem: 1n,
                node: { rules: { allow: { licences: ['Apache-2.0'] } } },
            },
        ],
    });
    home = new Home(bundle);
    home.use(...flagsOf(stage));
    await home.json('init', '--faucet');
    home.makeKeysCheap();
    home.file('identity/identity.onnx', identityModel());
    const args = ['publish', home.path('identity'), '--licence', 'MIT', '--name', 'Same again'];
    model = (await home.json<{ hash: string }>(...args)).hash;
}, 240_000);
afterAll(async () => {
    home.remove();
    await stage.stop();
    rmSync(bundle, { recursive: true });
});

describe('A client whose job finds no bid', () => {
    const WHY =
        '3 nodes answered: 2 ask 0.012 GRAM or more for it, you offered 0.004 GRAM; ' +
        '1 does not take such jobs.';
    let id: string;

    it('is told by submit why, and what to do', async () => {
        const items = home.file(
            'items.jsonl',
            JSON.stringify({ x: { dtype: 'float32', dims: [1], data: [7] } }),
        );
        const args = ['--items', items, '--price', '0.004', '--bid-window', '15s', '--yes'];
        const { code, stdout, stderr } = await home.run('submit', model, ...args);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        const details = stage.operators.map(({ provider }) => provider.status().recent[0]?.reason);
        expect(details).toEqual(['over-ceiling', 'over-ceiling', 'licence-not-allowed']);
        id = /This is job (\d+)/.exec(stderr)?.[1] ?? '';
        expect(stderr).toContain(`ended without a result: no-bid; its money came back. ${WHY}`);
        expect(stderr).toContain(
            `Offer 0.014 GRAM. "cocoon submit --resume ${id} --price 0.014" posts it again.`,
        );
    }, 120_000);

    it('is told the same by status, as is anybody who has the place on chain', async () => {
        const { stdout } = await home.run('status', id);
        expect(stdout).toContain(WHY);
        expect(stdout).toContain(`"cocoon submit --resume ${id} --price 0.014"`);
        interface Shown {
            readonly steps: readonly { readonly escrow: string; readonly jobId: number }[];
            readonly noBid: { readonly sentence: string };
        }
        const { steps, noBid } = await home.json<Shown>('status', id);
        expect(noBid.sentence).toBe(WHY);
        const place = `${steps[0]?.escrow}:${steps[0]?.jobId}`;
        const stranger = new Home(bundle);
        stranger.use(...flagsOf(stage));
        const other = await stranger.json<Shown>('status', place);
        stranger.remove();
        expect(other.noBid.sentence).toBe(WHY.replace(', you offered 0.004 GRAM', ''));
    }, 120_000);

    it('gets its results when it does what it was told', async () => {
        const args = ['--resume', id, '--price', '0.014', '--yes'];
        const { failed } = await home.json<{ failed: number }>('submit', ...args);
        expect(failed).toBe(0);
    }, 120_000);
});
