import { useEffect } from 'react';
import { decodeTicket, followJob, tickJob } from '../../../sdk';
import { usePage } from '../page';
import { endingOf } from './outcomes';
import type { Ending, Receipt } from './reading';
import type { ReadingRun } from './reading-run';
import type { Clients } from '../clients';

/**
 * Follows a job that was drawn for a check until it has ended, and has its ending kept with the
 * reading.
 */
export function useEnding(run: ReadingRun, step: string, receipt: Receipt): void {
    const { clients } = usePage();
    const { job, ending } = receipt;
    // A reading that is not finished belongs to its run.
    const follow = ending === undefined && run.reading().text !== undefined;
    useEffect(() => {
        if (!follow) return;
        const leaving = new AbortController();
        endingOnChain(clients, job, leaving.signal).then(
            (found) => found && run.settle(step, found),
            // The chain is asked again when the page is opened again.
            () => undefined,
        );
        return () => leaving.abort();
    }, [clients, run, follow, job, step]);
}

async function endingOnChain(
    { following }: Clients,
    job: string,
    signal: AbortSignal,
): Promise<Ending | undefined> {
    const kept = (await following.jobs()).find(({ id }) => id === job);
    if (kept === undefined) return undefined;
    const { chain } = following;
    const ticket = decodeTicket(kept.ticket);
    for await (const event of followJob({ chain, ...ticket, signal })) {
        if (event.kind === 'expired') await tickJob({ chain, ticket, signal });
        if (event.kind === 'closed') return endingOf(event);
    }
    return undefined;
}
