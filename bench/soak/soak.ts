import { type ChildProcess, fork } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address, toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import {
    keepBooks,
    type LedgerAccount,
    type LedgerTotals,
    takeStock,
    totalsOf,
} from '../../cli/demo/ledger';
import { askFaucet } from '../../cli/network';
import { obtainModelFiles } from '../../models/node';
import { SILERO_VAD } from '../../models';
import { sha256 } from '../../protocol';
import { type Chain, connect, isConvicted } from '../../sdk';
import { createBlobStore, createWallet, serveBlobs } from '../../sdk/node';
import { randomOf } from '../../sim/random';
import { accountAddress, Escrow, Market } from '../../wrappers';
import type { ChainFacts } from './chain';
import { SoakClient, type SoakJob } from './client';
import { disturb, type Disturbances } from './disturb';
import { readRecord, untilEmpty } from './endings';
import { jobKinds } from './kinds';
import { SoakNode } from './node';
import { NETWORK } from './parameters';

export interface SoakOptions {
    /** Jobs that are posted at least, however long it takes. */
    readonly jobs: number;
    /** Minutes for which jobs are posted at least, however many that are. */
    readonly minutes: number;
    readonly nodes: number;
    readonly clients: number;
    readonly seed: number;
    readonly onStep: (step: string) => void;
}

/** How jobs of one kind ended, by outcome. */
export interface KindOutcomes {
    readonly kind: string;
    readonly outcomes: Readonly<Record<string, number>>;
}

/** What a soak showed. Amounts nanoGRAM, times milliseconds, memory bytes. */
export interface SoakReport {
    readonly seed: number;
    readonly minutes: number;
    readonly posted: number;
    readonly kinds: readonly KindOutcomes[];
    /** Jobs that have not exactly one ending: none. */
    readonly unsettled: readonly string[];
    readonly items: { readonly done: number; readonly failed: Readonly<Record<string, number>> };
    /** What clients were told where they got no results, and posts that did not come through. */
    readonly errors: Readonly<Record<string, number>>;
    readonly disturbances: Disturbances;
    readonly nodes: readonly {
        readonly name: string;
        readonly starts: number;
        readonly convicted: boolean;
        /** Of the node's own process, after each minute. */
        readonly memory: readonly number[];
        readonly events: Readonly<Record<string, number>>;
    }[];
    readonly books: LedgerTotals & {
        /** Accounts whose transactions do not explain their balance. */
        readonly unexplained: readonly string[];
        /** All money of the chain less that of the accounts of the market. */
        readonly elsewhere: bigint;
        readonly balanced: boolean;
    };
}

const MINUTE_MS = 60_000;
const BLOCK_MS = 400;
const CEILING = toNano('0.05');
/** Jobs that one client follows at a time; an Escrow holds 64. */
const FOLLOWED = 12;
const PATIENCE_MS = 20 * MINUTE_MS;

