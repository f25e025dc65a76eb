import { JobList } from './job-list';
import { Card } from './parts';
import { useRead } from './use-node';
import { modelName, useWords } from './words';

const OUTCOMES = [
    'accepted',
    'passed',
    'passed-silent',
    'not-committed',
    'no-bid',
    'cancelled',
    'convicted',
    'void',
    'void-paid',
    'conceded',
    'provider-convicted',
    'false-error',
] as const;

/** All jobs, by what the user asks for; the address of the page keeps it. */
export function JobsPage({ filter }: { readonly filter: URLSearchParams }) {
    const words = useWords();
    const { say, step } = words;
    const models = useRead('models', (node, signal) => node.models(undefined, signal));
    const change = (name: string, value: string) => {
        const next = new URLSearchParams(filter);
        if (value === '') next.delete(name);
        else next.set(name, value);
        location.hash = `#/jobs?${next.toString()}`;
    };
    const shown =
        filter.get('checked') === 'true' ? 'checked' : (filter.get('live') ?? '').toString();
    return (
        <Card title={say('jobs')} id="jobs-title">
            <div className="filters">
                <label>
                    {say('show')}
                    <select
                        value={shown}
                        onChange={({ target }) => {
                            const next = new URLSearchParams(filter);
                            next.delete('live');
                            next.delete('checked');
                            if (target.value === 'checked') next.set('checked', 'true');
                            else if (target.value !== '') next.set('live', target.value);
                            location.hash = `#/jobs?${next.toString()}`;
                        }}
                    >
                        <option value="">{say('everything')}</option>
                        <option value="true">{say('onlyLive')}</option>
                        <option value="false">{say('onlyEnded')}</option>
                        <option value="checked">{say('onlyChecked')}</option>
                    </select>
                </label>
                <label>
                    {say('outcome')}
                    <select
                        value={filter.get('outcome') ?? ''}
                        onChange={({ target }) => change('outcome', target.value)}
                    >
                        <option value="">{say('any')}</option>
                        {OUTCOMES.map((outcome) => (
                            <option key={outcome} value={outcome}>
                                {step(`outcome.${outcome}`)}
                            </option>
                        ))}
                    </select>
                </label>
                <label>
                    {say('model')}
                    <select
                        value={filter.get('model') ?? ''}
                        onChange={({ target }) => change('model', target.value)}
                    >
                        <option value="">{say('allModels')}</option>
                        {models.data?.models.map(({ model, name }) => (
                            <option key={model} value={model}>
                                {modelName(words, name, model)}
                            </option>
                        ))}
                    </select>
                </label>
            </div>
            <JobList
                filter={{
                    live: filter.get('live') ?? undefined,
                    checked: filter.get('checked') ?? undefined,
                    outcome: filter.get('outcome') ?? undefined,
                    model: filter.get('model') ?? undefined,
                    stake: filter.get('stake') ?? undefined,
                    client: filter.get('client') ?? undefined,
                }}
            />
        </Card>
    );
}
