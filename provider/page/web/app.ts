import { follow, lock, LockedError } from './api';
import { createChecks, showChecking } from './checks';
import { button, byId, h, whenChanged } from './dom';
import { createEarnings } from './earnings';
import { tickCountdowns } from './format';
import { createJobs } from './jobs';
import { createLogs } from './logs';
import { askForToken, open, takeToken } from './login';
import { showModels, showPrices } from './models';
import { showNow, showWork } from './now';
import { createPreferences } from './preferences';
import { showStake } from './stake';
import type { Checks, LogEntry, View } from './wire';

/** The books are read again so long after something changed in them at the earliest, milliseconds. */
const BOOKS_MS = 2_000;

const earnings = createEarnings();
const jobs = createJobs();
const checked = createChecks();
const logs = createLogs();
const preferences = createPreferences();
let books = '';
let booksTimer: ReturnType<typeof setTimeout> | undefined;

function show(view: View): void {
    const { roles, now, startedAt, chain, work, disk, stake, checks, models, quarantine } = view;
    showRoles(roles);
    showNow({ now, startedAt, chain });
    showWork({ work, disk });
    showStake({ stake, roles });
    showModels({ models, quarantine });
    if (checks !== undefined) showChecking(checks as Checks);
    const sums = JSON.stringify([view.totals, checks]);
    if (sums === books) return;
    books = sums;
    booksTimer ??= setTimeout(readBooks, BOOKS_MS);
    showFooter(view);
}

let provides = false;
let verifies = false;

/** One page for all nodes: sections that belong to a role are there where the node has it. */
const showRoles = whenChanged((roles: View['roles']) => {
    provides = roles.includes('provide');
    verifies = roles.includes('verify');
    for (const element of document.querySelectorAll<HTMLElement>('[data-role]')) {
        element.hidden = !roles.some((role) => role === element.dataset['role']);
    }
    if (provides) showPrices();
});

function readBooks(): void {
    booksTimer = undefined;
    // What fails now is tried again with the next change; the banner says that nothing answers.
    void Promise.all([
        ...(provides ? [earnings.update(), jobs.update()] : []),
        ...(verifies ? [checked.update()] : []),
    ]).catch(() => undefined);
}

function showFooter({ version, url, market }: View): void {
    byId('footer').replaceChildren(
        h(
            'p',
            {},
            `Cocoon ${version}. ` +
                (url === undefined
                    ? 'Nobody has to reach this node.'
                    : `Clients reach this node on ${url}.`),
        ),
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
