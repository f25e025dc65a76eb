import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import { openStake } from '../../cli/demo/stage';
import type { NetworkNode } from '../../network';
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
    ...{ loris: 70, garbage: 30, burst: 5, slowHeaders: 25 },
    ...{ silent: 40, malformed: 40, smuggling: 20, records: 20 },
    ...{ slowBlobs: 20, slowAnswers: 20, deaf: 10, hints: 10, noHints: 10 },
};
/** What the node may take while it is attacked, beside what it took before. */
const MAX_GROWTH_MIB = 512;
/** How long hundreds of attackers take to come, and to be gone, at most. */
const PATIENCE_MS = 180_000;

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !(await condition());) {
        if (Date.now() > end) throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
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
    /** A paid job from the spec to the proof; milliseconds. */
    const job = async (over: NetworkNode, values: readonly number[]) => {
        const prepared = await world.job(values, {
            sources: over.addresses,
            delivery: { peers: true },
        });
        const startedAt = performance.now();
        const { closing, items } = await world.run(prepared, {
            endpoints: [endpoint],
            fetch: withPeers(fetch, (url, init) => over.http.fetch(url, init)),
        });
        const tookMs = performance.now() - startedAt;
        if (process.env['LOAD_VERBOSE']) say(`job ${values.join()} ${Math.round(tookMs)} ms`);
        expect(closing).toMatchObject({ outcome: 'accepted' });
        expect(closing?.paid).toBe(PRICE * BigInt(values.length));
        const results = items.map((item) => {
            const y = item.status === 'done' ? item.output.get('y') : undefined;
            return y === undefined ? undefined : Number(tensorValues(y)[0]);
        });
        expect(results).toEqual(values);
        return tookMs;
    };
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const shown = (ms: readonly number[]) => ms.map((one) => (one / 1000).toFixed(1)).join(', ');

    it('does the jobs of all who pay, in bounded memory, and is as before afterwards', async () => {
        const quiet: number[] = [];
        for (let at = 0; at < 4; at++) quiet.push(await job(client, [at, at + 0.5]));
        const before = await look('collect');

        const [first = ''] = ready.addresses;
        const target = {
            ...{ host: '127.0.0.1', port: Number(/\/tcp\/(\d+)/.exec(first)?.[1]) },
            ...{ address: first, url: ready.url, largeBlob: ready.largeBlob },
        };
        const started = performance.now();
        for (const [net, many] of [CROWD, HOSTILE].entries()) {
            const settings: AttackSettings = { target, attackers: many, net: net + 1 };
            attackers.push(new LoadProcess('attack-child', settings));
        }
        const wanted = [CROWD, HOSTILE].map((many) =>
            Object.values(many).reduce((sum, one) => sum + one, 0),
        );
        const attacks = () => attackers.map((one) => one.last as AttackLook | undefined);
        let watching = true;
        const watch = (async () => {
            while (watching) {
                const seen = await look();
                if (process.env['LOAD_VERBOSE'] && looks.length % 40 === 0)
                    say(JSON.stringify(attacks()));
                if (process.env['LOAD_VERBOSE'])
                    say(
                        `${Math.round((performance.now() - started) / 1000)} s ${JSON.stringify(seen)} ${attacks()
                            .map((one) => one?.open)
                            .join()}`,
                    );
                await new Promise((resolve) => setTimeout(resolve, 500));
            }
        })();

        await until('all attackers', () =>
            attacks().every((one, at) => (one?.started ?? 0) >= (wanted[at] ?? 0)),
        );
        say(
            `all ${wanted.join(' + ')} after ${Math.round((performance.now() - started) / 1000)} s`,
        );
        const known: number[] = [];
        const fresh: number[] = [];
        for (let at = 0; at < 4; at++) {
            known.push(await job(client, [10 + at]));
            fresh.push(await job(await joined(`fresh-${at}`), [20 + at, 30 + at]));
        }
        // As long as time-outs of a minute take to show.
        await new Promise((resolve) =>
            setTimeout(resolve, Math.max(0, 75_000 - (performance.now() - started))),
        );
        fresh.push(await job(await joined('fresh-last'), [40]));
        watching = false;
        await watch;
        const counts = attacks().map((one) => one?.counts);
        const open = attacks().reduce((sum, one) => sum + (one?.open ?? 0), 0);
        for (const attacker of attackers.splice(0)) await attacker.stop();

        await until('no connections', async () => (await look()).connections <= 12);
        await until('no streams', async () => (await look()).streams <= 60);
        const after = await look('collect');
        const last = await job(client, [99]);
        const peak = (pick: (one: NodeLook) => number) => Math.max(...looks.map(pick));
        say(`attackers: ${JSON.stringify(counts, undefined, 1)}`);
        say(
            `jobs, s: quiet ${shown(quiet)}; attacked ${shown(known)}, by newcomers ${shown(fresh)};`,
        );
        say(`  afterwards ${shown([last])}`);
        const rss = [before.rssMiB, peak((one) => one.rssMiB), after.rssMiB].map(Math.round);
        say(`memory of the node, MiB: before, at most, afterwards: ${rss.join(', ')}`);
        say(
            `  heap at most ${Math.round(peak((one) => one.heapMiB))}, buffers at most ${Math.round(peak((one) => one.buffersMiB))}`,
        );
        say(
            `held by the attackers at the end ${open}; by the node at most ${peak((one) => one.connections)} connections, ${peak((one) => one.streams)} streams`,
        );
        say(
            `afterwards ${after.connections} connections, ${after.streams} streams; event loop stood still at most ${Math.round(peak((one) => one.stalledMs))} ms`,
        );
        say(`refused: ${JSON.stringify(after.refused)}`);

        expect(after.uncaught).toEqual([]);
        expect(peak((one) => one.rssMiB) - before.rssMiB).toBeLessThan(MAX_GROWTH_MIB);
        expect(peak((one) => one.connections)).toBeLessThanOrEqual(200 + 32);
        const health = await fetch(`${ready.url}/health`);
        await expect(health.json()).resolves.toMatchObject({ ok: true });
        const overPeers = await client.http.fetch(`${endpoint}/health`);
        expect(overPeers.status).toBe(200);
    }, 900_000);
});
