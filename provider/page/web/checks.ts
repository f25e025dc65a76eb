import { ask } from './api';
import { barChart } from './chart';
import { bodyOf, button, h, whenChanged } from './dom';
import { lastDays } from './earnings';
import { count, countdown, gram, jobName, moment, plainGram, shortGram } from './format';
import type { CheckRow, CheckRows, Checks, CheckSums, CheckSummary, RunningCheck } from './wire';

const DAYS = 30;
const PAGE = 15;

const PHASES: Readonly<Record<string, string>> = {
    'checking claim': 'takes claims',
    'checking seal': 'waits for what the verifier seals',
    'checking open': 'waits for the provider to open its sketch',
    'checking reveal': 'waits for what the verifier reveals',
    'jury seed': 'waits for a later block, which draws the jury',
    'jury claim': 'takes claims for its jury',
    'jury seal': 'waits for what the jurors seal',
    'jury reveal': 'waits for what the jurors reveal',
    'jury over': 'is about to be decided',
    appeal: 'may still be disputed',
};
const STEPS: Readonly<Record<string, string>> = {
    claiming: 'claim is being sent',
    claimed: 'claimed',
    sealing: 'seal is being sent',
    sealed: 'sealed',
    revealing: 'reveal is being sent',
    revealed: 'revealed',
    outdone: 'outdone',
    returned: 'bond is back',
    lost: 'bond is lost',
};

/** Checks and juries that the node looks at, and what it has in them. */
export const showChecking = whenChanged((checks: Checks) => {
    const { bondsAtStake, maxBonds, maxChecks, totals } = checks;
    // Those with a bond first.
    const claimed = checks.checks.filter(({ claim }) => claim !== undefined);
    const others = checks.checks.length - claimed.length;
    bodyOf('checking').replaceChildren(
        claimed.length === 0
            ? h('p', {}, 'No check is claimed now.')
            : h('ul', { class: 'cards' }, claimed.map(checkCard)),
        h(
            'p',
            { class: 'small' },
            (others === 0 ? '' : `Looks at ${count(others, 'other check', 'other checks')}. `) +
                `Bonds of ${gram(bondsAtStake)} at stake, of at most ${gram(maxBonds)}; ` +
                `at most ${count(maxChecks, 'check')} at a time.`,
        ),
        h(
            'p',
            { class: 'small' },
            `Since the beginning: ${count(totals.claims, 'claim')}, ${totals.verified} verified, ` +
                `${count(totals.sat, 'seat')} in juries; ${gram(totals.earned)} earned, ` +
                `${gram(totals.lost)} lost, ${gram(totals.fees)} for gas.`,
        ),
    );
});

function checkCard(check: RunningCheck): HTMLElement {
    const { modelName, stage, phase, dueAt, claim, owes } = check;
    const is = PHASES[phase === undefined ? stage : `${stage} ${phase}`] ?? 'is being looked at';
    return h(
        'li',
        {},
        h(
            'p',
            {},
            h('strong', { class: 'name' }, modelName ?? 'A job'),
            ` ${is}`,
            dueAt === undefined ? '' : '; this phase has ',
            dueAt === undefined ? '' : countdown(dueAt * 1000, 'left'),
        ),
        owes
            ? h('p', {}, 'This node has to act before that, which it does by itself: keep it on.')
            : undefined,
        h(
            'p',
            { class: 'small' },
            `Job ${jobName(check)}`,
            claim === undefined
                ? ''
                : `, as ${claim.role === 'juror' ? 'a juror' : 'the verifier'}: ` +
                      `${STEPS[claim.step] ?? claim.step}, with a bond of ${gram(claim.bond)} for ${gram(claim.fee)}`,
        ),
    );
}

/** What checks and juries brought, why others were not claimed, and all of them one by one. */
export function createChecks(): { update(): Promise<void> } {
    const cards = h('div', { class: 'sums' });
    const bars = h('div', {});
    bodyOf('checks').replaceChildren(cards, bars);
    const list = createList();
    return {
        async update() {
            const summary = await ask<CheckSummary>('checks/summary');
            cards.replaceChildren(
                sumCard('Today', summary.today),
                sumCard('7 days', summary.week),
                sumCard(`${DAYS} days`, summary.month),
            );
            const days = lastDays(summary.days);
            bars.replaceChildren(barChart('Earned with checks each day', days));
            showReasons(summary);
            await list.update();
        },
    };
}

