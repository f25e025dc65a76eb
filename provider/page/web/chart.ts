import { type Child, h, svg } from './dom';
import { gram } from './format';

export interface Bar {
    /** A day, `2026-11-26`. */
    readonly label: string;
    readonly nano: string;
}

/** Of the drawing, which is stretched to the room that there is. */
const WIDTH = 600;
const HEIGHT = 100;
const GAP = 0.25;

/** Amounts as bars; the table beside it says the same to who cannot see them. */
export function barChart(title: string, bars: readonly Bar[]): HTMLElement {
    const most = bars.reduce((max, { nano }) => (BigInt(nano) > max ? BigInt(nano) : max), 0n);
    if (most === 0n) {
        return h('p', { class: 'small' }, `${title}: nothing in these ${bars.length} days.`);
    }
    const step = WIDTH / bars.length;
    const shapes: Child[] = bars.map(({ label, nano }, at) => {
        const height = Number((BigInt(nano) * 10_000n) / most) * (HEIGHT / 10_000);
        const seen = nano === '0' ? 0 : Math.max(height, 1);
        const place = {
            x: at * step + (step * GAP) / 2,
            y: HEIGHT - seen,
            width: step * (1 - GAP),
            height: seen,
        };
        return svg('rect', { class: 'bar', ...place }, svg('title', {}, `${label}: ${gram(nano)}`));
    });
    const first = bars[0]?.label ?? '';
    const last = bars.at(-1)?.label ?? '';
    const sum = bars.reduce((total, { nano }) => total + BigInt(nano), 0n);
    const label = `${title} from ${first} to ${last}: ${gram(sum)} in all, ${gram(most)} on the best day.`;
    const ends = (...texts: string[]) =>
        h(
            'div',
            { class: 'ends small' },
            texts.map((text) => h('span', {}, text)),
        );
    return h(
        'figure',
        {},
        h('figcaption', {}, ends(`${title} (UTC)`, `up to ${gram(most)}`)),
        svg(
            'svg',
            {
                viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
                preserveAspectRatio: 'none',
                role: 'img',
                'aria-label': label,
            },
            shapes,
        ),
        ends(first, last),
    );
}
