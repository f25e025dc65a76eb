import { formatDuration, formatGram } from '../../terminal';
import { readSteps, type StoredSubmission } from './submission';

/** What a submission came to; amounts nanoGRAM. */
export interface Receipt {
    readonly job: string;
    readonly network: string;
    readonly steps: readonly {
        readonly model: string;
        readonly modelHash: string;
        readonly items: number;
        readonly escrow: string;
        readonly jobId: number;
        readonly outcome: string;
        /** Stake of the winner. */
        readonly winner: string | undefined;
        /** Of the winning bid, for all items. */
        readonly price: bigint | undefined;
        /** For the items with a result. */
        readonly paid: bigint;
        /** What was sent with the posting. */
        readonly sent: bigint;
        /** What came back of it. */
        readonly returned: bigint;
        /** Whether what is left of it stays in the Escrow; `fees` are not known then. */
        readonly kept: boolean;
        /** What the Escrow still holds of it, while a check decides whom it goes to. */
        readonly held: bigint;
        /** What network and Escrow took of it: gas, and rent that stays in the Escrow. */
        readonly fees: bigint;
        readonly seconds: number;
    }[];
    /** All that was sent and did not come back, or was paid where the rest is kept; the wallet's own fees are beside it. */
    readonly spent: bigint;
}

/** The receipt of what has ended so far. */
export function receiptOf(submission: StoredSubmission): Receipt {
    const steps = readSteps(submission).flatMap((step) => {
        const { terms, check } = step;
        const end =
            step.end ??
            (step.state === 'checking' && {
                outcome: 'in its check',
                winner: check?.winner,
                price: check?.price,
                paid: 0n,
                refund: 0n,
                endedAt: new Date().toISOString(),
            });
        if (end === false) return [];
        return [
            {
                model: step.model.name,
                modelHash: step.model.hash,
                items: step.items,
                escrow: step.escrow,
                jobId: step.jobId,
                outcome: end.outcome,
                winner: end.winner,
                price: end.price,
                paid: end.paid,
                sent: terms.value,
                returned: end.refund,
                kept: submission.terms.keep && step.end !== undefined,
                held: step.end === undefined ? terms.value : 0n,
                // What is left of a job that is kept cannot be told from its fees.
                fees:
                    step.end === undefined || submission.terms.keep
                        ? 0n
                        : terms.value - end.refund - end.paid,
                seconds: (Date.parse(end.endedAt) - Date.parse(step.startedAt)) / 1000,
            },
        ];
    });
    const spent = steps.reduce((sum, { sent, returned, kept, paid }) => {
        return sum + (kept ? paid : sent - returned);
    }, 0n);
    return { job: submission.id, network: submission.network, steps, spent };
}

/** A receipt in words, one fact a line. */
export function receiptInWords({ job, steps, spent }: Receipt): string {
    return [
        `Job ${job}`,
        ...steps.flatMap((step) => [
            `  ${step.model}, ${step.items} ${step.items === 1 ? 'item' : 'items'}: ${step.outcome} after ` +
                formatDuration(Math.max(0, step.seconds) * 1000),
            ...(step.winner === undefined ? [] : [`    winner    ${step.winner}`]),
            `    on chain  ${step.escrow}:${step.jobId}`,
            `    paid      ${formatGram(step.paid)}`,
            ...(step.held === 0n
                ? []
                : [`    held      ${formatGram(step.held)}, until the check has ended`]),
            ...(step.kept ? ['    kept      the rest, beside gas, stays in your Escrow'] : []),
            `    returned  ${formatGram(step.returned)} of ${formatGram(step.sent)}`,
            `    fees      ${formatGram(step.fees)}, with the rent that stays in your Escrow`,
        ]),
        `Spent ${formatGram(spent)}, and the fees of the wallet itself.`,
    ].join('\n');
}
