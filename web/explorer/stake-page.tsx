import type { StakeDetail } from '../../explorer/browser';
import { strangersText } from '../shared/format';
import { AskNode } from './ask-node';
import { JobList } from './job-list';
import { Account, Card, Facts, Missing } from './parts';
import { coresOf, lately, StakeTag } from './stakes-page';
import { useNode, useRead } from './use-node';
import { modelName, useWords, type Words } from './words';

/** A provider or verifier: its stake, its record, and what happened to it. */
export function StakePage({ stake }: { readonly stake: string }) {
    const words = useWords();
    const { status } = useNode();
    const { data, error } = useRead(`stake ${stake}`, (node, signal) =>
        node.stake({ stake }, signal),
    );
    if (data === undefined) return <Missing error={error} />;
    const { say } = words;
    return (
        <>
            <Card title={say('stake')} id="stake-title">
                <p className="mono">{strangersText(data.stake, 80)}</p>
                <p>
                    <StakeTag stake={data} words={words} />
                </p>
                <StakeFacts stake={data} words={words} now={status?.chainTime ?? 0} />
                {data.state?.endpoint !== undefined && (
                    <AskNode endpoint={data.state.endpoint} stake={data.stake} />
                )}
            </Card>
            <Card title={say('proven')} id="proven-title">
                <Hardware stake={data} words={words} />
                <Work stake={data} words={words} />
                <p className="soft small">{say('provenNote')}</p>
                <p className="soft small">{say('hardwareNote')}</p>
            </Card>
            <Card title={say('history')} id="history-title">
                <History stake={data} words={words} />
            </Card>
            <Card title={say('jobs')} id="jobs-title">
                <JobList filter={{ stake: data.stake }} />
            </Card>
        </>
    );
}

function StakeFacts({ stake, words, now }: { stake: StakeDetail; words: Words; now: number }) {
    const { say, gram, number, rate, time } = words;
    const { state, operator } = stake;
    return (
        <Facts
            facts={[
                operator === undefined
                    ? undefined
                    : [say('operator'), <Account key="operator" address={operator} />],
                state && [say('reserve'), gram(state.reserve)],
                state && [say('collateral'), gram(state.collateral)],
                state && [say('locked'), gram(state.locked)],
                state && [say('unbonding'), gram(state.unbonding)],
                state && [say('dailyLimit'), gram(state.dailyLimit)],
                state && [say('checkRate'), rate(state.checkRate)],
                state && [say('record'), number(state.record / 1000)],
                [
                    say('delivered'),
                    say('deliveredOf', {
                        delivered: stake.delivered,
                        won: stake.delivered + stake.missed,
                    }),
                ],
                [say('bids'), number(stake.bids)],
                [say('earned'), gram(stake.earned)],
                [say('rewards'), gram(stake.rewards)],
                [say('checksPassed'), number(stake.checksPassed)],
                [say('checksDone'), number(stake.checksDone)],
                [say('jurySeats'), number(stake.jurySeats)],
                [say('fines'), number(stake.fines)],
                [say('convictions'), number(stake.convictions)],
                stake.forfeited === '0' ? undefined : [say('burnt'), gram(stake.burnt)],
                [say('active'), say('activeDaysOf', { count: lately(stake, now) })],
                [say('firstSeen'), time(stake.firstAt)],
                [say('lastSeen'), time(stake.lastAt)],
                state?.endpoint === undefined
                    ? undefined
                    : [
                          say('endpoint'),
                          <span key="endpoint" className="mono stranger">
                              {strangersText(state.endpoint, 200)}
                          </span>,
                      ],
                state && [
                    say('nodeKey'),
                    <span key="key" className="mono">
                        {state.nodeKey}
                    </span>,
                ],
            ]}
        />
    );
}

/** What its computer is worth, and the job that shows it. */
function Hardware({ stake: { hardware }, words }: { stake: StakeDetail; words: Words }) {
    const { say } = words;
    if (hardware === undefined) {
        return (
            <p>
                <strong>{say('hardware')}</strong>: {say('hardwareNone')}.
            </p>
        );
    }
    const { cores, clients, probe } = hardware;
    return (
        <p data-hardware={cores}>
            <strong>
                {say('hardware')} ≥ {coresOf(cores)}
            </strong>
            : {say('hardwareShown', { cores: coresOf(cores), count: clients })}.{' '}
            <a href={`#/job/${encodeURIComponent(probe.escrow)}/${probe.jobId}`}>
                {say('theProbe')}
            </a>
        </p>
    );
}

/** How fast it was, by what the chain has of it. */
function Work({ stake, words }: { stake: StakeDetail; words: Words }) {
    const { say, number, took } = words;
    if (stake.work.length === 0) return <p className="soft">{say('nothingProven')}</p>;
    return (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="proven-title">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{say('model')}</th>
                        <th scope="col">{say('paidJobs')}</th>
                        <th scope="col">{say('items')}</th>
                        <th scope="col">{say('fastest')}</th>
                        <th scope="col">{say('checksPassed')}</th>
                        <th scope="col">{say('fastestChecked')}</th>
                    </tr>
                </thead>
                <tbody>
                    {stake.work.map((work) => (
                        <tr key={work.model}>
                            <th scope="row">
                                <a className="stranger" href={`#/jobs?model=${work.model}`}>
                                    {modelName(words, work.name, work.model)}
                                </a>
                            </th>
                            <td>{number(work.jobs)}</td>
                            <td>{number(work.items)}</td>
                            <td>{took(work.fastestNs / 1e6)}</td>
                            <td>{number(work.checksPassed)}</td>
                            <td>
                                {work.checked[0] === undefined
                                    ? '–'
                                    : took(work.checked[0].itemNs / 1e6)}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function History({ stake, words }: { stake: StakeDetail; words: Words }) {
    const { step, gram, time, say } = words;
    return (
        <ol className="timeline">
            {stake.history.map((event) => (
                <li key={event.lt} className={event.kind === 'penalty' ? 'bad' : ''}>
                    <p className="what">
                        <strong>{step(`stake.${event.kind}`)}</strong>
                        {event.amount !== undefined && (
                            <span className="money">{gram(event.amount)}</span>
                        )}
                    </p>
                    {event.refused !== undefined && (
                        <p className="refused">
                            {say('refusedCode', { code: String(event.refused) })}
                        </p>
                    )}
                    {event.forfeited !== undefined && (
                        <p>
                            {say('convicted')}: {gram(event.forfeited)}
                        </p>
                    )}
                    {event.burnt !== undefined && (
                        <p>
                            {say('burnt')}: {gram(event.burnt)}
                        </p>
                    )}
                    <p className="soft small">
                        <time dateTime={new Date(event.at * 1000).toISOString()}>
                            {time(event.at)}
                        </time>
                        {event.by !== undefined && (
                            <>
                                {' · '}
                                {say('who')}: <Account address={event.by} />
                            </>
                        )}
                    </p>
                    <p className="soft small mono">
                        {say('logicalTime')} {event.lt} · {event.hash}
                    </p>
                </li>
            ))}
        </ol>
    );
}
