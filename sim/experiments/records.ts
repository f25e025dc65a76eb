import { steadyRate, steadyRecord } from '../formulas/record';
import {
    credited,
    recordRate,
    RECORD_HALF_LIFE,
    RECORD_UNIT,
    type CheckRecord,
} from '../model/record';
import { meanRow, type Row } from '../row';
import { type Experiment, leastRate, streamOf } from '../setting';
import { Sample } from '../statistics';

const TOPIC = 'record';
/** Months that a record has to settle in, and that are then measured; it starts where it should end. */
const SETTLE = 2;
const MEASURE = 4;

/** The check rate of a steady honest operator by how many jobs it does a month. */
export function recordRows(experiment: Experiment): readonly Row[] {
    const { parameters } = experiment;
    const least = leastRate(parameters);
    const { trial } = parameters.verification;
    return [100, 1_000, 3_000].map((jobsPerMonth) => {
        const random = streamOf(experiment, `record ${jobsPerMonth}`);
        const start = Math.round(steadyRecord(jobsPerMonth, trial, least) * RECORD_UNIT);
        const rates = new Sample();
        const operators = Math.max(
            20,
            Math.round((1_600_000 * experiment.scale) / jobsPerMonth / 6),
        );
        for (let operator = 0; operator < operators; operator++) {
            // The mean of one operator is one value: its months hang together.
            const own = new Sample();
            let record: CheckRecord = { units: start, at: 0 };
            let time = 0;
            const end = (SETTLE + MEASURE) * RECORD_HALF_LIFE;
            for (;;) {
                time += (random.exponential() * RECORD_HALF_LIFE) / jobsPerMonth;
                if (time >= end) break;
                const now = Math.floor(time);
                const rate = Math.max(recordRate(record, trial, now), parameters.minCheckRate);
                if (time >= SETTLE * RECORD_HALF_LIFE) own.add(rate / 10_000);
                if (random.below(10_000) < rate) {
                    record = credited(record, parameters.minLock, parameters.minLock, now);
                }
            }
            rates.add(own.mean);
        }
        return meanRow(
            {
                topic: TOPIC,
                quantity: 'mean check rate of a steady operator',
                setting: `${jobsPerMonth} jobs a month`,
            },
            steadyRate(jobsPerMonth, trial, least),
            rates,
        );
    });
}
