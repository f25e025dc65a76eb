import { ask, download } from './api';
import { barChart } from './chart';
import { bodyOf, button, h, table } from './dom';
import { count, plainGram, shortGram } from './format';
import type { Report, Summary, Sums } from './wire';

const GROUPS = [
    ['day', 'day (UTC)'],
    ['model', 'model'],
    ['reason', 'reason'],
    ['client', 'client'],
] as const;
const DAY_MS = 86_400_000;
const DAYS = 30;

/** Sums, the days as bars, and the books by whatever is asked for. */
export function createEarnings(): { update(): Promise<void> } {
    const cards = h('div', { class: 'sums' });
    const bars = h('div', {});
    const rows = h('div', { 'aria-live': 'polite' });
    const choice = h(
        'select',
        { id: 'earnings-by' },
        GROUPS.map(([value, text]) => h('option', { value }, text)),
    );
    const load = async () => {
        const report = await ask<Report>(`earnings?by=${choice.value}&days=${DAYS}`);
        rows.replaceChildren(reportTable(report));
    };
    choice.addEventListener('change', () => void load().catch(() => undefined));
    const save = () =>
        void download(
            `earnings/csv?by=${choice.value}&days=${DAYS}`,
            `cocoon-earnings-by-${choice.value}.csv`,
        ).catch(() => undefined);
    const details = h(
        'details',
        {},
        h('summary', {}, 'As a table, and to keep'),
        h(
            'p',
            { class: 'row' },
            h('label', { for: 'earnings-by' }, 'Add up by'),
            choice,
            button('Save as CSV', save),
        ),
        rows,
    );
    details.addEventListener('toggle', () => {
        if (details.open) void load().catch(() => undefined);
    });
    bodyOf('earnings').replaceChildren(cards, bars, details);
    return {
        async update() {
            const summary = await ask<Summary>('earnings/summary');
            cards.replaceChildren(
                sumCard('Today', summary.today),
                sumCard('7 days', summary.week),
                sumCard(`${DAYS} days`, summary.month),
            );
            bars.replaceChildren(barChart('Earned each day', lastDays(summary.days)));
            showReasons(summary);
            if (details.open) await load();
        },
    };
}

function sumCard(title: string, { earned, gas, lost, net, paid, won, seen }: Sums): HTMLElement {
    return h(
        'div',
        { class: 'sum' },
        h('h3', {}, title),
        h('p', { class: 'big' }, shortGram(net)),
        h(
            'p',
            { class: 'small' },
            `${plainGram(earned)} earned, ${plainGram(gas)} for gas` +
                (BigInt(lost) === 0n ? '' : `, ${plainGram(lost)} lost`),
        ),
        h('p', { class: 'small' }, `${count(paid, 'job')} paid, ${won} won, ${seen} seen`),
    );
}

/** Each of the last days, also those without an entry. */
export function lastDays(days: readonly { readonly key: string; readonly earned: string }[]) {
    const byDay = new Map(days.map((day) => [day.key, day]));
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    return Array.from({ length: DAYS }, (_, at) => {
        const day = new Date(today - (DAYS - 1 - at) * DAY_MS).toISOString().slice(0, 10);
        return { label: day, nano: byDay.get(day)?.earned ?? '0' };
    });
}

function reportTable({ by, rows }: Report): HTMLElement {
    const head = [by, 'earned', 'gas', 'lost', 'net', 'seen', 'bids', 'won', 'paid'];
    const cells = rows.map((row) => [
        row.key,
        ...[row.earned, row.gas, row.lost, row.net].map(plainGram),
        ...[row.seen, row.bids, row.won, row.paid].map(String),
    ]);
    if (rows.length === 0) return h('p', {}, `No jobs were seen in the last ${DAYS} days.`);
    return table(`Earnings by ${by} in the last ${DAYS} days, amounts in GRAM`, head, cells);
}

/** Why jobs brought nothing, most of them first. */
function showReasons({ reasons }: Summary): void {
    bodyOf('losses').replaceChildren(
        h('p', { class: 'small' }, `Of the jobs that were seen in the last ${DAYS} days.`),
        reasons.length === 0
            ? h('p', {}, 'No job was lost or left alone.')
            : h(
                  'ul',
                  { class: 'reasons' },
                  reasons.map(({ sentence, advice }) =>
                      h('li', {}, h('strong', {}, sentence), h('p', {}, advice)),
                  ),
              ),
    );
}
