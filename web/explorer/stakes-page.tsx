import { useState } from 'react';
import type { StakeRow } from '../../explorer/browser';
import { Account, Card, Missing } from './parts';
import { useNode, useRead } from './use-node';
import { useWords, type Words } from './words';

const PAGE = 50;
const ORDERS = ['active', 'earned', 'reserve'] as const;

/** Providers and verifiers with their stakes and records. */
export function StakesPage() {
    const words = useWords();
    const { say } = words;
    const { status } = useNode();
    const [order, setOrder] = useState<(typeof ORDERS)[number]>('active');
    const [offset, setOffset] = useState(0);
    const { data, error } = useRead(`stakes ${order} ${offset}`, (node, signal) =>
        node.stakes({ order, offset, limit: PAGE }, signal),
    );
    const names = { active: 'byActivity', earned: 'byEarnings', reserve: 'byReserve' } as const;
    return (
        <Card title={say('stakes')} id="stakes-title">
            <div className="filters">
                <label>
                    {say('orderBy')}
                    <select
                        value={order}
                        onChange={({ target }) => {
                            setOrder(ORDERS.find((one) => one === target.value) ?? 'active');
                            setOffset(0);
                        }}
                    >
                        {ORDERS.map((one) => (
                            <option key={one} value={one}>
                                {say(names[one])}
                            </option>
                        ))}
                    </select>
                </label>
            </div>
            {data === undefined ? (
                <Missing error={error} />
            ) : data.stakes.length === 0 ? (
                <p className="soft">{say('noStakes')}</p>
            ) : (
                <StakeTable stakes={data.stakes} words={words} now={status?.chainTime ?? 0} />
            )}
            {data !== undefined && data.total > PAGE && (
                <p className="pager">
                    <button
                        type="button"
                        disabled={offset === 0}
                        onClick={() => setOffset(Math.max(0, offset - PAGE))}
                    >
                        ←
                    </button>
                    <span>
                        {offset + 1}–{Math.min(data.total, offset + PAGE)} / {data.total}
                    </span>
                    <button
                        type="button"
                        disabled={offset + PAGE >= data.total}
                        onClick={() => setOffset(offset + PAGE)}
                    >
                        →
                    </button>
                </p>
            )}
            <p className="soft small">{say('hardwareNote')}</p>
        </Card>
    );
}

function StakeTable({
    stakes,
    words,
    now,
}: {
    stakes: readonly StakeRow[];
    words: Words;
    now: number;
}) {
    const { say, gram, number } = words;
    return (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="stakes-title">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{say('stake')}</th>
                        <th scope="col">{say('state')}</th>
                        <th scope="col">{say('hardware')}</th>
                        <th scope="col">{say('reserve')}</th>
                        <th scope="col">{say('delivered')}</th>
                        <th scope="col">{say('earned')}</th>
                        <th scope="col">{say('checksPassed')}</th>
                        <th scope="col">{say('checksDone')}</th>
                        <th scope="col">{say('jurySeats')}</th>
                        <th scope="col">{say('faults')}</th>
                        <th scope="col">{say('activeDays')}</th>
                    </tr>
                </thead>
                <tbody>
                    {stakes.map((stake) => (
                        <tr key={stake.stake}>
                            <th scope="row">
                                <Account address={stake.stake} stake />
                            </th>
                            <td>
                                <StakeTag stake={stake} words={words} />
                            </td>
                            <td data-hardware={stake.hardware?.cores}>
                                {stake.hardware === undefined
                                    ? '–'
                                    : `≥ ${coresOf(stake.hardware.cores)}`}
                            </td>
                            <td>{stake.state && gram(stake.state.reserve, 2)}</td>
                            <td>
                                {say('deliveredOf', {
                                    delivered: stake.delivered,
                                    won: stake.delivered + stake.missed,
                                })}
                            </td>
                            <td>
                                {gram((BigInt(stake.earned) + BigInt(stake.rewards)).toString(), 4)}
                            </td>
                            <td>{number(stake.checksPassed)}</td>
                            <td>{number(stake.checksDone)}</td>
                            <td>{number(stake.jurySeats)}</td>
                            <td>{number(stake.missed + stake.fines + stake.convictions)}</td>
                            <td>{number(lately(stake, now))}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function StakeTag({ stake, words }: { stake: StakeRow; words: Words }) {
    const { say } = words;
    if (stake.convictions > 0) return <span className="tag bad">{say('convicted')}</span>;
    if (stake.state?.paused === true) return <span className="tag warn">{say('paused')}</span>;
    return <span className="tag good">{say('bidding')}</span>;
}

/** A class in reference cores, which are a power of two: `4`, `1/2`. */
export function coresOf(cores: number): string {
    return cores < 1 ? `1/${1 / cores}` : String(cores);
}

/** On how many of the last 30 days the node has signed something. */
export function lately({ latestDays }: StakeRow, now: number): number {
    const today = Math.floor(now / 86_400);
    return latestDays.filter((day) => day > today - 30).length;
}
