import { useEffect, useRef } from 'react';
import { LanguagePicker } from '../shared/language-picker';
import { strangersText } from '../shared/format';
import { JobPage } from './job-page';
import { JobsPage } from './jobs-page';
import { ModelsPage } from './models-page';
import { NodePage } from './node-page';
import { Overview } from './overview';
import { shownUrl } from './own-url';
import { ParametersPage } from './parameters-page';
import { reasonOf } from './parts';
import { type Route, useRoute } from './route';
import { StakePage } from './stake-page';
import { StakesPage } from './stakes-page';
import { useNode } from './use-node';
import { useWords } from './words';

const SECTIONS = [
    ['overview', '#/', ['overview']],
    ['jobs', '#/jobs', ['jobs', 'job']],
    ['stakes', '#/stakes', ['stakes', 'stake']],
    ['models', '#/models', ['models']],
    ['parameters', '#/parameters', ['parameters']],
    ['node', '#/node', ['node']],
] as const satisfies readonly (readonly [string, string, readonly Route['page'][]])[];

export function App() {
    const { say } = useWords();
    const route = useRoute();
    const main = useRef<HTMLElement>(null);
    const place = JSON.stringify(route);
    const first = useRef(place);
    // Whoever follows a link by keyboard goes on reading where it led.
    useEffect(() => {
        if (first.current === place) return;
        first.current = '';
        main.current?.focus({ preventScroll: true });
        window.scrollTo(0, 0);
    }, [place]);
    useEffect(() => {
        document.title = say('title');
    }, [say]);
    return (
        <>
            <a
                className="skip"
                href="#main"
                onClick={(event) => {
                    event.preventDefault();
                    main.current?.focus();
                }}
            >
                {say('skip')}
            </a>
            <header className="top">
                <h1>
                    <img src="./icon.svg" alt="" width="28" height="28" />
                    {say('title')}
                </h1>
                <LanguagePicker label={say('language')} />
                <nav aria-label={say('sections')}>
                    {SECTIONS.map(([name, href, pages]) => (
                        <a
                            key={name}
                            href={href}
                            aria-current={
                                (pages as readonly string[]).includes(route.page)
                                    ? 'page'
                                    : undefined
                            }
                        >
                            {say(name)}
                        </a>
                    ))}
                </nav>
            </header>
            <main id="main" className="page stack" tabIndex={-1} ref={main}>
                <Source />
                <Page route={route} />
            </main>
        </>
    );
}

function Page({ route }: { route: Route }) {
    const { say } = useWords();
    switch (route.page) {
        case 'overview':
            return <Overview />;
        case 'jobs':
            return <JobsPage filter={route.filter} />;
        case 'job':
            return <JobPage {...route} key={`${route.escrow}/${route.jobId}`} />;
        case 'stakes':
            return <StakesPage />;
        case 'stake':
            return <StakePage stake={route.stake} key={route.stake} />;
        case 'models':
            return <ModelsPage />;
        case 'parameters':
            return <ParametersPage />;
        case 'node':
            return <NodePage />;
        case 'unknown':
            return <p className="banner">{say('notFound')}</p>;
    }
}

/** Who says all this. */
function Source() {
    const { say, time } = useWords();
    const { node, status, error } = useNode();
    if (error !== undefined) {
        return (
            <p className="banner bad" role="alert">
                {say('offline', { reason: reasonOf(error) })}
            </p>
        );
    }
    if (status === undefined) return null;
    return (
        <p className="soft small source">
            {say('reads', {
                node: shownUrl(node.base),
                network: strangersText(status.network, 40),
                time: time(status.chainTime),
            })}{' '}
            {status.since !== undefined && say('knowsSince', { time: time(status.since) })}{' '}
            {!status.caughtUp && <strong>{say('behind')}</strong>}
        </p>
    );
}
