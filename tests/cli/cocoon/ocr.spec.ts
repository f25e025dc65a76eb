import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../../../cli/demo/stage';
import { buildCommand, flagsOf, Home, ROOT, startMarket } from './world';

const PICTURE = join(ROOT, 'examples', 'ocr', 'receipt.jpg');
const TEXT = readFileSync(join(ROOT, 'examples', 'ocr', 'receipt.txt'), 'utf8').trimEnd();
const bundle = buildCommand();
let stage: Stage;
let home: Home;

beforeAll(async () => {
    stage = await startMarket();
    home = new Home(bundle);
    home.use(...flagsOf(stage));
    await home.json('init', '--faucet');
    home.makeKeysCheap();
}, 120_000);
afterAll(async () => {
    home.remove();
    await stage.stop();
    rmSync(bundle, { recursive: true });
});

interface Receipt {
    readonly job: string;
    readonly text: string;
    readonly spent: string;
    readonly results: string;
    readonly steps: readonly {
        readonly model: string;
        items: number;
        paid: string;
        outcome: string;
    }[];
}

describe('cocoon with a picture', () => {
    it('reads it here for free', async () => {
        const { code, stdout } = await home.run('run', 'ocr', PICTURE);
        expect([code, stdout.trimEnd()]).toEqual([0, TEXT]);
    }, 120_000);

    it('has it read for money, in two jobs under one command', async () => {
        const receipt = await home.json<Receipt>('submit', 'ocr', PICTURE, '--yes');
        expect(receipt.text).toBe(TEXT);
        expect(receipt.steps.map(({ model, outcome }) => [model, outcome])).toEqual([
            ['ocr-detector', 'accepted'],
            ['ocr-recogniser', 'accepted'],
        ]);
        const [finding, reading] = receipt.steps;
        expect(finding).toMatchObject({ items: 1 });
        expect(reading?.items).toBeGreaterThan(12);
        expect(readFileSync(join(receipt.results, 'text.txt'), 'utf8').trimEnd()).toBe(TEXT);
    }, 180_000);

    it('goes on after a kill between the two jobs, and pays for none of them twice', async () => {
        const running = home.start(['submit', 'ocr', PICTURE, '--yes']);
        await running.said('reading lines: Won by');
        running.child.kill('SIGKILL');
        const { stderr } = await running.ended;
        const id = /This is job (\d+)/.exec(stderr)?.[1] ?? '';
        const receipt = await home.json<Receipt>('submit', '--resume', id);
        expect(receipt.text).toBe(TEXT);
        expect(receipt.steps.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
        const again = await home.json<Receipt>('result', id);
        expect(again).toMatchObject({ text: TEXT, spent: receipt.spent });
    }, 180_000);

    it('says that a picture is none, before anything is paid', async () => {
        const path = home.file('page.png', 'no picture');
        const error = await home.failure('submit', 'ocr', path, '--yes');
        expect(error).toMatchObject({ code: 'PICTURE_UNREADABLE' });
    });
});
