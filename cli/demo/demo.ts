import type { Logger } from 'pino';
import { OCR_DETECTOR } from '../../models';
import type { Pricing, ProviderEvent } from '../../provider';
import type { JobEvent } from '../../sdk';
import { readPicture, type TextLine } from '../../tasks';
import { DEVNET_PARAMETERS, Escrow, type MarketParameters } from '../../wrappers';
import type { VerifierEvent } from '../../verifier';
import { catchCheat, type CheatReport, VerdictLog } from './cheat-act';
import type { DataReport } from './data-tally';
import { FastClock } from './fast-clock';
import { flowsBetween } from './flows';
import { WorkLog } from './logs';
import { keepBooks, type LedgerRow, type LedgerTotals, takeStock, totalsOf } from './ledger';
import { type DemoJob, type NameOf, PaidJobs } from './paid-jobs';
import { type PartyShare, shareOut } from './parties';
import { loadPicture } from './picture';
import { accountsOf, setStage, type Stage } from './stage';
import { speechChances, voiceJob } from './voice-job';

export interface DemoOptions {
    /** Frames of audio in the last job; 500 unless set. */
    readonly frames?: number;
    /** Milliseconds from block to block; 400 unless set. */
    readonly blockIntervalMs?: number;
    /** Whether nodes have URLs and all data goes over HTTP; from peer to peer, to keys, unless set. */
    readonly http?: boolean;
    /** Program of the runtime's children; the compiled one unless set. */
    readonly workerPath?: string;
    readonly logger?: Logger;
    /** Ends the demo early. */
    readonly signal?: AbortSignal;
    /** Told what happens while it happens. */
    readonly onStep?: (step: string) => void;
    readonly onJobEvent?: (event: JobEvent, nameOf: NameOf) => void;
    readonly onProviderEvent?: (operator: string, event: ProviderEvent) => void;
    readonly onVerifierEvent?: (operator: string, event: VerifierEvent) => void;
}

