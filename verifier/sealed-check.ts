import type { HashHex, JobSpec } from '../protocol';
import { itemOpeners, type JobOpeners, openInput } from '../provider/sealed-items';
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
    readonly seals: JobOpeners | undefined;
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
    const { itemKeys } = privacy;
    const itemKey =
        context.itemKeys.get(index) ?? (await askForKey(context, job, { duty, index, itemKeys }));
    if (itemKey === undefined) return undefined;
    context.itemKeys.set(index, itemKey);
    const { escrow, jobId } = context.target;
    const seals = itemOpeners(privacy, itemKey, leafContext(escrow, jobId));
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
    { duty, index, itemKeys }: Pick<SealedCheck, 'duty' | 'index'> & { readonly itemKeys: HashHex },
): Promise<Uint8Array | undefined> {
    const { parts, target, signal } = context;
    const { escrow, jobId } = target;
    const { chain, fetch, stake, nodeKey } = parts;
    return obtainKey({
        ...{ chain, fetch, signal },
        stake: job.bid.stake,
        key: { escrow, jobId, stake, nodeKey, index, size: job.terms.items, itemKeys },
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
