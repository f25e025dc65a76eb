import type { ConfigFlags } from '../config';
import type { Dimension } from './arguments';
import type { PlannedStep } from './jobs/finish';
import type { QuotedStep } from './jobs/quote';
import type { Submission } from './jobs/submission';
import type { LimitFlags } from './run-flags';

/** Flags of `cocoon submit`; amounts nanoGRAM, times milliseconds, sizes bytes. */
export interface SubmitFlags extends ConfigFlags, LimitFlags {
    readonly input?: readonly string[];
    readonly items?: string;
    readonly random?: number;
    readonly dim?: readonly Dimension[];
    readonly out?: string;
    readonly dryRun?: true;
    readonly cap?: bigint;
    readonly price?: bigint;
    readonly take?: bigint;
    readonly bidWindow?: number;
    readonly commitWindow?: number;
    readonly node?: readonly string[];
    readonly resume?: string;
    readonly licence?: string;
    readonly angles?: true;
    /** False under `--no-measure`. */
    readonly measure: boolean;
    readonly maxOutput?: number;
    /** False under `--no-pay-unverified`. */
    readonly payUnverified: boolean;
    /** False under `--no-accept`. */
    readonly accept: boolean;
    readonly keep?: true;
    readonly fromDeposit?: true;
    readonly sealed?: true;
    readonly leaveKey?: true;
}

/** A submission that is ready to be posted. */
export interface Plan {
    readonly what: Submission['what'];
    readonly steps: readonly (QuotedStep & PlannedStep)[];
    /** Bytes of the picture, for pictures. */
    readonly picture?: Uint8Array;
}
