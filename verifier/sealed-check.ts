import type { JobSpec } from '../protocol';
import { type JobSeals, jobSeals, openInput } from '../provider/sealed-items';
import { leafContext } from '../sdk';
import type { CheckContext } from './check-context';
import { MESSAGE_SECONDS } from './delivery';
import type { CheckedJob } from './eligibility';
import type { ItemOutcome } from './execute-item';
import type { CheckedItem } from './materials';
import { obtainKey } from './missing-data';
import type { Duty } from './state';

/** What a drawn node has of the item that it checks. */
export interface OpenedItem {
    /** The encoded item. */
    readonly bytes: Uint8Array;
    /** Of a sealed job. */
    readonly seals: JobSeals | undefined;
}

export interface SealedCheck {
    readonly duty: Duty;
    readonly spec: JobSpec;
    readonly item: CheckedItem;
    readonly index: number;
}

/**
 * The item that is checked; of a sealed job once the provider has handed over the key. What was
 * tried is written down with the claim, and the key itself never is.
 *
 * @returns undefined once the key may be called missing: nothing can be executed then
 */
export async function openItem(
    context: CheckContext,
    job: CheckedJob,
    { duty, spec, item, index }: SealedCheck,
): Promise<OpenedItem | undefined> {
    const { privacy } = spec;
    if (privacy.mode === 'public') return { bytes: item.bytes, seals: undefined };
    context.contentKey ??= await askForKey(context, job, duty, privacy.keyHash);
    if (context.contentKey === undefined) return undefined;
    const { escrow, jobId } = context.target;
    const seals = jobSeals(privacy, context.contentKey, leafContext(escrow, jobId));
    return { bytes: openInput(seals, index, item.bytes), seals };
}

/** What stands for the result of an item that could not be opened. */
export const UNOPENED: ItemOutcome = {
    status: 'failed',
    code: 'PROCESS_DIED',
    detail: 'The provider did not give the key.',
    elapsedMs: 0,
};

function askForKey(
    context: CheckContext,
    job: CheckedJob,
    duty: Duty,
    keyHash: Parameters<typeof obtainKey>[0]['key']['keyHash'],
): Promise<Uint8Array | undefined> {
    const { parts, target, signal } = context;
    const { escrow, jobId } = target;
    const { chain, fetch, stake, nodeKey } = parts;
    return obtainKey({
        ...{ chain, fetch, signal },
        stake: job.bid.stake,
        key: { escrow, jobId, stake, nodeKey, keyHash },
        windowEnd: job.phaseEnd - MESSAGE_SECONDS,
        before: context.claimOf(duty)?.attempts ?? [],
        onAttempt: (attempts) => {
            context.noteClaim(duty, { attempts: [...attempts] });
            const last = attempts.at(-1);
            if (last === undefined) return;
            context.tell({ kind: 'key-missing', duty, detail: `${last.source}: ${last.said}` });
        },
    });
}