/** All facts of a demo; amounts nanoGRAM. */
export interface DemoReport {
    /** What was read in the picture, by the first two jobs. */
    readonly picture: {
        readonly file: string;
        readonly width: number;
        readonly height: number;
        readonly text: string;
        readonly lines: readonly TextLine[];
        /** Whether that is what was written. */
        readonly asWritten: boolean;
    };
    /** What was heard in the recording, by the last job. */
    readonly voice: {
        /** Frames in which somebody speaks: a chance over one half. */
        readonly speech: number;
        /** Chance of speech of each frame, 0 to 1; null where the item failed. */
        readonly chances: readonly (number | null)[];
    };
    /** What became of a provider that made its results up. */
    readonly cheat: CheatReport;
    /** How all data between the parties went. */
    readonly data: DataReport;
    readonly jobs: readonly DemoJob[];
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

/** Enough for a check and a jury of five others. */
const VERIFIERS = ['Dogwood', 'Elm', 'Fir', 'Ginkgo', 'Hazel', 'Ivy', 'Juniper'];

/** Each asks for its own fees and something for the time of a core, as it measures it. */
const OPERATORS = [
    { name: 'Alder', pricing: askFor(8_000_000n, 40_000_000n) },
    { name: 'Birch', pricing: askFor(7_000_000n, 30_000_000n) },
    { name: 'Cedar', pricing: askFor(6_000_000n, 20_000_000n) },
];

/** Windows of the embedded chain; ten nodes on a small machine need a little longer to come. */
const DEMO_PARAMETERS: MarketParameters = {
    ...DEVNET_PARAMETERS,
    acceptWindow: 20,
    backing: 15 * 60,
    verification: {
        ...DEVNET_PARAMETERS.verification,
        claimWindow: 5,
        sealWindow: 30,
        openWindow: 30,
        revealWindow: 30,
        juryClaimWindow: 6,
        jurySealWindow: 40,
        juryRevealWindow: 40,
    },
};

/** @param perJob - nanoGRAM for each job; @param perCoreHour - nanoGRAM for an hour of a core */
function askFor(perJob: bigint, perCoreHour: bigint): Pricing {
    return { kind: 'per-core-hour', nano: perCoreHour, perJob };
}

/**
 * Runs paid jobs on an embedded chain, for which three nodes compete and which others check: one
 * finds the lines of text in a picture, one reads them, and one judges frames of a recording. Then a
 * cheat joins, and is caught.
 *
 * @returns the facts; the caller stops the stage
 * @throws what the SDK throws; everything is stopped then
 */
export async function runDemo(options: DemoOptions = {}): Promise<FinishedDemo> {
    const { onStep = () => undefined, logger, workerPath } = options;
    const work = new WorkLog();
    const verdicts = new VerdictLog();
    let clock: FastClock | undefined;
    const stage = await setStage({
        blockIntervalMs: options.blockIntervalMs ?? 400,
        operators: OPERATORS,
        verifiers: VERIFIERS,
        parameters: DEMO_PARAMETERS,
        byKey: options.http !== true,
        onStep,
        onVerifierEvent: (operator, event) => {
            verdicts.hear(operator, event);
            options.onVerifierEvent?.(operator, event);
        },
        onProviderEvent: (operator, event) => {
            work.hear(operator, event);
            clock?.hearNode(operator, event);
            options.onProviderEvent?.(operator, event);
        },
        ...(workerPath !== undefined && { workerPath }),
        ...(logger !== undefined && { logger }),
    });
    try {
        options.signal?.throwIfAborted();
        const bidders = stage.operators.map(({ name }) => name);
        clock = new FastClock(stage.devnet, bidders, onStep);
        return { report: await runOn({ stage, work, verdicts, clock }, options), stage };
    } catch (error) {
        await stage.stop();
        throw error;
    }
}

interface Scene {
    readonly stage: Stage;
    readonly work: WorkLog;
    readonly verdicts: VerdictLog;
    readonly clock: FastClock;
}

async function runOn(
    { stage, work, verdicts, clock }: Scene,
    options: DemoOptions,
): Promise<DemoReport> {
    const { chain, deployment, client, operators } = stage;
    const { signal, onJobEvent } = options;
    const escrow = Escrow.ofClient(deployment, client.address);
    const present = accountsOf(stage, escrow.address);
    const opening = await takeStock(chain, present);
    const names = new Map(operators.map((o) => [o.stake.address.toString(), o.name]));
    const nameOf: NameOf = (stake) => names.get(stake.toString()) ?? stake.toString();
    const jobs = new PaidJobs({
        ...{ stage, work, nameOf, signal },
        onJobEvent: (event, name) => {
            onJobEvent?.(event, name);
            clock.hearJob(event, name);
        },
    });

    const picture = await readText(jobs, options);
    const voice = await hearVoice(jobs, options);
    const { frames = 500, onStep = () => undefined } = options;
    const cheat = await catchCheat({
        ...{ stage, jobs, verdicts, frames, onStep },
        onCheat: ({ name, stake }) => {
            names.set(stake.address.toString(), name);
            clock.join(name);
        },
        onCaught: ({ name }) => clock.leave(name),
    });

    onStep('closing the books');
    const accounts = accountsOf(stage, escrow.address);
    const closing = await takeStock(chain, accounts);
    const before = accounts.map(({ name }) => {
        const at = present.findIndex((account) => account.name === name);
        // Who came later began with nothing.
        return opening[at] ?? { balance: 0n, last: undefined };
    });
    const rows = await keepBooks(chain, accounts, before, closing);
    const flows = await flowsBetween(chain, accounts, before, closing);
    const totals = totalsOf(rows);
    const elsewhere = stage.devnet.totalBalance() - totals.after;
    const { owed } = await chain.open(escrow).getEscrow();
    const parties = shareOut({
        rows,
        operators: [...operators, ...stage.verifiers].map(({ name }) => name),
        payments: jobs.all,
        owed,
        flows,
    });
    const balanced =
        totals.difference === 0n &&
        elsewhere === 0n &&
        rows.every(({ unexplained }) => unexplained === 0n);
    return {
        picture,
        voice,
        cheat,
        data: stage.data.report(),
        jobs: jobs.all,
        parties,
        books: { accounts: rows, totals, elsewhere, balanced },
    };
}

async function readText(jobs: PaidJobs, options: DemoOptions): Promise<DemoReport['picture']> {
    const { onStep = () => undefined, signal } = options;
    const { file, picture, written } = await loadPicture();
    const { width, height } = picture;
    onStep(`reading the text in ${file}, ${width} x ${height} pixels, as two jobs`);
    const { lines, text } = await readPicture({
        picture,
        execute: ({ model, items, limits }) => {
            const task = model.name === OCR_DETECTOR.name ? 'find lines' : 'read lines';
            return jobs.run({ task, manifest: model.manifest, items, limits });
        },
        onStep: (step) => {
            if (step.step === 'reading') onStep(`${step.lines} lines of text found: reading them`);
        },
        ...(signal !== undefined && { signal }),
    });
    return { file, width, height, text, lines, asWritten: text === written };
}

async function hearVoice(jobs: PaidJobs, options: DemoOptions): Promise<DemoReport['voice']> {
    const { frames = 500, onStep } = options;
    onStep?.(`listening to ${frames} frames of a recorded voice, as one job`);
    const { manifest, items } = voiceJob(frames);
    const chances = speechChances(await jobs.run({ task: 'hear a voice', manifest, items }));
    return {
        speech: chances.filter((chance) => chance !== undefined && chance > 0.5).length,
        chances: chances.map((chance) => chance ?? null),
    };
}
