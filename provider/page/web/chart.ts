import { type Child, h, svg } from './dom';
import { gram } from './format';

export interface Bar {
    /** A day, `2026-11-26`. */
    readonly label: string;
    readonly nano: string;
}

const WIDTH = 600;
const HEIGHT = 150;
const TOP = 18;
const BOTTOM = 20;
const GAP = 0.25;

/** Amounts as bars; the table beside it says the same to who cannot see them. */
export function barChart(title: string, bars: readonly Bar[]): HTMLElement {
    const most = bars.reduce((max, { nano }) => (BigInt(nano) > max ? BigInt(nano) : max), 0n);
    if (most === 0n)
        return h('p', { class: 'small' }, `${title}: nothing in these ${bars.length} days.`);
    const step = WIDTH / bars.length;
    const room = HEIGHT - TOP - BOTTOM;
    const shapes: Child[] = bars.map(({ label, nano }, at) => {
        const height = Number((BigInt(nano) * 10_000n) / most) * (room / 10_000);
        const place = {
            x: at * step + (step * GAP) / 2,
            y: HEIGHT - BOTTOM - height,
            width: step * (1 - GAP),
            height: nano === '0' ? 0 : Math.max(height, 1),
            rx: 2,
        };
        return svg('rect', { class: 'bar', ...place }, svg('title', {}, `${label}: ${gram(nano)}`));
    });
    const first = bars[0]?.label ?? '';
    const last = bars.at(-1)?.label ?? '';
    const sum = bars.reduce((total, { nano }) => total + BigInt(nano), 0n);
    const label = `${title} from ${first} to ${last}: ${gram(sum)} in all, ${gram(most)} on the best day.`;
    return h(
        'figure',
        {},
        h('figcaption', { class: 'small' }, `${title} (UTC)`),
        svg(
            'svg',
            { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
            svg('line', { class: 'axis', x1: 0, x2: WIDTH, y1: TOP, y2: TOP }),
            svg('line', {
                class: 'axis',
                x1: 0,
                x2: WIDTH,
                y1: HEIGHT - BOTTOM,
                y2: HEIGHT - BOTTOM,
            }),
            svg('text', { x: 0, y: TOP - 6 }, gram(most)),
            shapes,
            svg('text', { x: 0, y: HEIGHT - 5 }, first),
            svg('text', { x: WIDTH, y: HEIGHT - 5, 'text-anchor': 'end' }, last),
        ),
    );
}
