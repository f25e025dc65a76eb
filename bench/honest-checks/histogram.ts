import type { CheckSeries } from './run-checks';

/** Distances over tau of all models, for one kind of result. */
export interface Distribution {
    readonly kind: string;
    readonly honest: boolean;
    readonly overTau: readonly number[];
}

/** One distribution for each kind, over all models, in the order in which they come. */
export function distributions(series: readonly CheckSeries[]): Distribution[] {
    const kinds = new Map<string, { honest: boolean; overTau: number[] }>();
    for (const { kind, honest, checks } of series) {
        const found = kinds.get(kind) ?? { honest, overTau: [] };
        for (const { overTau } of checks) found.overTau.push(overTau);
        kinds.set(kind, found);
    }
    return [...kinds].map(([kind, { honest, overTau }]) => ({ kind, honest, overTau }));
}

const FROM = -6;
const TO = 6;
/** Bins in a decade. */
const FINENESS = 5;
const BINS = (TO - FROM) * FINENESS;

const LEFT = 210;
const DECADE = 44;
const ROW = 46;
const TOP = 34;
const BAR = 36;
const WIDTH = LEFT + DECADE * (TO - FROM) + 90;

/** Where the contracts draw lines, over tau, and what they say there. */
const LINES: readonly (readonly [overTau: number, words: string])[] = [
    [0.25, '¼ tau'],
    [1, 'tau'],
    [8, '8 tau'],
];

/**
 * Histograms of log10(distance / tau), one above another, as SVG. Equal results, whose logarithm there
 * is none of, are told in words at the right, as are those beyond the scale.
 */
export function histogramSvg(all: readonly Distribution[]): string {
    const height = TOP + ROW * all.length + 40;
    const x = (log: number) => LEFT + DECADE * (log - FROM);
    const parts: string[] = [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
        `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ];
    const bottom = TOP + ROW * all.length;
    for (const [overTau, words] of LINES) {
        const at = x(Math.log10(overTau)).toFixed(1);
        parts.push(
            `<line x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${bottom}" stroke="#999" stroke-dasharray="3 3"/>`,
            `<text x="${at}" y="${overTau === 1 ? 12 : 24}" text-anchor="middle" fill="#555">${words}</text>`,
        );
    }
    all.forEach(({ kind, honest, overTau }, row) => {
        const base = TOP + ROW * (row + 1) - 6;
        const bins = binned(overTau);
        const highest = Math.max(1, ...bins);
        const colour = honest ? '#2b7a4b' : '#b3402f';
        parts.push(
            `<text x="${LEFT - 12}" y="${base}" text-anchor="end" fill="#222">${kind}</text>`,
            `<line x1="${LEFT}" x2="${x(TO)}" y1="${base}" y2="${base}" stroke="#ccc"/>`,
        );
        bins.forEach((count, bin) => {
            if (count === 0) return;
            const size = Math.max(1, (BAR * count) / highest);
            const left = x(FROM + bin / FINENESS);
            parts.push(
                `<rect x="${left.toFixed(1)}" y="${(base - size).toFixed(1)}" width="${(DECADE / FINENESS - 1).toFixed(1)}" height="${size.toFixed(1)}" fill="${colour}"/>`,
            );
        });
        const equal = overTau.filter((value) => value === 0).length;
        const share = Math.round((100 * equal) / Math.max(1, overTau.length));
        parts.push(
            `<text x="${x(TO) + 8}" y="${base}" fill="#555">${share === 0 ? '' : `${share} % equal`}</text>`,
        );
    });
    for (let log = FROM; log <= TO; log++) {
        parts.push(
            `<text x="${x(log)}" y="${bottom + 16}" text-anchor="middle" fill="#222">${log}</text>`,
        );
    }
    parts.push(
        `<text x="${x((FROM + TO) / 2)}" y="${bottom + 34}" text-anchor="middle" fill="#222">log10(distance / tau)</text>`,
        '</svg>',
    );
    return `${parts.join('\n')}\n`;
}

/** Counts by bin; what lies outside goes to the first and the last. */
function binned(values: readonly number[]): number[] {
    const bins = new Array<number>(BINS).fill(0);
    for (const value of values) {
        if (value === 0) continue;
        const bin = Math.floor((Math.log10(value) - FROM) * FINENESS);
        const held = Math.min(BINS - 1, Math.max(0, bin));
        bins[held] = (bins[held] ?? 0) + 1;
    }
    return bins;
}
