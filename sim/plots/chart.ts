import { scaleLinear, scaleLog } from 'd3-scale';
import { curveLinear, curveStepAfter, line } from 'd3-shape';

/** One axis; `format` makes the text of a tick. */
export interface Axis {
    /** With its unit. */
    readonly label: string;
    readonly kind: 'linear' | 'log';
    readonly domain: readonly [number, number];
    readonly ticks: readonly number[];
    readonly format: (value: number) => string;
}

export interface Mark {
    readonly x: number;
    readonly y: number;
    /** 95 %. */
    readonly interval: readonly [number, number];
}

export interface Series {
    readonly name: string;
    /** By the formula. */
    readonly points: readonly (readonly [number, number])[];
    /** By the simulation. */
    readonly marks: readonly Mark[];
    readonly dashed?: boolean;
    /** For what jumps from one whole number to the next. */
    readonly steps?: boolean;
}

export interface Chart {
    readonly title: string;
    readonly x: Axis;
    readonly y: Axis;
    readonly series: readonly Series[];
    /** A horizontal line that matters. */
    readonly rule?: { readonly y: number; readonly label: string };
}

const WIDTH = 760;
const HEIGHT = 400;
const MARGIN = { top: 44, right: 214, bottom: 56, left: 72 } as const;

/** Okabe and Ito's colours, which colour-blind readers tell apart; lighter on dark grounds. */
const LIGHT = ['#0072b2', '#d55e00', '#008060', '#a3427f', '#7a5c00'];
const DARK = ['#56b4e9', '#f28e4b', '#3fc79a', '#e08fc0', '#e6c34a'];

/** The chart as an SVG document, which follows the reader's choice of a light or a dark ground. */
export function renderChart(chart: Chart): string {
    const { title, series, rule } = chart;
    const x = scaleOf(chart.x, [MARGIN.left, WIDTH - MARGIN.right]);
    const y = scaleOf(chart.y, [HEIGHT - MARGIN.bottom, MARGIN.top]);
    const right = WIDTH - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    const parts = [
        `<text class="title" x="${MARGIN.left}" y="24">${escape(title)}</text>`,
        ...chart.y.ticks.map(
            (tick) =>
                `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>` +
                `<text x="${MARGIN.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${escape(chart.y.format(tick))}</text>`,
        ),
        ...chart.x.ticks.map(
            (tick) =>
                `<line class="axis" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${bottom}" y2="${bottom + 5}"/>` +
                `<text x="${at(x(tick))}" y="${bottom + 19}" text-anchor="middle">${escape(chart.x.format(tick))}</text>`,
        ),
        `<line class="axis" x1="${MARGIN.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
        `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 14}" text-anchor="middle">${escape(chart.x.label)}</text>`,
        `<text transform="translate(16 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(chart.y.label)}</text>`,
        ...(rule === undefined
            ? []
            : [
                  `<line class="rule" x1="${MARGIN.left}" x2="${right}" y1="${at(y(rule.y))}" y2="${at(y(rule.y))}"/>`,
                  `<text x="${right + 10}" y="${at(y(rule.y) + 4)}">${escape(rule.label)}</text>`,
              ]),
        ...series.flatMap((one, index) => drawSeries(one, index, x, y, chart)),
        ...legend(series, right + 10),
    ];
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(title)}">`,
        `<style>${STYLE}</style>`,
        `<clipPath id="inside"><rect x="${MARGIN.left - 5}" y="${MARGIN.top - 5}" width="${right - MARGIN.left + 10}" height="${bottom - MARGIN.top + 8}"/></clipPath>`,
        `<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
        ...parts,
        '</svg>',
        '',
    ].join('\n');
}

type Place = (value: number) => number;

function scaleOf({ kind, domain }: Axis, range: [number, number]): Place {
    const scale = kind === 'log' ? scaleLog(domain, range) : scaleLinear(domain, range);
    // A logarithm has no place for nothing: it stands at the end of the axis.
    return (value) => scale(kind === 'log' ? Math.max(value, domain[0]) : value);
}

function drawSeries(
    { points, marks, dashed, steps }: Series,
    index: number,
    x: Place,
    y: Place,
    chart: Chart,
): readonly string[] {
    const inside = ({ domain }: Axis, value: number) => value >= domain[0] && value <= domain[1];
    const path = line<readonly [number, number]>(
        ([place]) => x(place),
        ([, value]) => y(value),
    )
        .defined(([, value]) => chart.y.kind === 'linear' || value >= chart.y.domain[0])
        .curve(steps ? curveStepAfter : curveLinear)([...points]);
    const dash = dashed ? ' stroke-dasharray="6 4"' : '';
    return [
        `<path class="line s${index}" clip-path="url(#inside)"${dash} d="${path ?? ''}"/>`,
        ...marks
            .filter((mark) => inside(chart.x, mark.x))
            .map(
                ({ x: place, y: value, interval: [low, high] }) =>
                    `<g class="mark s${index}" clip-path="url(#inside)">` +
                    `<line x1="${at(x(place))}" x2="${at(x(place))}" y1="${at(y(low))}" y2="${at(y(high))}"/>` +
                    `<circle cx="${at(x(place))}" cy="${at(y(value))}" r="3.5"/></g>`,
            ),
    ];
}

function legend(series: readonly Series[], left: number): readonly string[] {
    return series.map(({ name, dashed }, index) => {
        const top = MARGIN.top + 8 + 22 * index;
        const dash = dashed ? ' stroke-dasharray="6 4"' : '';
        return (
            `<line class="line s${index}"${dash} x1="${left}" x2="${left + 24}" y1="${top}" y2="${top}"/>` +
            `<text x="${left + 30}" y="${top + 4}">${escape(name)}</text>`
        );
    });
}

const STYLE = [
    'text{font:12px system-ui,sans-serif;fill:#24292f}',
    '.title{font-size:14px;font-weight:600}',
    '.ground{fill:#fff}.grid{stroke:#d8dee4}.axis{stroke:#57606a}',
    '.rule{stroke:#57606a;stroke-width:1.5;stroke-dasharray:2 3}',
    '.line{fill:none;stroke-width:2}.mark line{stroke-width:1.5}.mark circle{fill:#fff;stroke-width:1.5}',
    colours(LIGHT),
    '@media(prefers-color-scheme:dark){',
    'text{fill:#e6edf3}.ground{fill:#0d1117}.grid{stroke:#30363d}.axis,.rule{stroke:#8b949e}',
    '.mark circle{fill:#0d1117}',
    colours(DARK),
    '}',
].join('');

function colours(list: readonly string[]): string {
    return list
        .map((colour, at) => `.s${at},.s${at} line,.s${at} circle{stroke:${colour}}`)
        .join('');
}

function at(value: number): string {
    return String(Number(value.toFixed(1)));
}

function escape(text: string): string {
    return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
