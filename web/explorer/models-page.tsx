import type { ModelRow } from '../../explorer/browser';
import { strangersText } from '../shared/format';
import { Chart } from './chart';
import { Card, Facts, Missing } from './parts';
import { useRead } from './use-node';
import { modelName, useWords, type Words } from './words';

/** What an item of each model has cost lately. */
export function ModelsPage() {
    const words = useWords();
    const { say } = words;
    const { data, error } = useRead('models', (node, signal) => node.models(undefined, signal));
    if (data === undefined) return <Missing error={error} />;
    if (data.models.length === 0) return <p className="soft">{say('noModels')}</p>;
    return data.models.map((model) => <Model key={model.model} model={model} words={words} />);
}

function Model({ model, words }: { model: ModelRow; words: Words }) {
    const { say, number, perItem, gram, time } = words;
    const { quartiles, latest } = model;
    return (
        <Card title={modelName(words, model.name, model.model)} id={`model-${model.model}`}>
            <div className="two">
                <Facts
                    facts={[
                        quartiles && [
                            `${say('median')} ${say('perItem')}`,
                            <strong key="median">{perItem(quartiles.median)}</strong>,
                        ],
                        quartiles && [
                            say('quartiles'),
                            `${perItem(quartiles.low)} – ${perItem(quartiles.high)}`,
                        ],
                        [say('jobs'), number(model.jobs)],
                        [say('paidJobs'), number(model.paidJobs)],
                        [say('items'), number(model.items)],
                        [say('volume'), gram(model.paid)],
                        [say('lastSeen'), time(model.lastAt)],
                        model.licence === undefined
                            ? undefined
                            : [say('licence'), strangersText(model.licence, 80)],
                        [
                            say('model'),
                            <span key="hash" className="mono">
                                {model.model}
                            </span>,
                        ],
                    ]}
                />
                {latest.length > 0 && (
                    <Chart
                        title={say('latestPrices')}
                        times={ordered(latest).map(({ at }) => at)}
                        series={[
                            {
                                label: say('price'),
                                values: ordered(latest).map(({ perItem: price }) => Number(price)),
                                colour: '--bar',
                                line: true,
                            },
                        ]}
                        write={(value) => perItem(Math.round(value).toString())}
                        head={[say('time'), say('price')]}
                        rows={ordered(latest).map(({ at, perItem: price }) => [
                            time(at),
                            perItem(price),
                        ])}
                    />
                )}
            </div>
            <p>
                <a href={`#/jobs?model=${model.model}`}>{say('jobsOfModel')}</a>
            </p>
        </Card>
    );
}

/** Blocks of one second may hold several, and charts want times that grow. */
function ordered(latest: ModelRow['latest']): ModelRow['latest'] {
    return latest.filter(({ at }, index) => at !== latest[index + 1]?.at);
}
