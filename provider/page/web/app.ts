import { follow, lock, LockedError } from './api';
import { button, byId, h } from './dom';
import { createEarnings } from './earnings';
import { tickCountdowns } from './format';
import { createJobs } from './jobs';
import { createLogs } from './logs';
import { askForToken, open, takeToken } from './login';
import { showModels, showPrices } from './models';
import { showNow, showWork } from './now';
import { createPreferences } from './preferences';
import { showStake } from './stake';
import type { LogEntry, View } from './wire';

/** The books are read again so long after something changed in them at the earliest, milliseconds. */
const BOOKS_MS = 2_000;

const earnings = createEarnings();
const jobs = createJobs();
const logs = createLogs();
const preferences = createPreferences();
let books = '';
let booksTimer: ReturnType<typeof setTimeout> | undefined;

function show(view: View): void {
    const { now, startedAt, chain, work, disk, stake, checks, models, quarantine } = view;
    showNow({ now, startedAt, chain });
    showWork({ work, disk });
    showStake({ stake, checks });
    showModels({ models, quarantine });
    const sums = JSON.stringify(view.totals);
    if (sums === books) return;
    books = sums;
    booksTimer ??= setTimeout(readBooks, BOOKS_MS);
    showFooter(view);
}

function readBooks(): void {
    booksTimer = undefined;
    // What fails now is tried again with the next change; the banner says that nothing answers.
    void Promise.all([earnings.update(), jobs.update()]).catch(() => undefined);
}

function showFooter({ version, url, market }: View): void {
    byId('footer').replaceChildren(
        h('p', {}, `Cocoon ${version}. Clients reach this node on ${url}.`),
        h('p', {}, 'Market ', h('span', { class: 'address' }, market)),
        h(
            'p',
            {},
            button('Close this page’s session', () => void signOut()),
        ),
    );
}

async function signOut(): Promise<void> {
    await lock();
    location.reload();
}

function connected(is: boolean): void {
    const banner = byId('connection');
    if (banner.hidden === is) return;
    banner.hidden = is;
    banner.textContent = is
        ? ''
        : 'The node does not answer. What you see is from before; trying again.';
    // Another program may listen there by now, and preferences may be others.
    if (is) void preferences.load().catch(() => undefined);
}

async function run(): Promise<void> {
    const token = takeToken();
    let why = token === undefined ? undefined : await open(token);
    if (why !== undefined) await askForToken(why);
    for (;;) {
        try {
            await preferences.load();
            showPrices();
            byId('sections').hidden = byId('nav').hidden = byId('footer').hidden = false;
            readBooks();
            await follow({
                on(event, data) {
                    if (event === 'state') show(data as View);
                    if (event === 'log') logs.add(data as readonly LogEntry[]);
                },
                connected,
            });
        } catch (error) {
            why = error instanceof LockedError ? undefined : 'The node does not answer.';
            await askForToken(why);
        }
    }
}

setInterval(tickCountdowns, 1_000);
document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void preferences.load().catch(() => undefined);
});
// A link with a new token may be opened in a page that is open already.
addEventListener('hashchange', () => {
    if (location.hash.startsWith('#token=')) location.reload();
});
void run();
