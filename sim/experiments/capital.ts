import { lockHorizon, requiredLock } from '../../wrappers';
import { lockedCapital } from '../formulas/capital';
import { meanRow, type Row } from '../row';
import { type Experiment, streamOf, trialsOf } from '../setting';
import { Sample } from '../statistics';

const TOPIC = 'capital';
/** nanoGRAM; the ceiling is half as much again. */
const PRICE = 1_000_000_000n;
const CEILING = 1_500_000_000n;
const DAY = 86_400;
const BID_WINDOW = 30;
const COMMIT_WINDOW = 600;

/** Collateral that locks of a steady honest operator hold: each stands to the end of its bucket. */
export function capitalRows(experiment: Experiment): readonly Row[] {
    const { parameters } = experiment;
    const { bucket } = parameters.verification;
    const span = BID_WINDOW + COMMIT_WINDOW + lockHorizon(parameters);
    const lock = Number(requiredLock(parameters, PRICE, CEILING)) / 1e9;
    return [1, 10, 100].map((jobsPerDay) => {
        const random = streamOf(experiment, `capital ${jobsPerDay}`);
        const locked = new Sample();
        for (let trial = 0; trial < trialsOf(experiment, 100_000 / (10 + jobsPerDay)); trial++) {
            // What stands at a time that is as good as any other in the day.
            const now = 30 * DAY + random.uniform() * DAY;
            let sum = 0;
            for (let time = now; ;) {
                time -= (random.exponential() * DAY) / jobsPerDay;
                if (time < now - span - bucket) break;
                if (Math.ceil((time + span) / bucket) * bucket > now) sum += lock;
            }
            locked.add(sum);
        }
        return meanRow(
            {
                topic: TOPIC,
                quantity: 'locked collateral, GRAM',
                setting: `${jobsPerDay} jobs a day at 1 GRAM, ceiling 1.5`,
            },
            lockedCapital(jobsPerDay, lock, (span + bucket / 2) / DAY),
            locked,
        );
    });
}
