import type { JobDetail, JobEvent } from '../../explorer/browser';
import { explainExitCode } from '../../wrappers';
import { Account, Card, Facts, Missing } from './parts';
import { useRead } from './use-node';
import { VerifyJob } from './verify-job';
import { effectOf, modelName, stateOf, toneOf, toneOfStep, useWords, type Words } from './words';

/** One job: what it is, who bid for it, and each transaction of its life. */
export function JobPage({ escrow, jobId }: { readonly escrow: string; readonly jobId: number }) {
    const words = useWords();
    const { data: job, error } = useRead(`job ${escrow} ${jobId}`, (node, signal) =>
        node.job({ escrow, jobId }, signal),
    );
    if (job === undefined) return <Missing error={error} />;
    const { say } = words;
    return (
        <>
            <Card title={`${say('job')} ${job.jobId}`} id="job-title">
                <p>
                    <span className={`tag ${toneOf(job)}`}>{stateOf(words, job)}</span>
                </p>
                {!job.complete && <p className="banner warn">{say('incomplete')}</p>}
                <JobFacts job={job} words={words} />
                <VerifyJob job={job} />
            </Card>
            <Card title={say('bids')} id="bids-title">
                <Bids job={job} words={words} />
            </Card>
            <Card title={say('timeline')} id="timeline-title">
                <ol className="timeline">
                    {job.timeline.map((event) => (
                        <Step key={event.lt} event={event} words={words} />
                    ))}
                </ol>
                {job.refusals > 0 && (
                    <p className="soft">{say('refusals', { count: job.refusals })}</p>
                )}
            </Card>
        </>
    );
}

function JobFacts({ job, words }: { job: JobDetail; words: Words }) {
    const { say, gram, number, rate, time } = words;
    const { winner, closing, commit, deadline } = job;
    return (
        <Facts
            facts={[
                [
                    say('model'),
                    <a key="model" className="stranger" href={`#/jobs?model=${job.model}`}>
                        {modelName(words, job.modelName, job.model)}
                    </a>,
                ],
                [say('items'), number(job.items)],
                job.ceiling === undefined ? undefined : [say('ceiling'), gram(job.ceiling)],
                winner && [say('price'), gram(winner.price)],
                winner && [say('winner'), <Account key="winner" address={winner.stake} stake />],
                [say('client'), <Account key="client" address={job.client} />],
                [say('escrow'), <Account key="escrow" address={job.escrow} />],
                [say('postedAt'), time(job.postedAt)],
                deadline === undefined ? undefined : [say('closes'), time(deadline)],
                closing && [say('paid'), gram(closing.paid)],
                job.protocolFee === undefined
                    ? undefined
                    : closing && [say('protocolFee'), gram(closing.fee)],
                closing && [say('refund'), gram(closing.refund)],
                [say('networkFee'), gram(job.networkFees)],
                [say('checkRate'), rate(job.checkRate)],
                [say('payUnverified'), say(job.payUnverified ? 'yes' : 'no')],
                commit && [say('faulty'), number(commit.faulty)],
                commit && [say('root'), <Hash key="root" hash={commit.root} />],
                [say('spec'), <Hash key="spec" hash={job.spec} />],
            ]}
        />
    );
}

function Hash({ hash }: { hash: string }) {
    return <span className="mono hash">{hash}</span>;
}

function Bids({ job, words }: { job: JobDetail; words: Words }) {
    const { say, gram, time, step } = words;
    if (job.bids.length === 0) return <p className="soft">{say('noBids')}</p>;
    return (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="bids-title">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{say('stake')}</th>
                        <th scope="col">{say('price')}</th>
                        <th scope="col">{say('time')}</th>
                        <th scope="col">{say('state')}</th>
                    </tr>
                </thead>
                <tbody>
                    {job.bids.map((bid) => (
                        <tr key={bid.lt}>
                            <th scope="row">
                                <Account address={bid.stake} stake />
                            </th>
                            <td>{gram(bid.price)}</td>
                            <td>{time(bid.at)}</td>
                            <td>{step(`bid.${bid.standing}`)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function Step({ event, words }: { event: JobEvent; words: Words }) {
    const { say, step, gram, time } = words;
    const { kind, amount, by, refused, effects } = event;
    return (
        <li className={toneOfStep(event)}>
            <p className="what">
                <strong>{step(`step.${kind}`)}</strong>
                {amount !== undefined && <span className="money">{gram(amount)}</span>}
            </p>
            {refused !== undefined && <p className="refused">{refusal(words, refused)}</p>}
            {effects.length > 0 && (
                <ul className="effects">
                    {effects.map((effect, at) => (
                        <li key={at}>{effectOf(words, effect)}</li>
                    ))}
                </ul>
            )}
            <p className="soft small">
                <time dateTime={new Date(event.at * 1000).toISOString()}>{time(event.at)}</time>
                {by !== undefined && (
                    <>
                        {' · '}
                        {say('who')}: <Account address={by} stake={BY_STAKES.has(kind)} />
                    </>
                )}
                {' · '}
                {say('networkFee')}: {gram(event.fee)}
            </p>
            <p className="soft small mono">
                {say('logicalTime')} {event.lt} · {event.hash}
            </p>
        </li>
    );
}

const BY_STAKES = new Set(['bid', 'claim', 'decline', 'concede', 'hold-acknowledged', 'convicted']);

function refusal({ say, language }: Words, code: number): string {
    // The sentences of the contracts are in English.
    return language === 'en'
        ? say('refusedWith', { code: String(code), why: explainExitCode(code) })
        : say('refusedCode', { code: String(code) });
}
