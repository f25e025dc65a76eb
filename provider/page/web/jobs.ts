import { ask } from './api';
import { bodyOf, button, h } from './dom';
import { gram, jobName, moment } from './format';
import type { Outcome, Outcomes, Timeline } from './wire';

const WORDS: Readonly<Record<string, string>> = {
    open: 'open',
    passed: 'left alone',
    lost: 'outbid',
    declined: 'given back',
    paid: 'paid',
    unpaid: 'not paid',
    forfeited: 'lock lost',
    convicted: 'convicted',
};
const PAGE = 15;

/** All jobs that the node has seen, the newest first, each step by step. */
export function createJobs(): { update(): Promise<void> } {
    const list = h('ul', { class: 'jobs' });
    const empty = h('p', {}, 'The node has not seen a job yet.');
    const kept = new Map<string, { readonly json: string; readonly element: HTMLElement }>();
    /** A job of which nothing is new stays as it is, opened or not. */
    const rowOf = (entry: Outcome) => {
        const json = JSON.stringify(entry);
        const before = kept.get(keyOf(entry));
        if (before?.json === json) return before.element;
        const open = before?.element.querySelector('details')?.open ?? false;
        const element = jobRow(entry, open);
        kept.set(keyOf(entry), { json, element });
        return element;
    };
    let next: string | null = null;
    let shown = 0;
    const more = button('Older jobs', () => void load(true).catch(() => undefined));
    const load = async (older: boolean) => {
        const from = older && next !== null ? `&before=${encodeURIComponent(next)}` : '';
        const limit = older ? PAGE : Math.min(100, Math.max(PAGE, shown));
        const answer = await ask<Outcomes>(`outcomes?limit=${limit}${from}`);
        const rows = answer.entries.map((entry) => rowOf(entry));
        if (older) list.append(...rows);
        else replaceKeepingFocus(list, rows);
        shown = list.children.length;
        next = answer.next;
        more.hidden = next === null;
        empty.hidden = shown > 0;
    };
    more.hidden = true;
    bodyOf('jobs').replaceChildren(empty, list, more);
    return { update: () => load(false) };
}

function replaceKeepingFocus(list: HTMLElement, rows: readonly HTMLElement[]): void {
    const active = document.activeElement;
    list.replaceChildren(...rows);
    if (active instanceof HTMLElement && list.contains(active)) {
        active.focus({ preventScroll: true });
    }
}

function keyOf({ escrow, jobId, seenAt }: Outcome): string {
    return `${escrow}/${jobId}/${seenAt}`;
}

function jobRow(entry: Outcome, open: boolean): HTMLElement {
    const { escrow, jobId, modelName, outcome, detail, price, earned, seenAt, code, kind, advice } =
        entry;
    const steps = h('div', {});
    const amount = earned ?? price;
    const details = h(
        'details',
        {},
        h(
            'summary',
            {},
            h('span', { class: `tag ${outcome}` }, WORDS[outcome] ?? outcome),
            ' ',
            h('span', { class: 'name' }, modelName ?? 'model not looked at'),
            amount === undefined ? '' : ` ${earned === undefined ? 'bid' : 'for'} ${gram(amount)}`,
            kind === undefined || outcome === 'paid'
                ? undefined
                : h('span', { class: 'small' }, `: ${kind}`),
            h('span', { class: 'small when' }, moment(seenAt), ` · ${jobName(entry)}`),
        ),
        detail === undefined ? undefined : h('p', {}, detail),
        advice === undefined || outcome === 'paid'
            ? undefined
            : h('p', {}, `What to do: ${advice}`),
        code === undefined ? undefined : h('p', { class: 'small' }, 'Reason ', h('code', {}, code)),
        steps,
    );
    const load = async () => {
        const told = await ask<Timeline>(`outcomes/${encodeURIComponent(escrow)}/${jobId}`);
        steps.replaceChildren(
            h(
                'ol',
                { class: 'steps' },
                told.steps.map(({ at, text }) => h('li', {}, moment(at, 'clock'), ` ${text}`)),
            ),
        );
    };
    details.addEventListener('toggle', () => {
        if (details.open) void load().catch(() => undefined);
    });
    details.open = open;
    return h('li', {}, details);
}
