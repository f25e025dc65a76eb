import type { Address, OpenedContract } from '@ton/core';
import { type CallOptions, type Chain, ExternalRefusedError, readOpenJob, sleep } from '../sdk';
import { Escrow, type JobView } from '../wrappers';
import { ActionLostError, ActionRefusedError } from './errors';

/** An external message to an Escrow about one of its jobs. */
export interface EscrowMessage {
    /** For errors and logs, such as `commit`. */
    readonly what: string;
    readonly escrow: Address;
    readonly jobId: number;
    readonly send: (escrow: OpenedContract<Escrow>) => Promise<void>;
    /** Whether the job shows that the message was taken; undefined: it is open no more. */
    readonly taken: (job: JobView | undefined) => boolean;
}

/** A message that is not seen by then is sent again, seconds of the chain. */
const PATIENCE_SECONDS = 15;
const ATTEMPTS = 4;

/**
 * Sends an external message to an Escrow, and resolves when the job shows that it was taken. What
 * no block took is sent again, which does no harm: an Escrow takes each of them once.
 *
 * @throws ActionRefusedError, ActionLostError, what `connect` throws, the reason of the signal
 */
export async function sendToEscrow(
    chain: Chain,
    message: EscrowMessage,
    { signal }: CallOptions = {},
): Promise<void> {
    const { what, send, taken } = message;
    const escrow = chain.open(Escrow.fromAddress(message.escrow), { signal });
    const look = () => readOpenJob(chain, message, { signal });
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const { chainTime: sentAt } = await chain.account(message.escrow, { signal });
        try {
            await send(escrow);
        } catch (error) {
            if (!(error instanceof ExternalRefusedError)) throw error;
            // An earlier one may have been taken.
            if (taken((await look()).job)) return;
            throw new ActionRefusedError(what, error.exitCode, error);
        }
        for (;;) {
            const { job, chainTime } = await look();
            if (taken(job)) return;
            if (chainTime > sentAt + PATIENCE_SECONDS) break;
            await sleep(chain.pollMs, signal);
        }
    }
    throw new ActionLostError(what);
}
