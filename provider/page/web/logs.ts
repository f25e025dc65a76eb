import { bodyOf, h } from './dom';
import { moment } from './format';
import type { LogEntry } from './wire';

const MOST_LINES = 500;

/** What the node says and logs, as it comes. */
export function createLogs(): { add(entries: readonly LogEntry[]): void } {
    const lines = h('ol', { class: 'log' });
    const frame = h(
        'div',
        {
            class: 'logframe',
            tabindex: 0,
            role: 'log',
            'aria-live': 'off',
            'aria-labelledby': 'logs-title',
        },
        lines,
    );
    const choice = h(
        'select',
        { id: 'log-level' },
        h('option', { value: 'says' }, 'what happens'),
        h('option', { value: 'warn' }, 'warnings and errors'),
        h('option', { value: 'all' }, 'everything'),
    );
    choice.addEventListener('change', () => (lines.dataset['show'] = choice.value));
    lines.dataset['show'] = choice.value;
    bodyOf('logs').replaceChildren(
        h('p', { class: 'row' }, h('label', { for: 'log-level' }, 'Show'), choice),
        frame,
        h(
            'p',
            { class: 'small' },
            'The last 500 lines since the node was started; the whole log is in provider/node.log.',
        ),
    );
    let last = 0;
    return {
        add(entries) {
            // Numbers of a node that was started again begin anew.
            const first = entries[0]?.seq ?? 0;
            if (first > 0 && first <= last) {
                last = 0;
                lines.replaceChildren();
            }
            const atEnd = frame.scrollHeight - frame.scrollTop - frame.clientHeight < 40;
            for (const entry of entries) {
                if (entry.seq <= last) continue;
                last = entry.seq;
                lines.append(logLine(entry));
            }
            while (lines.children.length > MOST_LINES) lines.firstElementChild?.remove();
            if (atEnd) frame.scrollTop = frame.scrollHeight;
        },
    };
}

function logLine({ at, level, text, more }: LogEntry): HTMLElement {
    return h(
        'li',
        { class: level },
        moment(at, 'clock'),
        level === 'says' ? ' ' : [' ', h('span', { class: 'level' }, level), ' '],
        text,
        more === '' ? undefined : [' ', h('span', { class: 'more' }, more)],
    );
}
