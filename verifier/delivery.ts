import { sealedLength } from '../protocol';
import type { JobOpeners } from '../provider/sealed-items';
import type { CheckContext } from './check-context';
import type { CommittedLeaf } from './committed-leaf';
import type { CheckedJob } from './eligibility';
import type { CheckDocuments, CheckedItem } from './materials';
import { obtainLeaf } from './missing-data';
import type { Duty } from './state';

/** Left of a window for a message to reach the chain, seconds. */
export const MESSAGE_SECONDS = 3;

/**
 * The committed leaf of a job before its phase ends; undefined once it may be called missing.
 * What was tried is written down with the claim.
 */
export function committedLeaf(
    context: CheckContext,
    job: CheckedJob,
    about: {
        readonly duty: Duty;
        readonly index: number;
        readonly documents: CheckDocuments;
        readonly item: CheckedItem;
        /** Of a sealed job. */
        readonly seals: JobOpeners | undefined;
    },
): Promise<CommittedLeaf | undefined> {
    const { parts, target, signal } = context;
    const { duty, index, documents, item, seals } = about;
    const { spec } = documents;
    const { outputBytesPerItem } = spec.limits;
    return obtainLeaf({
        chain: parts.chain,
        fetch: parts.fetch,
        signal,
        stake: job.bid.stake,
        stores: spec.sources,
        leaf: {
            escrow: target.escrow,
            jobId: target.jobId,
            index,
            size: job.terms.items,
            root: job.commit.root,
            inputHash: item.hash,
            maxOutputBytes:
                seals === undefined ? outputBytesPerItem : sealedLength(outputBytesPerItem),
            open: seals?.outputs.open,
        },
        windowEnd: job.phaseEnd - MESSAGE_SECONDS,
        before: context.claimOf(duty)?.attempts ?? [],
        onAttempt: (attempts) => {
            context.noteClaim(duty, { attempts: [...attempts] });
            const last = attempts.at(-1);
            if (last === undefined) return;
            context.tell({ kind: 'leaf-missing', duty, detail: `${last.source}: ${last.said}` });
        },
    });
}
