import type { Terminal } from '../terminal';
import type { Client } from './client';
import { JobElsewhereError } from './jobs/errors';
import type { Finished } from './jobs/finish';
import { receiptInWords } from './jobs/receipt';
import type { StoredSubmission } from './jobs/submission';
import { warnOfFailedLines } from './run-ocr';

/** The end of a job: what it says, where its results are, and what it cost. */
export function tellFinished(finished: Finished, terminal: Terminal): void {
    const { receipt, results, failed, text } = finished;
    const items = receipt.steps.reduce((sum, step) => sum + step.items, 0);
    if (text !== undefined) warnOfFailedLines(text, terminal);
    else if (failed > 0) terminal.warn(`${failed} of ${items} items failed, which costs nothing.`);
    const proof = `All ${items} results are proved against the roots on chain.`;
    terminal.result(
        {
            ...receipt,
            results,
            failed,
            proved: true,
            ...(text && { text: text.text, lines: text.lines }),
        },
        [
            ...(text === undefined ? [] : [text.text, '']),
            receiptInWords(receipt),
            proof,
            `Results: ${results}`,
        ].join('\n'),
    );
}

/** @throws JobElsewhereError */
export function checkNetwork({ id, network, market }: StoredSubmission, client: Client): void {
    const same = client.network.market.address.toRawString() === market;
    if (!same) throw new JobElsewhereError(id, network, market);
}
