import { useEffect, useState } from 'react';
import { formatTime, strangersText } from '../../shared/format';
import { usePage, useWords } from '../page';
import type { Reading } from '../reading/reading';

/** All pictures that are kept in this browser, those that are not finished first. */
export function ReadingList({
    current,
    onOpen,
}: {
    readonly current: string;
    readonly onOpen: (id: string) => void;
}) {
    const { say, language } = useWords();
    const readings = useReadings();
    const [removing, setRemoving] = useState<string>();
    const desk = usePage().readings;
    if (readings === undefined) return null;
    const remove = async (id: string) => {
        await desk.remove(id);
        setRemoving(undefined);
        if (id === current) onOpen('');
    };
    return (
        <section className="card stack" aria-labelledby="list-title">
            <h2 id="list-title">{say('readings')}</h2>
            {readings.length === 0 && <p className="soft">{say('noReadings')}</p>}
            <ul className="readings" hidden={readings.length === 0}>
                {readings.map(({ id, name, createdAt, text }) => (
                    <li key={id}>
                        <span className="stranger name">{strangersText(name, 80)}</span>
                        <span className="soft small">{formatTime(createdAt, language)}</span>
                        <span className={text === undefined ? 'tag warn' : 'tag good'}>
                            {say(text === undefined ? 'unfinished' : 'finished')}
                        </span>
                        <span className="actions">
                            <button
                                type="button"
                                className="quiet"
                                aria-label={`${say('open')}: ${strangersText(name, 80)}`}
                                aria-current={id === current ? 'true' : undefined}
                                onClick={() => onOpen(id)}
                            >
                                {say('open')}
                            </button>
                            <button
                                type="button"
                                className="quiet"
                                aria-label={`${say('remove')}: ${strangersText(name, 80)}`}
                                onClick={() => setRemoving(id)}
                            >
                                {say('remove')}
                            </button>
                        </span>
                        {removing === id && (
                            <div className="banner warn stack" role="alert">
                                <p>{say('removeSure')}</p>
                                <div className="row">
                                    <button type="button" onClick={() => void remove(id)}>
                                        {say('remove')}
                                    </button>
                                    <button type="button" onClick={() => setRemoving(undefined)}>
                                        {say('cancel')}
                                    </button>
                                </div>
                            </div>
                        )}
                    </li>
                ))}
            </ul>
        </section>
    );
}

/** What is kept, as all tabs leave it. */
function useReadings(): readonly Reading[] | undefined {
    const { store } = usePage().readings.parts;
    const [readings, setReadings] = useState<readonly Reading[]>();
    useEffect(() => {
        const read = () => {
            store.list().then(
                (found) => setReadings(inOrder(found)),
                () => setReadings([]),
            );
        };
        read();
        return store.subscribe(read);
    }, [store]);
    return readings;
}

function inOrder(readings: readonly Reading[]): Reading[] {
    const open = readings.filter(({ text }) => text === undefined);
    return [...open, ...readings.filter(({ text }) => text !== undefined)];
}
