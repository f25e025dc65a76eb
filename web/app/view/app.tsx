import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { LanguagePicker } from '../../shared/language-picker';
import { usePage, useWords } from '../page';
import type { ReadingRun } from '../reading/reading-run';
import { PicturePicker } from './picture-picker';
import { Problem } from './problem';
import { ReadingList } from './reading-list';
import { ReadingView } from './reading-view';
import { WalletButton, WalletRefused } from './wallet-button';

/** The whole page: a picture is chosen, or one is shown. The address names which. */
export function App() {
    const { readings } = usePage();
    const { say } = useWords();
    const [run, setRun] = useState<ReadingRun>();
    const [problem, setProblem] = useState<unknown>();
    const id = useHash();

    useEffect(() => {
        document.title = `Cocoon: ${say('title')}`;
    }, [say]);
    useEffect(() => {
        const resume = async () => {
            const newest = await readings.resume();
            if (newest !== undefined && location.hash === '') show(newest.reading().id);
        };
        resume().catch(setProblem);
    }, [readings]);
    useEffect(() => {
        let gone = false;
        setProblem(undefined);
        const open = async () => {
            const found = id === '' ? undefined : await readings.open(id);
            if (gone) return;
            setRun(found);
            if (found === undefined && id !== '') show('');
        };
        open().catch(setProblem);
        return () => {
            gone = true;
        };
    }, [readings, id]);

    const begin = useCallback(
        async (picture: Blob, name: string) => {
            setProblem(undefined);
            try {
                show((await readings.begin(picture, name)).reading().id);
            } catch (error) {
                setProblem(error);
            }
        },
        [readings],
    );
    const reopen = useCallback(() => {
        readings.open(id).then(setRun, setProblem);
    }, [readings, id]);
    const readAgain = useCallback(() => {
        readings.readAgain(id).then(setRun, setProblem);
    }, [readings, id]);
    const shown = run?.reading().id === id ? run : undefined;
    return (
        <>
            <a
                className="skip"
                href="#main"
                onClick={(event) => {
                    // The address names a reading, and stays.
                    event.preventDefault();
                    document.getElementById('main')?.focus();
                }}
            >
                {say('skip')}
            </a>
            <header className="top">
                <h1>
                    <img src="./icon.svg" alt="" width="28" height="28" />
                    Cocoon
                </h1>
                <LanguagePicker label={say('language')} />
                <WalletButton />
            </header>
            <main className="page stack" id="main" tabIndex={-1}>
                <WalletRefused />
                {problem !== undefined && <Problem error={problem} />}
                {shown === undefined ? (
                    <PicturePicker onPick={begin} />
                ) : (
                    <ReadingView
                        key={id}
                        run={shown}
                        onRetry={reopen}
                        onReadAgain={readAgain}
                        onClose={() => show('')}
                    />
                )}
                <ReadingList current={id} onOpen={show} />
            </main>
        </>
    );
}

function show(id: string): void {
    location.hash = id;
}

/** What the address of the page names, without the mark. */
function useHash(): string {
    return useSyncExternalStore(
        (listener) => {
            addEventListener('hashchange', listener);
            return () => removeEventListener('hashchange', listener);
        },
        () => location.hash.slice(1),
    );
}
