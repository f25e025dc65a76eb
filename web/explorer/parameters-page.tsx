import { useSay } from '../shared/use-language';
import { strangersText } from '../shared/format';
import { Card, Missing } from './parts';
import { isParameterKey, KINDS, PARAMETERS, type ParameterKey } from './phrases/parameters';
import { useRead } from './use-node';
import { useWords, type Words } from './words';

/** Each parameter of the Market, its value, and what it means. */
export function ParametersPage() {
    const words = useWords();
    const { say, time } = words;
    const meaning = useSay(PARAMETERS);
    const { data, error } = useRead('parameters', (node, signal) =>
        node.parameters(undefined, signal),
    );
    if (data === undefined) return <Missing error={error} />;
    return (
        <>
            <Card title={say('parameters')} id="parameters-title">
                <p>{say('parametersVersion', { version: data.version })}</p>
                <div
                    className="scroll"
                    tabIndex={0}
                    role="group"
                    aria-labelledby="parameters-title"
                >
                    <table className="wide-text">
                        <thead>
                            <tr>
                                <th scope="col">{say('parameter')}</th>
                                <th scope="col">{say('value')}</th>
                                <th scope="col">{say('meaning')}</th>
                            </tr>
                        </thead>
                        <tbody>
                            {Object.entries(data.values).map(([name, value]) => (
                                <tr key={name}>
                                    <th scope="row" className="mono">
                                        {strangersText(name, 40)}
                                    </th>
                                    <td>
                                        {isParameterKey(name)
                                            ? valueOf(words, name, value)
                                            : String(value)}
                                    </td>
                                    <td>{isParameterKey(name) ? meaning(name) : ''}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            </Card>
            <Card title={say('changes')} id="changes-title">
                {data.changes.length === 0 ? (
                    <p className="soft">{say('noChanges')}</p>
                ) : (
                    <ol className="timeline">
                        {data.changes.map((change) => (
                            <li key={change.lt}>
                                <p>
                                    {change.kind === 'applied'
                                        ? say('appliedChange', { version: change.version })
                                        : say('proposedChange', {
                                              version: change.version,
                                              time: time(change.applyAt ?? change.at),
                                          })}
                                </p>
                                <p className="soft small">{time(change.at)}</p>
                                <p className="soft small mono">
                                    {say('logicalTime')} {change.lt} · {change.hash}
                                </p>
                            </li>
                        ))}
                    </ol>
                )}
            </Card>
        </>
    );
}

function valueOf(words: Words, name: ParameterKey, value: string | number): string {
    switch (KINDS[name]) {
        case 'seconds':
            return words.seconds(Number(value));
        case 'gram':
            return words.gram(String(value));
        case 'rate':
            return words.rate(Number(value));
        case 'times':
            return words.number(Number(value) / 10_000);
        case 'count':
            return words.number(Number(value));
    }
}
