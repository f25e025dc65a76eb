import type { LedgerEntry } from '../state';
import { MEANINGS } from './meanings';

/** One thing that happened to a job, for its owner. */
export interface TimelineStep {
    /** Milliseconds since 1970. */
    readonly at: number;
    readonly text: string;
}

/** What happened to a job, in order; the last steps say how it ended and what to do. */
export function timelineOf(
    entry: LedgerEntry,
    format: (nano: bigint) => string,
): { readonly steps: readonly TimelineStep[]; readonly advice: string | undefined } {
    const steps: TimelineStep[] = [];
    const add = (at: number | undefined, text: string) => {
        if (at !== undefined) steps.push({ at, text });
    };
    const { items, modelName = 'a model', price, lock, rank, checkFee, trouble, fate, why } = entry;
    const amount = (nano: bigint | undefined) => (nano === undefined ? '?' : format(nano));
    const client = entry.client === undefined ? '' : ` by ${entry.client.toString()}`;
    add(entry.seenAt, `seen: posted${client} for at most ${amount(entry.ceiling)}`);
    add(entry.describedAt, `spec and manifest read: ${items ?? '?'} items for ${modelName}`);
    add(
        entry.bidAt,
        `bid ${amount(price)}, which locks ${amount(lock)}` +
            (rank === undefined
                ? ''
                : `; its rank, with the check to be expected, ${amount(rank)}`),
    );
    add(entry.wonAt, `won for ${amount(price)}`);
    add(entry.gatheredAt, 'model and inputs fetched and checked');
    const faulty = entry.faulty ?? 0;
    add(
        entry.executedAt,
        `executed in ${((entry.executedMs ?? 0) / 1000).toFixed(2)} s` +
            (faulty === 0 ? '' : `, ${faulty} items without a result`),
    );
    add(entry.committedAt, 'results committed on chain');
    add(
        entry.drawnAt,
        `drawn for a check` +
            (checkFee === undefined ? '' : `, which costs the client ${format(checkFee)}`),
    );
    add(entry.openedAt, 'sketch of the drawn result shown');
    add(trouble?.at, `trouble, attempt ${trouble?.attempt}: ${trouble?.detail}`);
    add(
        entry.closedAt,
        `${entry.outcome}: ${entry.detail ?? ''} [${why?.code ?? entry.reason ?? ''}]`,
    );
    if (fate !== undefined) add(fate.knownAt, `seen on chain: ${fateInWords(fate, amount)}`);
    const { earned, fees, lost } = entry;
    if (earned !== undefined || fees !== undefined || lost !== undefined) {
        const net = (earned ?? 0n) - (fees ?? 0n) - (lost ?? 0n);
        const cut = (entry.paid ?? 0n) - (earned ?? 0n);
        const parts = [
            ...(entry.paid === undefined
                ? []
                : [`paid ${format(entry.paid)}, of which the market kept ${format(cut)}`]),
            `gas ${format(fees ?? 0n)}`,
            ...(lost === undefined ? [] : [`lost ${format(lost)} of the stake`]),
            `net ${format(net)}`,
        ];
        add(entry.closedAt ?? entry.bidAt ?? entry.seenAt, parts.join(', '));
    }
    return {
        // Steps of the same moment stay in the order of a job's life.
        steps: steps.sort((a, b) => a.at - b.at),
        advice: why === undefined ? undefined : MEANINGS[why.code].advice,
    };
}

function fateInWords(
    { kind, winner, price, bids, outcome }: NonNullable<LedgerEntry['fate']>,
    amount: (nano: bigint | undefined) => string,
): string {
    const count = bids === undefined ? '' : ` out of ${bids} ${bids === 1 ? 'bid' : 'bids'}`;
    const end = outcome === undefined ? '' : `; it ended as ${outcome}`;
    if (kind === 'unsold') return `nobody got it${end}`;
    return `${winner?.toString() ?? 'another node'} got it for ${amount(price)}${count}${end}`;
}
