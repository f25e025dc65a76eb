import { useState } from 'react';
import { shownUrl } from './own-url';
import { Account, Card, Facts, Missing } from './parts';
import { baseOf, ownBase, useNode } from './use-node';
import { useWords } from './words';
import { strangersText } from '../shared/format';

/** Which node the page reads, since when it knows, what it lacks, and how to read another. */
export function NodePage() {
    const { say, time, number } = useWords();
    const { node, status, error, choose } = useNode();
    return (
        <>
            <Card title={say('node')} id="node-title">
                {status === undefined ? (
                    <Missing error={error} />
                ) : (
                    <>
                        {status.trouble !== undefined && (
                            <p className="banner warn">
                                {say('trouble', { reason: strangersText(status.trouble, 300) })}
                            </p>
                        )}
                        <Facts
                            facts={[
                                [say('nodeAddress'), shownUrl(node.base)],
                                [
                                    say('network'),
                                    `${strangersText(status.network, 40)} (${status.networkId})`,
                                ],
                                [say('market'), <Account key="market" address={status.market} />],
                                status.stake === undefined
                                    ? undefined
                                    : [
                                          say('stake'),
                                          <Account key="stake" address={status.stake} stake />,
                                      ],
                                [say('chainTime'), time(status.chainTime)],
                                status.since === undefined
                                    ? undefined
                                    : [say('firstSeen'), time(status.since)],
                                [say('transactionsRead'), number(status.counts.transactions)],
                                [say('escrowsFollowed'), number(status.counts.escrows)],
                            ]}
                        />
                        <h3>{say('gaps')}</h3>
                        {status.gaps.length === 0 ? (
                            <p className="soft">{say('noGaps')}</p>
                        ) : (
                            <ul>
                                {status.gaps.map((gap) => (
                                    <li key={`${gap.account} ${gap.to}`} className="small">
                                        {gap.from === undefined
                                            ? say('gapFromStart', {
                                                  account: strangersText(gap.account, 80),
                                                  time: time(gap.to),
                                              })
                                            : say('gapBetween', {
                                                  account: strangersText(gap.account, 80),
                                                  from: time(gap.from),
                                                  to: time(gap.to),
                                              })}
                                    </li>
                                ))}
                            </ul>
                        )}
                    </>
                )}
            </Card>
            <Card title={say('whichNode')} id="which-title">
                <p>{say('nodeExplained')}</p>
                <ChooseNode base={node.base} choose={choose} />
            </Card>
        </>
    );
}

function ChooseNode({ base, choose }: { base: string; choose: (base: string) => void }) {
    const { say } = useWords();
    const [typed, setTyped] = useState(base);
    const [bad, setBad] = useState(false);
    return (
        <form
            className="verify"
            onSubmit={(event) => {
                event.preventDefault();
                const next = baseOf(typed.trim());
                setBad(next === undefined);
                if (next !== undefined) choose(next);
            }}
        >
            <label>
                {say('nodeAddress')}
                <input
                    type="text"
                    inputMode="url"
                    spellCheck={false}
                    value={typed}
                    aria-invalid={bad}
                    aria-describedby={bad ? 'bad-node' : undefined}
                    onChange={({ target }) => setTyped(target.value)}
                />
            </label>
            <button type="submit" className="primary">
                {say('useNode')}
            </button>
            {base !== ownBase() && (
                <button
                    type="button"
                    onClick={() => {
                        setTyped(ownBase());
                        choose(ownBase());
                    }}
                >
                    {say('useOwn')}
                </button>
            )}
            {bad && (
                <p id="bad-node" role="alert" className="banner bad">
                    {say('badAddress')}
                </p>
            )}
        </form>
    );
}