function sumCard(title: string, sums: CheckSums): HTMLElement {
    const { net, earned, fees, lost, claimed, verified, sat, seen } = sums;
    return h(
        'div',
        { class: 'sum' },
        h('h3', {}, title),
        h('p', { class: 'big' }, shortGram(net)),
        h(
            'p',
            { class: 'small' },
            `${plainGram(earned)} earned, ${plainGram(fees)} for gas` +
                (BigInt(lost) === 0n ? '' : `, ${plainGram(lost)} of bonds lost`),
        ),
        h(
            'p',
            { class: 'small' },
            `${verified} verified, ${count(sat, 'jury seat')}, ${claimed} claimed, ${seen} seen`,
        ),
    );
}

function showReasons({ reasons }: CheckSummary): void {
    bodyOf('unclaimed').replaceChildren(
        h('p', { class: 'small' }, `Of the checks that were listed in the last ${DAYS} days.`),
        reasons.length === 0
            ? h('p', {}, 'Every check that was listed was claimed.')
            : h(
                  'ul',
                  { class: 'reasons' },
                  reasons.map(({ count: times, sentence, advice }) =>
                      h(
                          'li',
                          {},
                          h('strong', {}, `${count(times, 'check')}: ${sentence}`),
                          h('p', {}, advice),
                      ),
                  ),
              ),
    );
}

function createList(): { update(): Promise<void> } {
    const list = h('ul', { class: 'jobs' });
    const empty = h('p', {}, 'No check was listed yet.');
    const opened = new Set<string>();
    let next: string | null = null;
    const load = async (older: boolean) => {
        const from = older && next !== null ? `&before=${encodeURIComponent(next)}` : '';
        const limit = older ? PAGE : Math.min(100, Math.max(PAGE, list.children.length));
        const answer = await ask<CheckRows>(`checks?limit=${limit}${from}`);
        const rows = answer.entries.map((entry) => rowOf(entry, opened));
        if (older) list.append(...rows);
        else list.replaceChildren(...rows);
        next = answer.next;
        more.hidden = next === null;
        empty.hidden = list.children.length > 0;
    };
    const more = button('Older checks', () => void load(true).catch(() => undefined));
    more.hidden = true;
    bodyOf('check-list').replaceChildren(empty, list, more);
    return { update: () => load(false) };
}

function rowOf(row: CheckRow, opened: Set<string>): HTMLElement {
    const { escrow, jobId, modelName, open, earned, claims, news, seenAt, why } = row;
    const key = `${escrow}/${jobId}`;
    const [tag, word] = outcomeOf(row);
    const details = h(
        'details',
        {},
        h(
            'summary',
            {},
            h('span', { class: `tag ${tag}` }, word),
            ' ',
            h('span', { class: 'name' }, modelName ?? 'model not looked at'),
            BigInt(earned) > 0n ? ` for ${gram(earned)}` : '',
            h('span', { class: 'small when' }, moment(seenAt), ` · ${jobName(row)}`),
        ),
        why === undefined || open ? undefined : h('p', {}, `What to do: ${why.advice}`),
        claims.length === 0
            ? undefined
            : h(
                  'p',
                  { class: 'small' },
                  claims
                      .map(({ role, step, bond }) => {
                          return `As ${role}: ${STEPS[step] ?? step}, bond ${gram(bond)}.`;
                      })
                      .join(' '),
              ),
        h(
            'ol',
            { class: 'steps' },
            news.map(({ at, text }) => h('li', {}, moment(at, 'clock'), ` ${text}`)),
        ),
    );
    details.open = opened.has(key);
    details.addEventListener('toggle', () => {
        if (details.open) opened.add(key);
        else opened.delete(key);
    });
    return h('li', {}, details);
}

function outcomeOf({ open, earned, claims, why }: CheckRow): readonly [string, string] {
    if (claims.some(({ step }) => step === 'lost')) return ['forfeited', 'bond lost'];
    if (BigInt(earned) > 0n) return ['paid', 'paid'];
    if (open) return ['open', 'open'];
    return why === undefined ? ['unpaid', 'over'] : ['passed', 'not claimed'];
}
