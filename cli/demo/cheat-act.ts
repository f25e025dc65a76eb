import { toNano } from '@ton/core';
import { JobEndedError } from '../../sdk';
import type { VerifierEvent } from '../../verifier';
import { fabricating } from './cheat';
import type { PaidJobs } from './paid-jobs';
import type { Operator, Stage } from './stage';
import { voiceJob } from './voice-job';

/** How a cheat fared; amounts nanoGRAM. */
export interface CheatReport {
    readonly operator: string;
    /** How the last job ended that it answered with fabricated results. */
    readonly outcome: string;
    /** Jobs before that of which the draw hit the one frame that it had executed. */
    readonly spared: number;
    /** Who was drawn to check, and what it found. */
    readonly verifier: string;
    readonly jurors: readonly string[];
    /** Whether its Stake is convicted, and what is left bonded there. */
    readonly convicted: boolean;
    readonly bondedBefore: bigint;
    readonly bondedAfter: bigint;
    /** Who did the job when it was posted again. */
    readonly doneBy: string;
}

const CHEAT = 'Magpie';
/** Jobs that the cheat may win: with a dozen frames, one of a dozen draws hits what it executed. */
const MOST_TRIES = 6;

/** What verifiers and jurors revealed of the job under way. */
export class VerdictLog {
    readonly #revealed = new Map<string, { role: 'verifier' | 'juror'; verdict: string }>();

    hear(operator: string, event: VerifierEvent): void {
        if (event.kind !== 'revealed') return;
        const { role } = event.duty;
        this.#revealed.set(`${role} ${operator}`, { role, verdict: event.verdict });
    }

    clear(): void {
        this.#revealed.clear();
    }

    of(role: 'verifier' | 'juror'): { operator: string; verdict: string }[] {
        return [...this.#revealed]
            .filter(([, said]) => said.role === role)
            .map(([key, { verdict }]) => ({ operator: key.slice(role.length + 1), verdict }));
    }
}

export interface CheatActOptions {
    readonly stage: Stage;
    readonly jobs: PaidJobs;
    readonly verdicts: VerdictLog;
    readonly frames: number;
    readonly onStep: (step: string) => void;
    readonly onCheat: (cheat: Operator) => void;
    readonly onCaught: (cheat: Operator) => void;
}

/**
 * A cheaper provider comes, answers with fabricated results, wins a job with them, and is drawn,
 * judged and convicted; the client has its money back, and an honest node does the job.
 */
export async function catchCheat(options: CheatActOptions): Promise<CheatReport> {
    const { stage, jobs, verdicts, frames, onStep } = options;
    onStep(`${CHEAT} comes: it asks for little, and makes its results up`);
    const cheat = await stage.addOperator({
        name: CHEAT,
        pricing: { kind: 'per-core-hour', nano: toNano('0.001'), perJob: 1_000_000n },
        wrapRuntime: fabricating,
    });
    options.onCheat(cheat);
    const bondedBefore = await bonded(cheat);
    const { manifest, items } = voiceJob(frames);
    const request = { manifest, items };
    const tryOnce = async () => {
        verdicts.clear();
        try {
            await jobs.run({ ...request, task: 'hear a voice, cheaply' });
            return 'paid';
        } catch (error) {
            if (!(error instanceof JobEndedError)) throw error;
            return error.outcome;
        }
    };
    let outcome = await tryOnce();
    let spared = 0;
    while (outcome === 'paid' && ++spared < MOST_TRIES) {
        onStep(`the draw hit the frame that ${CHEAT} had executed: it is paid, and goes on`);
        outcome = await tryOnce();
    }
    options.onCaught(cheat);
    const [found] = verdicts.of('verifier');
    const jurors = verdicts.of('juror').map(({ operator }) => operator);
    const { convicted } = await cheat.stake.getStanding();
    const bondedAfter = await bonded(cheat);
    onStep('posting the job again');
    await jobs.run({ ...request, task: 'hear a voice, again' });
    return {
        operator: CHEAT,
        outcome,
        spared,
        verifier: found?.operator ?? 'nobody',
        jurors,
        convicted,
        bondedBefore,
        bondedAfter,
        doneBy: jobs.all.at(-1)?.winner ?? 'nobody',
    };
}

async function bonded({ stake }: Operator): Promise<bigint> {
    const { reserve, collateral } = await stake.getStake();
    return reserve + collateral;
}
