import { rmSync } from 'node:fs';
import type { Stage } from '../../../cli/demo/stage';
import { startExplorer } from '../../../explorer';
import { PROBE_MODELS } from '../../../models';
import { DEVNET_PARAMETERS } from '../../../wrappers';
import { newFolder, removeFolders } from '../../explorer/world';
import { buildCommand, flagsOf, Home, startMarket, until } from './world';

const ITEMS = 400;
const bundle = buildCommand();
let stage: Stage;
let home: Home;

beforeAll(async () => {
    stage = await startMarket({
        operators: [{ name: 'node', nanoPerItem: 1_000n }],
        verifiers: ['Elm'],
        parameters: DEVNET_PARAMETERS,
    });
    home = new Home(bundle);
    home.use(...flagsOf(stage));
    await home.json('init', '--faucet');
    home.makeKeysCheap();
}, 120_000);
afterAll(async () => {
    home.remove();
    removeFolders();
    await stage.stop();
    rmSync(bundle, { recursive: true });
});

interface Receipt {
    readonly steps: readonly {
        readonly outcome: string;
        readonly escrow: string;
        readonly jobId: number;
    }[];
}

describe('A probe', () => {
    it('proves the class of the hardware of whoever won it, to everybody', async () => {
        const { chain, deployment, devnet } = stage;
        const explorer = startExplorer({
            ...{ chain, deployment, folder: newFolder(), pollMs: 50, version: 'test' },
            network: { name: 'devnet', id: -3 },
        });
        try {
            const node = stage.operators[0]?.stake.address.toString() ?? '';
            const hardware = () => explorer.views.stake(node)?.hardware;
            const args = ['submit', 'speech-embedding', '--random', String(ITEMS), '--no-accept'];
            const began = Date.now();
            const running = home.start([...args, '--yes', '--json']);
            await running.said('they are checked once the time to accept is over');
            const tookNs = ((Date.now() - began) * 1e6) / ITEMS;
            expect(hardware()).toBeUndefined();
            await devnet.advanceTime(DEVNET_PARAMETERS.acceptWindow);
            const { code, stdout, stderr } = await running.ended;
            expect([code, stderr]).toEqual([0, expect.stringContaining('so it is checked')]);
            const [step] = (JSON.parse(stdout) as Receipt).steps;
            expect(step).toMatchObject({ outcome: 'in its check' });

            const { escrow = '', jobId = -1 } = step ?? {};
            await until(() => explorer.views.job(escrow, jobId)?.state === 'appeal');
            expect(hardware()).toBeUndefined();
            await devnet.advanceTime(DEVNET_PARAMETERS.verification.appealWindow);
            await until(() => hardware() !== undefined);
            const proven = hardware();
            expect(proven).toMatchObject({
                clients: 1,
                probe: { escrow, jobId, model: PROBE_MODELS[0]?.model.hash },
            });
            // From its posting on, which is a part of what was waited for; by clocks of whole seconds.
            const { cores = 0, probe } = proven ?? {};
            expect(probe?.itemNs).toBeLessThan(tookNs + 3e9 / ITEMS);
            const speed = (1000 * (PROBE_MODELS[0]?.referenceUs ?? 0)) / (probe?.itemNs ?? 0);
            expect(speed / cores).toBeGreaterThanOrEqual(1);
            expect(speed / cores).toBeLessThan(2);
        } finally {
            await explorer.stop();
        }
    }, 120_000);

    it.each([
        [['ocr-detector', '--random', '3'], 'leaves the dimension height open'],
        [['ocr-angle', '--random', '3', '--items', 'x'], '--random makes items'],
        [['ocr-angle', '--random', 'many'], 'It is a whole number'],
        [['ocr-detector', '--random', '3', '--dim', 'height'], 'It is a dimension such as batch=1'],
    ])('refuses %j with a reason', async (args, reason) => {
        const { message } = await home.failure('submit', ...args);
        expect(message).toContain(reason);
    });

    it('takes the lengths of open dimensions', async () => {
        const sizes = ['--dim', 'height=64', '--dim', 'width=96'];
        const args = ['submit', 'ocr-detector', '--random', '2', ...sizes, '--dry-run'];
        expect(await home.json(...args)).toMatchObject({ dryRun: true, steps: [{ items: 2 }] });
    });
});
