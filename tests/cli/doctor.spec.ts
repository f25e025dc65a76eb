import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCommand, makeKeysCheap, ProviderWorld } from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_690;
const ADMIN = 18_692;
const PORTS = ['--port', String(PORT), '--set', `provider.http.adminPort=${ADMIN}`];

// Every command is a process of its own.
jest.setTimeout(180_000);

interface Found {
    readonly code: number | null;
    readonly problems: number;
    readonly checks: readonly {
        readonly about: string;
        readonly state: string;
        readonly says: string;
        readonly mend?: string;
    }[];
}

let world: ProviderWorld;
let home: string;
beforeAll(async () => {
    bundleCommand();
    world = await ProviderWorld.create();
    home = world.home('owner');
    const args = ['init', ...world.network, ...PORTS, '--create-wallet', '--faucet', '--yes'];
    await world.json(home, args);
    makeKeysCheap(home);
});
afterAll(() => world.stop());

async function doctor(args: readonly string[] = [], env: Record<string, string> = {}) {
    const { code, out } = await world.run(home, ['doctor', '--json', ...args], env);
    const found = JSON.parse(out.trim()) as Found;
    const wrong = found.checks.filter(({ state }) => state === 'problem');
    return { ...found, code, wrong };
}

describe('Doctor', () => {
    it('finds nothing wrong with a machine that is set up, and looks at everything', async () => {
        const { code, wrong, checks } = await doctor();
        expect([code, wrong]).toEqual([0, []]);
        expect([...new Set(checks.map(({ about }) => about))]).toEqual([
            ...['machine', 'runtime', 'isolation', 'sensors', 'keys', 'endpoint', 'clock'],
            ...['stake', 'reachability'],
        ]);
        const says = checks.map((check) => check.says).join('\n');
        expect(says).toMatch(/onnxruntime-node gives a known result in a child/);
        expect(says).toContain(`answers under http://127.0.0.1:${PORT}`);
    });

    it('tries the second engine too where others are checked', async () => {
        const { checks } = await doctor(['--set', 'provider.roles=provide,verify']);
        const runtime = checks.filter(({ about }) => about === 'runtime');
        expect(runtime.map(({ state, says }) => [state, says.split(' ')[0]])).toEqual([
            ['ok', 'onnxruntime-node'],
            ['ok', 'onnxruntime-web'],
        ]);
    });

    it.each([
        ['keys', [], { COCOON_PASSPHRASE: 'another one of them' }],
        ['endpoint', ['--endpoint', 'http://127.0.0.1:9/api/v2/jsonRPC'], {}],
        ['stake', ['--set', 'provider.http.publicUrl=http://127.0.0.1:18691'], {}],
        ['reachability', ['--set', 'provider.http.publicUrl=http://127.0.0.1:18691'], {}],
    ])('says what is wrong with %s and how to mend it', async (about, args, env) => {
        const { code, wrong } = await doctor(args, env);
        expect(code).toBe(1);
        const found = wrong.filter((check) => check.about === about);
        expect(found).toHaveLength(1);
        expect(found[0]?.mend).toMatch(/\.$/);
    });

    it('sees keys that others can read, and preferences that are none', async () => {
        const keystore = join(home, 'provider', 'keystore.age');
        const preferences = join(home, 'provider', 'preferences.yaml');
        chmodSync(keystore, 0o644);
        writeFileSync(preferences, 'idle: { only: perhaps }\n', { mode: 0o600 });
        const { code, wrong } = await doctor();
        expect(code).toBe(1);
        expect(wrong.map(({ about }) => about)).toEqual(
            expect.arrayContaining(['keys', 'sensors']),
        );
        chmodSync(keystore, 0o600);
        await world.json(home, ['preferences', 'reset', 'idle.only']);
        expect((await doctor()).wrong).toEqual([]);
    });
});

describe('The owner of a node that runs', () => {
    it('changes a preference by command, and the node and its status say what it does', async () => {
        const node = world.launch(home, ['start']);
        await node.says('Ready for jobs.');
        const now = new Date();
        const day = now.toLocaleDateString('en-US', { weekday: 'long' }).toLowerCase();
        await world.json(home, ['preferences', 'set', `hours.${day}`, 'never']);
        await node.says('Suspended: The node does not compute on');
        const { out } = await world.run(home, ['status']);
        expect(out).toMatch(/Suspended because: The node does not compute on/);
        expect(out).toContain(`Change hours.${day}.`);
        const shown = await world.json(home, ['preferences']);
        expect(shown).toMatchObject({
            running: true,
            state: { mode: 'paused', suspensions: [{ code: 'outside-hours', scope: 'all' }] },
        });
        const during = await doctor();
        expect(during.wrong).toEqual([]);
        await world.json(home, ['preferences', 'reset', `hours.${day}`]);
        await node.says('nothing suspends it any more');
        expect((await node.interrupt()).code).toBe(0);
    });
});
