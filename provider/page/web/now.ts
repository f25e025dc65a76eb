import { bodyOf, button, byId, facts, h, visible, whenChanged } from './dom';
import { bytes, count, countdown, gram, jobName } from './format';
import { openPreference } from './preferences';
import type { View } from './wire';

const PHASES: Readonly<Record<string, string>> = {
    looking: 'is being looked at',
    bid: 'has a bid of this node',
    working: 'is being computed',
    committed: 'is delivered, and waits for its client',
    checking: 'is being checked',
};
/** What ends with the time that is left. */
const DUE: Readonly<Record<string, string>> = {
    looking: 'bids end in',
    bid: 'bids end in',
    working: 'due in',
    committed: 'the client has',
    checking: 'this step has',
};

type Reason = View['now']['reasons'][number];

interface ReasonRow {
    readonly element: HTMLElement;
    update(reason: Reason): void;
}

const state = h('p', {});
const reasonList = h('ul', { class: 'reasons' });
const nowFacts = h('div', {});
const reasonRows = new Map<string, ReasonRow>();

/** What the node does now, and why it does not more. */
export const showNow = whenChanged((view: Pick<View, 'now' | 'startedAt' | 'chain'>) => {
    const { now, startedAt, chain } = view;
    byId('light').className = `light ${now.kind}`;
    document.title = `${now.sentence} Cocoon node`;
    state.className = `state ${now.kind}`;
    state.textContent = now.sentence;
    showReasons(now.reasons);
    announce(now);
    nowFacts.replaceChildren(
        facts(
            ['Runs since', countdown(startedAt, 'since')],
            now.suspendedSince === undefined
                ? undefined
                : ['Suspended since', countdown(now.suspendedSince, 'since')],
            now.begun === undefined ? undefined : ['What was begun', now.begun],
            [
                'May compute with',
                `${count(now.processes, 'process', 'processes')}, ${shareText(now.share)}`,
            ],
            chain.failures === 0
                ? undefined
                : [
                      'Chain',
                      `fails ${count(chain.failures, 'time')} in a row. ${chain.lastError ?? ''}`,
                  ],
        ),
    );
    const body = bodyOf('now');
    if (!state.isConnected) body.replaceChildren(state, reasonList, nowFacts);
});

/** Sentences may count seconds: what is there stays, so that a button can be pressed. */
function showReasons(reasons: readonly Reason[]): void {
    for (const reason of reasons) {
        const row = reasonRows.get(reason.code) ?? reasonRow(reason);
        reasonRows.set(reason.code, row);
        row.update(reason);
    }
    const rows = reasons.flatMap(({ code }) => reasonRows.get(code)?.element ?? []);
    const same =
        rows.length === reasonList.children.length &&
        rows.every((row, at) => reasonList.children[at] === row);
    if (!same) reasonList.replaceChildren(...rows);
    reasonList.hidden = rows.length === 0;
}

function reasonRow({ preference }: Reason): ReasonRow {
    const sentence = h('strong', {});
    const advice = h('p', {});
    const lead =
        preference === undefined
            ? undefined
            : button(`Change ${preference}`, () => openPreference(preference));
    return {
        element: h('li', {}, sentence, advice, lead),
        update(reason) {
            sentence.textContent = visible(reason.sentence);
            advice.textContent = visible(reason.advice);
        },
    };
}

let announced = '';

/** Says what is new to who listens to the page, and not each second that a sentence counts. */
function announce({ kind, sentence, reasons }: View['now']): void {
    const now = [kind, ...reasons.map(({ code }) => code)].join(' ');
    if (now === announced) return;
    announced = now;
    const said = [sentence, ...reasons.map((reason) => reason.sentence)].join(' ');
    byId('news').textContent = visible(said);
}

function shareText(share: number): string {
    if (share === 1) return 'all the time';
    return share === 0 ? 'stopped now' : `${Math.round(share * 100)}\u00a0% of the time`;
}

/** Jobs that the node has taken up. */
export const showWork = whenChanged(({ work, disk }: Required<Pick<View, 'work' | 'disk'>>) => {
    if (work === undefined || disk === undefined) return;
    const open = work.jobs.filter(({ phase }) => phase !== 'waiting');
    const waiting = work.jobs.length - open.length;
    const jobs = open.map((job) => {
        const { phase, model, items, finished, price, dueAt } = job;
        const busy = phase === 'working' && items !== undefined;
        return h(
            'li',
            {},
            h(
                'p',
                {},
                h('strong', { class: 'name' }, model ?? 'A job'),
                ` ${PHASES[phase] ?? phase}`,
                price === undefined ? '' : ` for ${gram(price)}`,
                dueAt === undefined ? '' : `; ${DUE[phase] ?? 'due in'} `,
                dueAt === undefined ? '' : countdown(dueAt * 1000, 'left'),
            ),
            busy
                ? h('progress', {
                      max: items,
                      value: finished,
                      'aria-label': `Finished items of job ${jobName(job)}`,
                  })
                : undefined,
            h(
                'p',
                { class: 'small' },
                `Job ${jobName(job)}`,
                items === undefined
                    ? ''
                    : busy
                      ? `, ${finished} of ${count(items, 'item')}`
                      : `, ${count(items, 'item')}`,
            ),
        );
    });
    bodyOf('work').replaceChildren(
        jobs.length === 0 ? h('p', {}, 'No job now.') : h('ul', { class: 'cards' }, jobs),
        h(
            'p',
            { class: 'small' },
            `At most ${count(work.maxJobs, 'job')} at a time` +
                (waiting === 0 ? '. ' : `; ${waiting} more ${waiting === 1 ? 'waits' : 'wait'}. `) +
                `${count(disk.resultsServed, 'result')} served to clients, ${bytes(disk.blobBytes + disk.uploadBytes)} on disk.`,
        ),
    );
});
