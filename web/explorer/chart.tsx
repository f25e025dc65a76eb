import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { spanOf, ticksIn } from './chart-span';
import { useWords } from './words';

export interface Series {
    readonly label: string;
    readonly values: readonly number[];
    /** A variable of tokens.css. */
    readonly colour: string;
    readonly line?: boolean;
}

export interface ChartProps {
    readonly title: string;
    /** UNIX seconds. */
    readonly times: readonly number[];
    readonly series: readonly Series[];
    readonly write: (value: number) => string;
    readonly head: readonly string[];
    /** The same as text. */
    readonly rows: readonly (readonly string[])[];
}

const HEIGHT = 200;

/** A chart for those who see it, with a table beside it for everybody. */
export function Chart({ title, times, series, write, head, rows }: ChartProps) {
    const { say, language } = useWords();
    const holder = useRef<HTMLDivElement>(null);
    const drawn = JSON.stringify([times, series]);
    useEffect(() => {
        const place = holder.current;
        if (place === null || times.length === 0) return;
        const plot = new uPlot(
            optionsFor(place, { times, series, write }, language),
            [[...times], ...series.map(({ values }) => [...values])],
            place,
        );
        const sized = new ResizeObserver(() => {
            plot.setSize({ width: place.clientWidth, height: HEIGHT });
        });
        sized.observe(place);
        const scheme = matchMedia('(prefers-color-scheme: dark)');
        const redraw = () => plot.redraw();
        scheme.addEventListener('change', redraw);
        return () => {
            scheme.removeEventListener('change', redraw);
            sized.disconnect();
            plot.destroy();
        };
        // `drawn` stands for times and series.
    }, [drawn, language]);
    return (
        <figure className="chart">
            <figcaption>{title}</figcaption>
            <div ref={holder} aria-hidden="true" className="plot" />
            <details>
                <summary>{say('asTable')}</summary>
                <div className="scroll" tabIndex={0} role="group" aria-label={title}>
                    <table>
                        <caption className="unseen">{title}</caption>
                        <thead>
                            <tr>
                                {head.map((text) => (
                                    <th key={text} scope="col">
                                        {text}
                                    </th>
                                ))}
                            </tr>
                        </thead>
                        <tbody>
                            {rows.map(([first, ...others]) => (
                                <tr key={first}>
                                    <th scope="row">{first}</th>
                                    {others.map((text, at) => (
                                        <td key={head[at + 1]}>{text}</td>
                                    ))}
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            </details>
        </figure>
    );
}

function optionsFor(
    place: HTMLElement,
    { times, series, write }: Pick<ChartProps, 'times' | 'series' | 'write'>,
    language: string,
): uPlot.Options {
    const colour = (name: string) => () => getComputedStyle(place).getPropertyValue(name);
    const bars = uPlot.paths.bars?.({ size: [0.7, 40] });
    // Not what uPlot says of a single value: that it lasts for years.
    const span = spanOf(times, !series.some(({ line }) => line));
    const ticks = ticksIn(language, span);
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 } };
    return {
        width: Math.max(200, place.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
            x: { range: span },
            y: { range: (_plot, _least, most) => [0, most * 1.1 || 1] },
        },
        axes: [
            { ...axis, values: (_plot, splits) => splits.map((at) => ticks.format(at * 1000)) },
            { ...axis, size: 90, values: (_plot, splits) => splits.map(write) },
        ],
        series: [
            {},
            ...series.map(({ label, colour: name, line }) => ({
                label,
                stroke: colour(name),
                width: 2,
                ...(line !== true &&
                    bars !== undefined && { paths: bars, fill: colour(name), width: 0 }),
                points: { show: line === true },
            })),
        ],
    };
}
