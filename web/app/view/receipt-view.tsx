import { formatGram } from '../../shared/format';
import { useAddresses, useJobUrls, useWords } from '../page';
import type { PhraseKey } from '../phrases';
import type { Reading, ReadingStepRecord, Receipt } from '../reading/reading';
import type { ReadingRun } from '../reading/reading-run';
import { useEnding } from '../reading/use-ending';
import { NoBidView } from './no-bid-view';
import { endingWords } from './problem';

/** What was paid for each step, to whom, and on which proof. */
export function ReceiptView({
    run,
    reading,
}: {
    readonly run: ReadingRun;
    readonly reading: Reading;
}) {
    const { say } = useWords();
    const steps = Object.entries(reading.steps);
    if (steps.every(([, { receipt, failures }]) => !receipt && failures.length === 0)) return null;
    return (
        <section className="card stack" aria-labelledby="receipt-title">
            <h3 id="receipt-title">{say('receipt')}</h3>
            {steps.map(([step, record]) => (
                <Step key={step} run={run} step={step} record={record} />
            ))}
        </section>
    );
}

function Step({
    run,
    step,
    record: { receipt, failures },
}: {
    readonly run: ReadingRun;
    readonly step: string;
    readonly record: ReadingStepRecord;
}) {
    const { say, language } = useWords();
    return (
        <div className="receipt" data-receipt={step}>
            <h4>{say(step as PhraseKey)}</h4>
            {failures.map(({ jobId, outcome, refund, why }) => (
                <div key={jobId} className="small" data-outcome={outcome}>
                    {say('failedJob', { job: jobId, why: endingWords(outcome, say) })}.{' '}
                    {refund !== undefined &&
                        say('failedRefund', { amount: formatGram(refund, language) })}
                    {why !== undefined && <NoBidView why={why} />}
                </div>
            ))}
            {receipt !== undefined && <Facts run={run} step={step} receipt={receipt} />}
        </div>
    );
}

function Facts({
    run,
    step,
    receipt,
}: {
    readonly run: ReadingRun;
    readonly step: string;
    readonly receipt: Receipt;
}) {
    const { say, language } = useWords();
    const show = useAddresses();
    const seen = useJobUrls()(receipt.escrow, receipt.jobId);
    const { ending } = receipt;
    useEnding(run, step, receipt);
    return (
        <dl className="facts">
            <div>
                <dt>{say('job')}</dt>
                <dd>
                    {receipt.jobId} <span className="mono">{show(receipt.escrow)}</span>
                    {seen !== undefined && (
                        <a href={seen} target="_blank" rel="noreferrer">
                            {say('inExplorer')}
                        </a>
                    )}
                </dd>
            </div>
            <div>
                <dt>{say('winner')}</dt>
                <dd className="mono">{show(receipt.winner)}</dd>
            </div>
            <div>
                <dt>{say('paid')}</dt>
                <dd>{formatGram(receipt.price, language)}</dd>
            </div>
            <div>
                <dt>{say('proof')}</dt>
                <dd>
                    {say('proofText', { count: receipt.items })}
                    <span className="mono soft">{receipt.root}</span>
                </dd>
            </div>
            <div data-check={checkOf(receipt)}>
                <dt>{say('check')}</dt>
                <dd>{say(checkOf(receipt))}</dd>
            </div>
            {ending !== undefined && (
                <div>
                    <dt>{say('back')}</dt>
                    <dd>{formatGram(ending.refund, language)}</dd>
                </div>
            )}
        </dl>
    );
}

/** What is known of a job's check. */
function checkOf({ checked, ending }: Receipt): PhraseKey {
    if (!checked) return 'checkNot';
    switch (ending?.outcome) {
        case undefined:
            return 'checkGoing';
        case 'accepted':
            return 'checkNot';
        case 'passed':
        case 'passed-silent':
            return 'checkPassed';
        case 'convicted':
        case 'conceded':
        case 'false-error':
        case 'provider-convicted':
            return 'checkBad';
        case 'void':
        case 'void-paid':
        case 'cancelled':
        case 'refused':
        case 'no-bid':
        case 'not-committed':
            return 'checkVoid';
    }
}
