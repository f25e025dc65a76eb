import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyPairFromSeed } from '@ton/crypto';
import { openStake } from '../../cli/demo/stage';
import { DEFAULT_NETWORK_LIMITS, type NetworkNode } from '../../network';
import { tensorValues } from '../../protocol';
import { createPeerNetwork } from '../../provider/peer-network';
import { peerUrl, withPeers } from '../../sdk';
import { Stake } from '../../wrappers';
import { PRICE, World } from '../provider/world';
import { bundleWorker } from '../runtime/worker-bundle';
import type { AttackLook, AttackSettings } from './load/attack-child';
import { buildLoadPrograms, LoadProcess, removeLoadPrograms } from './load/load-process';
import type { LoadedNodeSettings, NodeLook, NodeReady } from './load/node-child';

const MIB = 1024 ** 2;
const CROWD = { reader: 200 };
const HOSTILE = {
    ...{ loris: 70, garbage: 30, burst: 5, slowHeaders: 25, reconnecting: 10 },
    ...{ silent: 40, malformed: 40, smuggling: 20, records: 20 },
    ...{ slowBlobs: 20, slowAnswers: 20, deaf: 10, hints: 10, noHints: 10 },
};
const MANY = [CROWD, HOSTILE].map((all) => Object.values(all).reduce((sum, one) => sum + one, 0));
/** What the node may take while it is attacked, beside what it took before. */
const MAX_GROWTH_MIB = 512;
/** Those that it may have, and those that it is about to close. */
const MAX_CONNECTIONS = DEFAULT_NETWORK_LIMITS.maxConnections + 8;
type Measured = Exclude<keyof NodeLook, 'uncaught' | 'refused'>;
/** How long hundreds of attackers take to come, and to be gone, at most. */
const PATIENCE_MS = 180_000;

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !(await condition());) {
        if (Date.now() > end) throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${what}`);
        await sleep(200);
    }
}

/** A node with the limits that all nodes have, and a market around it. */
describe('A node that 500 connections come to, most of them hostile', () => {
    let world: World;
    let node: LoadProcess;
    let ready: NodeReady;
    let endpoint: string;
    let client: NetworkNode;
    const looks: NodeLook[] = [];
    const said: string[] = [];
    const attackers: LoadProcess[] = [];

    beforeAll(async () => {
        buildLoadPrograms();
        world = await World.create({ operators: [] });
        const { stage, folder } = world;
        const operator = await stage.fund('20');
        const keys = keyPairFromSeed(randomBytes(32));
        const stake = Stake.ofOperator(stage.deployment, operator.address);
        node = new LoadProcess('node-child', {
            endpoint: stage.devnet.endpoint,
            market: stage.market.address.toString(),
            stake: stake.address.toString(),
            nodeKey: keys.secretKey.toString('hex'),
            secret: randomBytes(32).toString('hex'),
            folder: join(folder, 'loaded'),
            workerPath: bundleWorker(),
            nanoPerItem: PRICE.toString(),
            largeBlobBytes: 64 * MIB,
        } satisfies LoadedNodeSettings);
        world.endings.push(() => node.stop());
        ready = (await node.next()) as NodeReady;
        client = await joined('client');
        endpoint = peerUrl(/\/p2p\/(\w+)$/.exec(ready.addresses[0] ?? '')?.[1] ?? '');
        await openStake(stage.market, operator, keys.publicKey, endpoint);
    }, 120_000);
    afterAll(async () => {
        for (const attacker of attackers) await attacker.stop();
        await world?.stop();
        removeLoadPrograms();
    }, 60_000);

    const joined = async (name: string) => {
        const network = await createPeerNetwork({
            blobs: world.stage.blobs,
            nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
            listen: ['/ip4/127.0.0.1/tcp/0'],
            allowPrivate: true,
            partialFolder: join(world.folder, name),
        });
        world.endings.push(() => network.stop());
        await network.join(ready.addresses);
        return network;
    };
    const look = async (how: 'look' | 'collect' = 'look') => {
        const seen = (await node.ask(how)) as NodeLook;
        looks.push(seen);
        return seen;
    };
    /** A paid job from the spec to the proof. */
    const job = async (when: string, over: NetworkNode, values: readonly number[]) => {
        const delivery = { peers: true };
        const prepared = await world.job(values, { sources: over.addresses, delivery });
        const startedAt = performance.now();
        const { closing, items } = await world.run(prepared, {
            endpoints: [endpoint],
            fetch: withPeers(fetch, (url, init) => over.http.fetch(url, init)),
            bidWindowSeconds: 60,
        });
        said.push(`job, ${when}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
        expect(closing).toMatchObject({ outcome: 'accepted' });
        expect(closing?.paid).toBe(PRICE * BigInt(values.length));
        const results = items.map((item) => {
            const y = item.status === 'done' ? item.output.get('y') : undefined;
            return y === undefined ? undefined : Number(tensorValues(y)[0]);
        });
        expect(results).toEqual(values);
    };
    /** Lets all of them loose; returns what they said last. */
    const attack = () => {
        const [first = ''] = ready.addresses;
        const target = {
            ...{ host: '127.0.0.1', port: Number(/\/tcp\/(\d+)/.exec(first)?.[1]) },
            ...{ address: first, url: ready.url, largeBlob: ready.largeBlob },
        };
        const all = [CROWD, HOSTILE].map((many, at) => {
            const settings: AttackSettings = { target, attackers: many, net: at + 1 };
            return new LoadProcess('attack-child', settings);
        });
        attackers.push(...all);
        return () => all.map((one) => one.last as AttackLook | undefined);
    };
    /** Looks at the node twice a second. */
    const watch = async (signal: AbortSignal, open: () => unknown) => {
        while (!signal.aborted) {
            const seen = await look();
            if (process.env['LOAD_VERBOSE']) {
                process.stderr.write(`${JSON.stringify(seen)} ${JSON.stringify(open())}\n`);
            }
            await sleep(500, undefined, { signal }).catch(() => undefined);
        }
    };

    it('does the jobs of all who pay, in bounded memory, and is as before afterwards', async () => {
        for (let at = 0; at < 4; at++) await job('quiet', client, [at, at + 0.5]);
        const before = await look('collect');
        const started = performance.now();
        const attacks = attack();
        const watching = new AbortController();
        const watched = watch(watching.signal, () => attacks().map((one) => one?.open));
        let after: NodeLook;
        try {
            const all = () => attacks().every((one, at) => (one?.started ?? 0) >= (MANY[at] ?? 0));
            await until('all attackers', all);
            for (let at = 0; at < 4; at++) {
                await job('attacked', client, [10 + at]);
                await job('by newcomers', await joined(`new-${at}`), [20 + at, 30 + at]);
            }
            // Until time-outs of a minute have passed while all of them were there.
            await until('two minutes', () => performance.now() - started > 120_000);
            await job('by newcomers', await joined('new-last'), [40]);
            watching.abort();
            await watched;
            said.push(`attackers: ${JSON.stringify(attacks(), undefined, 1)}`);
            for (const attacker of attackers.splice(0)) await attacker.stop();
            await until('no connections', async () => (await look()).connections <= 12);
            await until('no streams', async () => (await look()).streams <= 60);
            after = await look('collect');
            await job('afterwards', client, [99]);
        } finally {
            watching.abort();
            await watched;
            process.stderr.write(`${[...said, ...figures(before, looks)].join('\n')}\n`);
        }
        expect(after.uncaught).toEqual([]);
        expect(peak(looks, 'rssMiB') - before.rssMiB).toBeLessThan(MAX_GROWTH_MIB);
        expect(peak(looks, 'connections')).toBeLessThanOrEqual(MAX_CONNECTIONS);
        const health = await fetch(`${ready.url}/health`);
        await expect(health.json()).resolves.toMatchObject({ ok: true });
        const byKey = await client.http.fetch(`${endpoint}/health`);
        expect(byKey.status).toBe(200);
    }, 900_000);
});

function peak(looks: readonly NodeLook[], what: Measured): number {
    return Math.max(...looks.map((one) => one[what]));
}

/** What a reader of docs/network.md wants to know. */
function figures(before: NodeLook, looks: readonly NodeLook[]): string[] {
    const last = looks.at(-1) ?? before;
    const row = (what: Measured) =>
        `${what}: before ${Math.round(before[what])}, at most ${Math.round(peak(looks, what))}, ` +
        `afterwards ${Math.round(last[what])}`;
    return [
        ...(
            ['rssMiB', 'heapMiB', 'buffersMiB', 'connections', 'streams', 'stalledMs'] as const
        ).map(row),
        `refused: ${JSON.stringify(last.refused, undefined, 1)}`,
    ];
}
