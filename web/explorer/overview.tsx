import type { DayRecord } from '../../explorer/browser';
import { Chart } from './chart';
import { JobLine } from './job-list';
import { Card, Missing } from './parts';
import { useNode, useRead } from './use-node';
import { useWords, type Words } from './words';

const DAYS = 30;
const DAY_SECONDS = 86_400;
const LIVE = 20;

/** What goes on now, and what went on in the last days. */
export function Overview() {
    const words = useWords();
    const { say } = words;
    const { status } = useNode();
    const live = useRead('live', (node, signal) => node.jobs({ live: true, limit: LIVE }, signal));
    const today = Math.floor((status?.chainTime ?? 0) / DAY_SECONDS);
    const from = Math.max(0, today - DAYS + 1);
    const days = useRead(`days ${from}`, (node, signal) => node.days({ from }, signal));
    const found = days.data?.days ?? [];
    return (
        <>
            {status !== undefined && days.data !== undefined && (
                <Sums words={words} days={found} counts={status.counts} />
            )}
            <Card title={say('liveJobs')} id="live-title">
                {live.data === undefined ? (
                    <Missing error={live.error} />
                ) : live.data.jobs.length === 0 ? (
                    <p className="soft">{say('noJobs')}</p>
                ) : (
                    <ul className="plain-rows">
                        {live.data.jobs.map((job) => (
                            <li key={`${job.escrow}/${job.jobId}`}>
                                <JobLine job={job} words={words} />
                            </li>
                        ))}
                    </ul>
                )}
                <p>
                    <a href="#/jobs">{say('jobs')}</a>
                </p>
            </Card>
            {found.length > 0 && <DayCharts words={words} days={found} />}
        </>
    );
}

function Sums({
    words: { say, gram, number },
    days,
    counts,
}: {
    words: Words;
    days: readonly DayRecord[];
    counts: { readonly live: number; readonly jobs: number; readonly stakes: number };
}) {
    const money = (name: 'volume' | 'fees') =>
        gram(days.reduce((sum, day) => sum + BigInt(day[name]), 0n).toString(), 4);
    const count = (name: 'checks' | 'convictions') =>
        number(days.reduce((sum, day) => sum + day[name], 0));
    const sums = [
        [say('openNow'), number(counts.live)],
        [say('jobsInAll'), number(counts.jobs)],
        [say('providersInAll'), number(counts.stakes)],
        [say('paidLately'), money('volume')],
        [say('feesLately'), money('fees')],
        [say('checksLately'), count('checks')],
        [say('convictedLately'), count('convictions')],
    ] as const;
    return (
        <dl className="sums">
            {sums.map(([name, value]) => (
                <div key={name} className="card">
                    <dt className="soft small">{name}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

function DayCharts({ words, days }: { words: Words; days: readonly DayRecord[] }) {
    const { say, gram, day, number } = words;
    const times = days.map((one) => one.day * DAY_SECONDS);
    return (
        <div className="two">
            <section className="card">
                <Chart
                    title={say('volumeByDay')}
                    times={times}
                    series={[
                        {
                            label: say('volume'),
                            values: days.map(({ volume }) => Number(volume)),
                            colour: '--bar',
                        },
                    ]}
                    write={(value) => gram(Math.round(value).toString(), 3)}
                    head={[say('day'), say('volume'), say('fees'), say('burnt')]}
                    rows={days.map((one) => [
                        day(one.day),
                        gram(one.volume),
                        gram(one.fees),
                        gram(one.burnt),
                    ])}
                />
            </section>
            <section className="card">
                <Chart
                    title={say('jobsByDay')}
                    times={times}
                    series={[
                        {
                            label: say('posted'),
                            values: days.map(({ posted }) => posted),
                            colour: '--bar',
                        },
                    ]}
                    write={number}
                    head={[
                        say('day'),
                        say('posted'),
                        say('paidJobs'),
                        say('checks'),
                        say('juries'),
                        say('missed'),
                        say('convictions'),
                    ]}
                    rows={days.map((one) => [
                        day(one.day),
                        number(one.posted),
                        number(one.paidJobs),
                        number(one.checks),
                        number(one.juries),
                        number(one.missed),
                        number(one.convictions),
                    ])}
                />
            </section>
        </div>
    );
}
