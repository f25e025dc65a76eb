import type { Logger } from 'pino';
import type { ProviderEvent } from '../../provider';
import { type ItemResult, type JobEvent, prepareJob, runJob } from '../../sdk';
import { Escrow } from '../../wrappers';
import { type DemoBid, type DemoStep, JobLog, WorkLog } from './logs';
import { keepBooks, type LedgerRow, type LedgerTotals, takeStock, totalsOf } from './ledger';
import { type PartyShare, shareOut } from './parties';
import { accountsOf, setStage, type Stage } from './stage';
import { speechChances, voiceJob } from './voice-job';

export interface DemoOptions {
    /** Frames of audio in the job; 500 unless set. */
    readonly frames?: number;
    /** Milliseconds from block to block; 400 unless set. */
    readonly blockIntervalMs?: number;
    /** Program of the runtime's children; the compiled one unless set. */
    readonly workerPath?: string;
    readonly logger?: Logger;
    /** Ends the demo early. */
    readonly signal?: AbortSignal;
    /** Told what happens while it happens. */
    readonly onStep?: (step: string) => void;
    readonly onJobEvent?: (event: JobEvent, nameOf: NameOf) => void;
    readonly onProviderEvent?: (operator: string, event: ProviderEvent) => void;
}

/** Name of the operator of a stake. */
export type NameOf = (stake: { toString(): string }) => string;

/** All facts of a demo; amounts nanoGRAM. */
export interface DemoReport {
    readonly model: { readonly name: string; readonly hash: string };
    readonly job: {
        readonly escrow: string;
        readonly jobId: number;
        readonly items: number;
        readonly ceiling: bigint;
        readonly inputBytes: number;
    };
    readonly bids: readonly DemoBid[];
    readonly winner: string;
    readonly price: bigint;
    readonly protocolFee: bigint;
    readonly root: string;
    readonly results: {
        readonly done: number;
        readonly failed: number;
        /** Frames in which somebody speaks: a chance over one half. */
        readonly speech: number;
        /** Chance of speech of each frame, 0 to 1; null where the item failed. */
        readonly chances: readonly (number | null)[];
        /** Time to execute all items in the winner's child process. */
        readonly executionMs: number;
    };
    readonly steps: readonly DemoStep[];
    readonly parties: readonly PartyShare[];
    readonly books: {
        readonly accounts: readonly LedgerRow[];
        readonly totals: LedgerTotals;
        /** All money on the chain less that of the accounts above: 0. */
        readonly elsewhere: bigint;
        readonly balanced: boolean;
    };
}

/** A demo that ran, and the market that it left behind. */
export interface FinishedDemo {
    readonly report: DemoReport;
    readonly stage: Stage;
}

const OPERATORS = [
    { name: 'Alder', nanoPerItem: 80_000n },
    { name: 'Birch', nanoPerItem: 60_000n },
    { name: 'Cedar', nanoPerItem: 40_000n },
];
const NANO_CEILING_PER_ITEM = 100_000n;
const BID_WINDOW_SECONDS = 4;
const COMMIT_WINDOW_SECONDS = 60;

/**
 * Runs one paid job on an embedded chain: three nodes compete to judge frames of a recording with
 * a voice activity model.
 *
 * @returns the facts; the caller stops the stage
 * @throws what the SDK throws; everything is stopped then
 */
export async function runDemo(options: DemoOptions = {}): Promise<FinishedDemo> {
    const { frames = 500, onStep = () => undefined, logger, workerPath } = options;
    const work = new WorkLog();
    const stage = await setStage({
        blockIntervalMs: options.blockIntervalMs ?? 400,
        operators: OPERATORS,
        onStep,
        onProviderEvent: (operator, event) => {
            work.hear(operator, event);
            options.onProviderEvent?.(operator, event);
        },
        ...(workerPath !== undefined && { workerPath }),
        ...(logger !== undefined && { logger }),
    });
    try {
        options.signal?.throwIfAborted();
        return { report: await runOn(stage, frames, work, options), stage };
    } catch (error) {
        await stage.stop();
        throw error;
    }
}

async function runOn(
    stage: Stage,
    frames: number,
    work: WorkLog,
    options: DemoOptions,
): Promise<DemoReport> {
    const { chain, deployment, client, operators } = stage;
    options.onStep?.(`preparing ${frames} frames of a recorded voice`);
    const { manifest, modelBytes, items } = voiceJob(frames);
    const sources = [`${stage.blobServer.url}/blobs`];
    const job = prepareJob({ manifest, items, sources });
    for (const blob of [...job.blobs, modelBytes]) await stage.blobs.write(blob);

    const escrow = Escrow.ofClient(deployment, client.address);
    const accounts = accountsOf(stage, escrow.address);
    const opening = await takeStock(chain, accounts);
    const stakes = new Map(operators.map((o) => [o.stake.address.toString(), o.name]));
    const nameOf: NameOf = (stake) => stakes.get(stake.toString()) ?? stake.toString();
    const ceiling = NANO_CEILING_PER_ITEM * BigInt(frames);

    const log = new JobLog(performance.now());
    const result = await runJob({
        chain,
        deployment,
        sender: client,
        client: client.address,
        job,
        ceiling,
        bidWindowSeconds: BID_WINDOW_SECONDS,
        commitWindowSeconds: COMMIT_WINDOW_SECONDS,
        endpoints: operators.map(({ provider }) => provider.url),
        signal: options.signal,
        onEvent: (event) => {
            log.hear(event, performance.now());
            options.onJobEvent?.(event, nameOf);
        },
    });
    await work.closed(nameOf(result.winner));

    options.onStep?.('closing the books');
    const closing = await takeStock(chain, accounts);
    const rows = await keepBooks(chain, accounts, opening, closing);
    const totals = totalsOf(rows);
    const elsewhere = stage.devnet.totalBalance() - totals.after;
    const { owed } = await chain.open(escrow).getEscrow();
    const protocolFee = log.protocolFee(result.closing.paid);
    const winner = nameOf(result.winner);
    const parties = shareOut({
        rows,
        operators: operators.map(({ name }) => name),
        winner,
        paid: result.closing.paid,
        protocolFee,
        owed,
    });
    const balanced =
        totals.difference === 0n &&
        elsewhere === 0n &&
        rows.every(({ unexplained }) => unexplained === 0n);
    return {
        model: { name: `${manifest.name} ${manifest.revision}`, hash: job.spec.model },
        job: {
            escrow: escrow.address.toString(),
            jobId: result.ticket.jobId,
            items: frames,
            ceiling,
            inputBytes: job.spec.inputs.batches.reduce((sum, { bytes }) => sum + bytes, 0),
        },
        bids: log.bids(nameOf, result.winner),
        winner,
        price: result.price,
        protocolFee,
        root: log.root,
        results: resultFacts(result.items, work.executionMs),
        steps: log.steps(),
        parties,
        books: { accounts: rows, totals, elsewhere, balanced },
    };
}

function resultFacts(items: readonly ItemResult[], executionMs: number): DemoReport['results'] {
    const chances = speechChances(items);
    const done = items.filter(({ status }) => status === 'done').length;
    return {
        done,
        failed: items.length - done,
        speech: chances.filter((chance) => chance !== undefined && chance > 0.5).length,
        chances: chances.map((chance) => chance ?? null),
        executionMs,
    };
}