/**
 * Clients post jobs of all kinds on an embedded chain while the nodes that do them are killed,
 * stopped and slowed down at random; then waits until every job has ended, and keeps the books.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-soak-'));
    const endings: (() => unknown)[] = [
        () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
    ];
    try {
        return await run(options, folder, endings);
    } finally {
        for (const end of endings.reverse()) await end();
    }
}

async function run(
    { jobs, minutes, nodes: count, clients: clientCount, seed, onStep }: SoakOptions,
    folder: string,
    endings: (() => unknown)[],
): Promise<SoakReport> {
    onStep('starting the chain');
    const { child, facts } = await startChain();
    endings.push(() => void (child.connected && child.disconnect()));
    const { endpoint } = facts;
    const chain = connect(endpoint, { pollMs: 1_000 });
    const contract = Market.fromAddress(Address.parse(facts.market));
    const market = chain.open(contract);
    const deployment = await contract.deployment();

    onStep(`opening ${count} stakes`);
    const nodes: SoakNode[] = [];
    const accounts: LedgerAccount[] = [];
    const stakes: Address[] = [];
    for (let at = 0; at < count; at++) {
        const node = new SoakNode(`node-${at + 1}`, folder, { endpoint, market: facts.market });
        endings.push(() => node.end());
        nodes.push(node);
        const { stake, owner } = await node.init();
        stakes.push(stake);
        accounts.push(
            { name: `${node.name}: stake`, address: stake },
            { name: `${node.name}: owner`, address: owner },
        );
        node.start();
    }

    const blobs = createBlobStore({ folder: join(folder, 'clients') });
    const kinds = jobKinds();
    for (const { model } of kinds) if (model !== undefined) await blobs.write(model);
    await obtainModelFiles(SILERO_VAD.manifest, { target: blobs });
    const server = await serveBlobs(blobs, { logger: pino({ level: 'silent' }) });
    endings.push(() => server.close());
    const scene = {
        ...{ chain, deployment, blobs, kinds, ceiling: CEILING },
        source: `${server.url}/blobs`,
        endpoints: nodes.map(({ url }) => url),
    };
    const clients: SoakClient[] = [];
    for (let at = 0; at < clientCount; at++) {
        const name = `client-${at + 1}`;
        // Wallets look often, since one message waits for another.
        const own = connect(endpoint, { pollMs: 400 });
        const secret = sha256(new TextEncoder().encode(`${seed}/${name}`));
        const keys = keyPairFromSeed(Buffer.from(secret));
        const wallet = createWallet({ chain: own, keys, network: NETWORK });
        await askFaucet({ endpoint }, wallet.address, toNano('500'));
        const { address } = Escrow.ofClient(deployment, wallet.address);
        const random = randomOf(seed, name);
        clients.push(new SoakClient(name, wallet, address, scene, random));
        accounts.push(
            { name: `${name}: wallet`, address: wallet.address },
            { name: `${name}: escrow`, address },
        );
    }
    accounts.push(
        { name: 'market', address: market.address },
        { name: 'owner of the market', address: Address.parse(facts.owner) },
        { name: 'faucet', address: Address.parse(facts.giver) },
        { name: 'burnt', address: accountAddress(0n) },
    );

    onStep('posting');
    const before = await takeStock(chain, accounts);
    const startedAt = Date.now();
    const over = new AbortController();
    const memory = nodes.map((): number[] => []);
    let posted = 0;
    const watch = setInterval(() => {
        for (const [at, node] of nodes.entries()) {
            if (node.running) memory[at]?.push(node.residentBytes);
        }
        const { length } = clients.flatMap((client) => client.jobs);
        onStep(`${length} jobs after ${Math.round((Date.now() - startedAt) / MINUTE_MS)} min`);
    }, MINUTE_MS);
    const next = () => {
        const open = posted < jobs || Date.now() - startedAt < minutes * MINUTE_MS;
        if (open) posted++;
        return open;
    };
    const disturbing = disturb(nodes, randomOf(seed, 'disturbances'), over.signal);
    const none = new AbortController().signal;
    setMaxListeners(0, over.signal, none);
    await Promise.all(clients.map((client) => client.post(next, FOLLOWED, none)));
    const took = Date.now() - startedAt;
    over.abort();
    const disturbances = await disturbing;
    clearInterval(watch);

    onStep('waiting for the last jobs');
    const escrows = clients.map(({ escrow }) => escrow);
    await untilEmpty(chain, escrows, PATIENCE_MS, (open) => {
        if (open > 0) onStep(`${open} jobs are open`);
    });
    for (const node of nodes) await node.end();

    onStep('reading the books');
    const outcomes = await outcomesOf(chain, clients);
    const after = await takeStock(chain, accounts);
    const rows = await keepBooks(chain, accounts, before, after);
    const totals = totalsOf(rows);
    const unexplained = rows.filter((row) => row.unexplained !== 0n).map(({ name }) => name);
    const elsewhere = (await totalOf(child)) - totals.after;
    const convicted = await Promise.all(stakes.map((stake) => isConvicted(chain, stake)));
    const seen = clients.flatMap((client) => client.jobs.map((job) => job.seen));
    return {
        seed,
        minutes: took / MINUTE_MS,
        ...outcomes,
        items: itemsOf(seen),
        errors: tally([
            ...seen.filter((one) => typeof one === 'string'),
            ...clients.flatMap(({ refusals }) =>
                [...refusals].flatMap(([code, times]) =>
                    Array.from({ length: times }, () => `not posted: ${code}`),
                ),
            ),
        ]),
        disturbances,
        nodes: nodes.map(({ name, starts, events }, at) => ({
            ...{ name, starts, memory: memory[at] ?? [] },
            convicted: convicted[at] ?? false,
            events: Object.fromEntries(events),
        })),
        books: {
            ...totals,
            ...{ unexplained, elsewhere },
            balanced: totals.difference === 0n && unexplained.length === 0 && elsewhere === 0n,
        },
    };
}

async function startChain(): Promise<{ child: ChildProcess; facts: ChainFacts }> {
    const child = fork(join(__dirname, 'chain.js'), [String(BLOCK_MS)]);
    const [facts] = (await once(child, 'message')) as [ChainFacts];
    return { child, facts };
}

/** All money on the chain, nanoGRAM. */
async function totalOf(child: ChildProcess): Promise<bigint> {
    const answer = once(child, 'message') as Promise<[{ total: string }]>;
    child.send('total');
    const [{ total }] = await answer;
    return BigInt(total);
}

/** What the chain says of all jobs, by kind; clients know what they posted, the chain the rest. */
async function outcomesOf(
    chain: Chain,
    clients: readonly SoakClient[],
): Promise<Pick<SoakReport, 'posted' | 'kinds' | 'unsettled'>> {
    const unsettled: string[] = [];
    const byKind = new Map<string, string[]>();
    let posted = 0;
    for (const { name, escrow, jobs } of clients) {
        const kindOf = new Map(jobs.map(({ ticket, kind }) => [ticket.jobId, kind.name]));
        const record = await readRecord(chain, escrow);
        posted += record.posted.size;
        for (const jobId of record.posted) {
            const ends = record.endings.get(jobId) ?? [];
            if (ends.length !== 1) unsettled.push(`${name}, job ${jobId}: ${ends.length} endings`);
            const kind = kindOf.get(jobId) ?? 'unknown to its client';
            byKind.set(kind, [...(byKind.get(kind) ?? []), ends[0]?.outcome ?? 'open']);
        }
        for (const { ticket } of jobs) {
            if (!record.posted.has(ticket.jobId)) {
                unsettled.push(`${name}, job ${ticket.jobId}: not on the chain`);
            }
        }
    }
    const kinds = [...byKind].map(([kind, all]) => ({ kind, outcomes: tally(all) }));
    return { posted, kinds, unsettled };
}

function itemsOf(seen: readonly SoakJob['seen'][]): SoakReport['items'] {
    const results = seen.filter((one) => one !== undefined && typeof one !== 'string');
    return {
        done: results.reduce((sum, { done }) => sum + done, 0),
        failed: tally(results.flatMap(({ failed }) => failed)),
    };
}

function tally(words: readonly string[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
    return counts;
}
