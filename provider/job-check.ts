import { type CheckedJob, type CommittedJob, ExternalRefusedError, isTickDue, sleep } from '../sdk';
import { drawnLeaf, Escrow } from '../wrappers';
import { explainFinding, explainJury } from './bookkeeping';
import type { JobContext } from './job-context';
import { serve } from './job-work';
import { openSketch } from './opening';
import { showContradiction } from './show-seal';

/** Nodes that wait for the same moment do not all tick at once, seconds. */
const TICK_SPREAD_SECONDS = 3;

/**
 * What a node does for a job that it has committed: it serves, opens the sketch of a drawn result,
 * and lets time decide where that is for its good. All of it follows from the state on chain, so
 * that it goes on after a restart at any moment.
 */
export class CheckDuty {
    readonly #context: JobContext;
    readonly #told = new Set<string>();
    /** When to tick in the phase that the job is in. */
    #tick: { readonly phase: string; readonly at: number } | undefined;
    #drawn = false;

    constructor(context: JobContext) {
        this.#context = context;
    }

    /** Whether the job is checked: giving it up would cost the stake. */
    get drawn(): boolean {
        return this.#drawn;
    }

    async step(job: CommittedJob | CheckedJob, now: number): Promise<void> {
        this.#tell(job);
        await serve(this.#context, job);
        if (job.state === 'checking' && job.phase === 'open' && now < job.phaseEnd) {
            if (await showContradiction(this.#context, job, now)) return;
            return openSketch(this.#context, job);
        }
        if (isTickDue(job, now) && isForOurGood(job)) await this.#tickInTime(job, now);
    }

    #tell(job: CommittedJob | CheckedJob): void {
        if (job.state === 'committed') return;
        this.#drawn = true;
        const { accepted, draw, terms } = job;
        const once = (name: string, tell: () => void) => {
            if (this.#told.has(name)) return;
            this.#told.add(name);
            tell();
        };
        const context = this.#context;
        const leaf = drawnLeaf(draw, terms.items);
        once('drawn', () => {
            const why = accepted
                ? 'The client accepted, and the draw fell on this job'
                : 'The client stayed silent, so the job is checked';
            const detail = `${why}: result ${leaf} is executed again by a drawn verifier.`;
            context.tell({ kind: 'drawn', accepted, leaf, detail });
        });
        if (job.state === 'appeal') {
            const { finding, phaseEnd, jury } = job;
            once(`found ${finding}`, () => {
                const { escrow, jobId } = context.target;
                const judged = jury && { escrow, jobId, leaf: jury.leaf };
                const detail = explainFinding(finding, phaseEnd, judged);
                context.tell({ kind: 'found', finding, detail });
            });
        } else if (job.state === 'jury') {
            const { stage, cause } = job.jury;
            once(`jury ${stage}`, () => {
                context.tell({ kind: 'jury', stage, cause, detail: explainJury(cause, stage) });
            });
        }
    }

    async #tickInTime(job: CommittedJob | CheckedJob, now: number): Promise<void> {
        const { parts, target, signal } = this.#context;
        const phase = phaseOf(job);
        if (this.#tick?.phase !== phase) {
            this.#tick = { phase, at: now + Math.floor(parts.random() * TICK_SPREAD_SECONDS) };
        }
        if (now < this.#tick.at) return;
        try {
            const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
            await escrow.sendTick(target.jobId);
            this.#context.tell({ kind: 'ticked' });
        } catch (error) {
            // Somebody else was faster, or the last block is older than the deadline.
            if (!(error instanceof ExternalRefusedError)) throw error;
            await sleep(parts.chain.pollMs, signal);
        }
    }
}

/** Whether it is this node that gains when time decides; what convicts it, others may tick. */
function isForOurGood(job: CommittedJob | CheckedJob): boolean {
    switch (job.state) {
        case 'committed':
        case 'jury':
            return true;
        case 'checking':
            return job.phase !== 'open';
        case 'appeal':
            return job.finding === 'passed' || job.finding === 'right';
    }
}

function phaseOf(job: CommittedJob | CheckedJob): string {
    switch (job.state) {
        case 'committed':
            return 'committed';
        case 'checking':
            return `checking ${job.round} ${job.phase}`;
        case 'appeal':
            return `appeal ${job.finding}`;
        case 'jury':
            return `jury ${job.jury.stage} ${job.phase}`;
    }
}
