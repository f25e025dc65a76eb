import type { JobEvent } from '../../../sdk';
import { isPaid } from '../../../wrappers';
import { readStep, type Step, type StoredSubmission, writeStep } from './submission';

export interface RecordedStep {
    readonly submission: StoredSubmission;
    readonly number: number;
}

/** Keeps the record of a step up with what happens. */
export class StepRecord {
    readonly #submission: StoredSubmission;
    readonly #number: number;
    #winner: string | undefined;
    #price: bigint | undefined;

    constructor({ submission, number }: RecordedStep) {
        this.#submission = submission;
        this.#number = number;
    }

    note(event: JobEvent): void {
        if (event.kind === 'posted' || event.kind === 'resumed') {
            this.#change({ state: 'posted' });
        } else if (event.kind === 'assigned') {
            this.#winner = event.stake.toString();
            this.#price = event.price;
        } else if (event.kind === 'committed') {
            this.#winner ??= event.result.stake.toString();
            this.#price ??= event.result.price;
            this.#change({ committed: true });
        } else if (event.kind === 'drawn') {
            const { accepted } = event;
            const check = { accepted, winner: this.#winner, price: this.#price };
            this.#change({ state: 'checking', committed: true, check });
        } else if (event.kind === 'closed') {
            this.#close(event);
        }
    }

    #close({ outcome, paid, refund, at }: Extract<JobEvent, { readonly kind: 'closed' }>): void {
        this.#change({
            state: isPaid(outcome) ? 'settled' : 'ended',
            end: {
                outcome,
                paid,
                refund,
                winner: this.#winner,
                price: this.#price,
                endedAt: new Date(at * 1000).toISOString(),
            },
        });
    }

    refused(): void {
        this.#change({ state: 'refused' });
    }

    #change(change: Partial<Step>): void {
        const step = readStep(this.#submission, this.#number);
        if (step !== undefined) writeStep(this.#submission, this.#number, { ...step, ...change });
    }
}
