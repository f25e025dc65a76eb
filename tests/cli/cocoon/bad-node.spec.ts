import { rmSync } from 'node:fs';
import { Address } from '@ton/core';
import pino from 'pino';
import { identityModel } from '../../../bench/identity-model';
import { blobRoutes, createApp, createBlobStore, listen, type Listening } from '../../../sdk/node';
import { input, output, Puppet, World } from '../../provider/world';
import { buildCommand, flagsOf, Home, type Running, until } from './world';

const bundle = buildCommand();
let world: World;
let puppet: Puppet;
let home: Home;
let model: string;
/** Takes the spec of the job, which the puppet needs not to read. */
let listener: Listening;

beforeAll(async () => {
    world = await World.create({ operators: [] });
    const blobs = createBlobStore({ folder: `${world.folder}/listener` });
    const logger = pino({ level: 'silent' });
    listener = await listen(createApp([blobRoutes({ blobs, acceptUpTo: 65_536 })], logger));
    home = new Home(bundle);
    home.use(...flagsOf(world.stage));
    const { address } = await home.json<{ address: string }>('init', '--faucet');
    home.makeKeysCheap();
    // The puppet bids for the jobs of the world's client: here that is the command's wallet.
    const client = { ...world.stage.client, address: Address.parse(address) };
    const stage = { ...world.stage, client };
    puppet = await Puppet.create(Object.assign(Object.create(world) as World, { stage }));
    const path = home.file('identity.onnx', identityModel());
    model = (await home.json<{ hash: string }>('publish', path, '--licence', 'MIT')).hash;
}, 120_000);
afterAll(async () => {
    home.remove();
    await puppet.server.close();
    await listener.close();
    await world.stop();
    rmSync(bundle, { recursive: true });
});

interface Shown {
    readonly state: string;
    readonly steps: readonly { readonly escrow: string; readonly jobId: number }[];
}

/** Submits the item 5 and lets the puppet win it. */
async function submitted(): Promise<{
    running: Running;
    id: string;
    ticket: { escrow: Address; jobId: number; seed: bigint; since: undefined };
}> {
    const line = JSON.stringify({ x: { dtype: 'float32', dims: [1], data: [5] } });
    const items = home.file('items.jsonl', line);
    const node = ['--node', listener.url];
    const running = home.start(['submit', model, '--items', items, ...node, '--yes', '--json']);
    await running.said('Open for bids');
    const { jobs } = await home.json<{ jobs: { id: string }[] }>('status');
    const id = jobs.at(-1)?.id ?? '';
    const { steps } = await home.json<Shown>('status', id);
    const { escrow = '', jobId = 0 } = steps[0] ?? {};
    const ticket = { escrow: Address.parse(escrow), jobId, seed: 0n, since: undefined };
    await puppet.bid(ticket, 100_000n);
    return { running, id, ticket };
}

describe('A node that serves something else than it committed to', () => {
    it('is found out, is not accepted, and the user is told what to do', async () => {
        const { running, id, ticket } = await submitted();
        await puppet.commit(ticket, [input(5)], [output(5)], { served: [output(6)] });
        const { code, stdout, stderr } = await running.ended;
        expect(code).toBe(1);
        const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
        expect(error).toMatchObject({ code: 'RESULT_REFUSED' });
        expect(error.message).toContain('root');
        expect(stderr).not.toMatch(/\n\s+at /);
        expect((await home.json<Shown>('status', id)).state).toBe('delivered');
        expect(await home.failure('cancel', id, '--yes')).toMatchObject({
            code: 'TOO_LATE_TO_CANCEL',
        });
    }, 60_000);
});

describe('A winner that never delivers', () => {
    it('costs the client nothing: the money is back once somebody looks', async () => {
        const { running, id } = await submitted();
        await running.said('Won by');
        expect(await home.failure('cancel', id, '--yes')).toMatchObject({
            code: 'TOO_LATE_TO_CANCEL',
            message: expect.stringContaining('assigned to') as string,
            hint: expect.stringContaining('come back') as string,
        });
        running.child.kill('SIGKILL');
        await running.ended;
        await world.stage.devnet.advanceTime(601);
        await until(async () => {
            const { state } = await home.json<Shown>('status', id);
            return state === 'ended: not-committed';
        });
        expect(await home.failure('result', id)).toMatchObject({
            code: 'JOB_ENDED',
            hint: expect.stringContaining(`"cocoon submit --resume ${id}"`) as string,
        });
    }, 60_000);
});
