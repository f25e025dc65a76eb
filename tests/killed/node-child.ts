import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Address } from '@ton/core';
import type { Database, RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';
import { createProvider } from '../../provider';
import { createRuntime } from '../../runtime';
import { connect } from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import { createVerifier } from '../../verifier';
import type { ChildSettings, KillOrder, NodeReport } from './killable-node';

/*
 * A node in a process of its own, which tells what it writes down and kills itself at the write
 * that it is told: nothing is closed or flushed after that.
 */

let order: KillOrder | undefined;
let writes = 0;
/** The commit under way: writes inside of it are one with it. */
let inside: { readonly at: number; what: string; meant: boolean } | undefined;

function say(report: NodeReport): void {
    writeSync(1, `${JSON.stringify(report)}\n`);
}

function die(at: number, what: string): void {
    say({ kind: 'dies', at, what });
    process.kill(process.pid, 'SIGKILL');
}

/** Runs one commit of the database, and perhaps dies before or after it. */
function commit<T>(what: string, value: unknown, write: () => T): T {
    const held = order?.holding;
    const meant = held !== undefined && JSON.stringify(value)?.includes(held) === true;
    if (inside !== undefined) {
        inside.what += `, ${what}`;
        // What dies inside of a commit dies before it.
        if (meant && order?.when === 'before') die(inside.at, what);
        inside.meant ||= meant;
        return write();
    }
    inside = { at: ++writes, what, meant: meant || order?.at === writes };
    const own = inside;
    if (own.meant && order?.when === 'before') die(own.at, what);
    try {
        return write();
    } finally {
        inside = undefined;
        if (own.meant) die(own.at, own.what);
        say({ kind: 'wrote', at: own.at, what: own.what });
    }
}

/** Puts itself between the node and each database that it opens. */
function watchDatabases(): void {
    // The very object that the node reads `open` from.
    const module = createRequire(__filename)('lmdb') as {
        open: (options: RootDatabaseOptionsWithPath) => RootDatabase;
    };
    const open = module.open;
    module.open = (options) => {
        const root = open(options);
        const transact = root.transactionSync.bind(root);
        root.transactionSync = (work) => commit('transaction', undefined, () => transact(work));
        const openDB = root.openDB.bind(root) as (o: { name: string }) => Database;
        root.openDB = ((one: { name: string }) => {
            const table = openDB(one);
            const put = table.putSync.bind(table) as (...args: unknown[]) => boolean;
            const remove = table.removeSync.bind(table) as (...args: unknown[]) => boolean;
            table.putSync = (...args: unknown[]) =>
                commit(`put ${one.name}`, args[1], () => put(...args));
            table.removeSync = (...args: unknown[]) =>
                commit(`remove ${one.name}`, undefined, () => remove(...args));
            return table;
        }) as typeof root.openDB;
        return root;
    };
}

async function main(path: string): Promise<void> {
    watchDatabases();
    createInterface(process.stdin).on('line', (line) => {
        order = JSON.parse(line) as KillOrder;
        writes = 0;
        say({ kind: 'ordered' });
    });
    const settings = JSON.parse(readFileSync(path, 'utf8')) as ChildSettings;
    const { endpoints, folder, workerPath, specSources, port, nanoPerItem } = settings;
    const runtime = createRuntime({ processes: 1, workerPath });
    const common = {
        chain: connect(endpoints, { pollMs: settings.pollMs }),
        market: Address.parse(settings.market),
        stake: Address.parse(settings.stake),
        network: -3,
        nodeKey: Buffer.from(settings.nodeKey, 'hex'),
        secret: Buffer.from(settings.secret, 'hex'),
        runtime,
        blobs: createBlobStore({ folder: join(folder, 'blobs') }),
        stateFolder: join(folder, 'state'),
        pricing: { kind: 'per-item', nano: BigInt(nanoPerItem) },
        specSources,
        ...(settings.minFreeBytes !== undefined && { minFreeBytes: settings.minFreeBytes }),
        fetch,
        random: () => 0,
        onNodeEvent: (event: { readonly kind: string }) => say({ kind: 'node', node: event.kind }),
    } as const;
    const onEvent = (event: { readonly kind: string; readonly jobId: number }) => {
        const detail = 'error' in event ? String(event.error) : undefined;
        say({ kind: 'event', event: event.kind, jobId: event.jobId, detail });
    };
    const node =
        settings.role === 'verifier'
            ? createVerifier({ ...common, claimSpread: 0, onEvent })
            : createProvider({ ...common, http: { port }, onEvent });
    let telling: NodeJS.Timeout | undefined;
    process.once('SIGTERM', () => {
        clearInterval(telling);
        void node.stop().then(async () => {
            await runtime.stop();
            process.exit(0);
        });
    });
    await node.start();
    const urls = 'url' in node ? { url: node.url, adminUrl: node.adminUrl } : {};
    say({ kind: 'ready', ...urls, totals: settings.role === 'verifier' ? undefined : 'admin' });
    if (settings.role === 'verifier') {
        telling = setInterval(() => {
            const { totals, bondsAtStake } = (node as ReturnType<typeof createVerifier>).status();
            say({
                kind: 'totals',
                claims: totals.claims,
                verified: totals.verified,
                earned: totals.earned.toString(),
                lost: totals.lost.toString(),
                atStake: bondsAtStake.toString(),
            });
        }, 200);
        telling.unref();
    }
}

void main(process.argv[2] as string).catch((error: unknown) => {
    say({ kind: 'failed', detail: String(error) });
    process.exit(1);
});
