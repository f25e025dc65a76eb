import { lockHorizon, MAIN_PARAMETERS } from '../wrappers';
import { network, networkMoney, NETWORK_SIZES } from './experiments/networks';
import { planBack } from './experiments/windows';
import { capitalCost } from './formulas/capital';
import { checkChances, firstShares, juryVerdicts, wrongJobLimit } from './formulas/detection';
import {
    colludingMajority,
    colludingMajorityLimit,
    verdictChances,
    verdictLimit,
} from './formulas/jury';
import { largeStakeChance } from './formulas/race';
import { jobsForLeastRate, steadyRate, steadyRecord } from './formulas/record';
import { cheaplyConcedingGain, concedingGain, neededFactor, windowGain } from './formulas/reserve';
import { supportedConcedingShare, supportedShare } from './formulas/support';
import { incomePerJob, workingShare } from './formulas/verifying';
import { checkMoney } from './model/costs';
import { leagueShare } from './model/league';
import { checkRules } from './model/rules';
import { leastRate, percent } from './setting';

/** The tables of docs/economics.md, by the formulas; a test holds the page against them. */

const PARAMETERS = MAIN_PARAMETERS;
const RULES = checkRules(PARAMETERS);
const LEAST = leastRate(PARAMETERS);
const SHARES = [0, 0.1, 0.2, 0.3, 0.4] as const;
const DAY = 86_400;

type Cells = readonly (readonly string[])[];

/** Markdown by name. */
export function documentTables(): ReadonlyMap<string, string> {
    return new Map([
        ['saving', savingTable()],
        ['factor', factorTable()],
        ['league', leagueTable()],
        ['concession', concessionTable()],
        ['support', supportTable()],
        ['jury', juryTable()],
        ['large stake', largeStakeTable()],
        ['network', networkTable()],
        ['lazy', lazyTable()],
        ['record', recordTable()],
        ['capital', capitalTable()],
    ]);
}

function markdown(head: readonly string[], rows: Cells): string {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    return [
        line(head),
        line(head.map((_, at) => (at === 0 ? '---' : '---:'))),
        ...rows.map(line),
    ].join('\n');
}

function delta(rate: number, colluding: number, lazy = 0, reliability = 1): number {
    return wrongJobLimit(rate, { colluding, lazy, reliability }, RULES).convicted;
}

/** The largest saving of a wrong job, as a share of its lock, that the factor outweighs. */
function savingTable(): string {
    const back = planBack(PARAMETERS);
    return markdown(
        ['check rate', ...SHARES.map((share) => `${percent(share)} collude`)],
        [0.02, LEAST, 0.05, 0.1, 1].map((rate) => [
            percent(rate),
            ...SHARES.map((share) => fixed((PARAMETERS.factor + 1 - back) * delta(rate, share), 2)),
        ]),
    );
}

function factorTable(): string {
    const back = planBack(PARAMETERS);
    const factor = (share: number, lazy: number, reliability: number, rate = LEAST) =>
        fixed(neededFactor(1, delta(rate, share, lazy, reliability), back), 0);
    return markdown(
        ['of the other verifying stake', ...SHARES.map((share) => `${percent(share)} collude`)],
        [
            ['all works', ...SHARES.map((share) => factor(share, 0, 1))],
            ['all works, at 2 %', ...SHARES.map((share) => factor(share, 0, 1, 0.02))],
            ['5 % drops out of each step', ...SHARES.map((share) => factor(share, 0, 0.95))],
            ['10 % of all is lazy', ...SHARES.map((share) => factor(share, 0.1, 1))],
            ['30 % of all is lazy', ...SHARES.map((share) => factor(share, 0.3, 1))],
        ],
    );
}

function leagueTable(): string {
    return markdown(
        ['price and lock, GRAM', 'comes back, in locks', 'least delta'],
        [10_000_000n, 100_000_000n, 1_000_000_000n, 10_000_000_000n].map((lock) => {
            const back = leagueShare(PARAMETERS, lock);
            return [
                String(Number(lock) / 1e9),
                fixed(back, 1),
                `${fixed(100 / (PARAMETERS.factor + 1 - back), 2)} %`,
            ];
        }),
    );
}

/** Gain for each wrong job in prices, by what a cheat does about mismatches. */
function concessionTable(): string {
    const window = { saving: 1, lock: 1, reserve: PARAMETERS.factor };
    const back = planBack(PARAMETERS);
    const rows: string[][] = [];
    for (const colluding of [0, 0.1, 0.2, 0.3]) {
        const job = wrongJobLimit(LEAST, { colluding, lazy: 0, reliability: 1 }, RULES);
        const verdicts = verdictLimit(
            { honest: 1 - colluding, lazy: 0, colluding, reliability: 1 },
            RULES,
        );
        for (const jobs of [1, 10, 100]) {
            const { mismatch } = job;
            const befriended = { ...window, jobs, back };
            const ends = { paid: 1 - mismatch, mismatch };
            rows.push([
                `${percent(colluding)}, N = ${jobs}`,
                fixed(windowGain(befriended, job) / jobs, 2),
                fixed(concedingGain(befriended, mismatch, verdicts, PARAMETERS.factor) / jobs, 2),
                fixed(cheaplyConcedingGain({ ...window, jobs }, ends, 1 / LEAST) / jobs, 2),
            ]);
        }
    }
    return markdown(
        [
            'colluding, wrong jobs',
            'never concedes',
            'concedes: factor x lock',
            'if the fine were price / p_min',
        ],
        rows,
    );
}

/** Up to which colluding share nothing pays, for prices well over the gas of a check, and near the least lock. */
function supportTable(): string {
    const backs = [planBack(PARAMETERS), leagueShare(PARAMETERS, PARAMETERS.minLock)];
    const share = (value: number) => (value < 0 ? 'none' : `${fixed(100 * value, 1)} %`);
    return markdown(
        [
            'check rate, others',
            'never concedes',
            'never, least lock',
            'concedes',
            'concedes, least lock',
        ],
        [0.02, LEAST].flatMap((checkRate) =>
            [0, 0.1].map((lazy) => {
                const { factor } = PARAMETERS;
                const protections = backs.map((back) => ({
                    checkRate,
                    factor,
                    lazy,
                    back,
                    rules: RULES,
                }));
                return [
                    `${percent(checkRate)}, ${lazy === 0 ? 'all work' : `${percent(lazy)} lazy`}`,
                    ...protections.map((protection) => share(supportedShare(protection))),
                    ...protections.map((protection) => share(supportedConcedingShare(protection))),
                ];
            }),
        ),
    );
}

function juryTable(): string {
    const stakes = 100;
    return markdown(
        [
            'colluding stakes of 100',
            'majority of 5',
            'of very many',
            'majority of 15',
            'guilty, not convicted',
            'innocent, convicted',
        ],
        [0.1, 0.2, 0.3, 0.4, 0.5].map((share) => {
            const colluding = share * stakes;
            const pool = { honest: stakes - colluding, lazy: 0, colluding, reliability: 1 };
            return [
                String(colluding),
                chance(colludingMajority(pool, RULES.jurors)),
                chance(colludingMajorityLimit(share, RULES.jurors)),
                chance(colludingMajority(pool, RULES.appealJurors)),
                chance(1 - verdictChances(pool, RULES, 'bad-leaf').wrong),
                chance(verdictChances(pool, RULES, 'attacked').wrong),
            ];
        }),
    );
}

function largeStakeTable(): string {
    const shares = [0.05, 0.1, 0.2, 0.3, 0.5];
    return markdown(
        ['share of one stake', ...shares.map(percent)],
        [
            [
                'holds the slot',
                ...shares.map((share) => `${fixed(100 * largeStakeChance(share), 1)} %`),
            ],
        ],
    );
}

function networkTable(): string {
    const money = networkMoney(PARAMETERS);
    return markdown(
        ['verifiers', 'good leaf: paid', 'bad leaf: convicted', 'earned by one, GRAM'],
        NETWORK_SIZES.map((verifiers) => {
            const pool = network(verifiers);
            const first = firstShares(pool);
            const check = (bad: boolean) =>
                checkChances(first, pool.reliability, RULES.rounds, bad);
            const verdict = (bad: boolean) => juryVerdicts(pool, RULES, bad);
            return [
                String(verifiers),
                chance(check(false).passed + check(false).stalled * verdict(false).right),
                chance((check(true).mismatch + check(true).stalled) * verdict(true).wrong),
                fixed(1000 * incomePerJob(money, LEAST, verifiers), 3),
            ];
        }),
    );
}

function lazyTable(): string {
    const prices = [1_000_000n, 10_000_000n, 100_000_000n, 1_000_000_000n];
    return markdown(
        ['price of an item, GRAM', ...prices.map((price) => String(Number(price) / 1e9))],
        [
            [
                'fee of a check, GRAM',
                ...prices.map((price) => fixed(checkMoney(PARAMETERS, price, 1, 0.8).fee, 4)),
            ],
            [
                'bad leaves from which executing pays better',
                ...prices.map((price) => {
                    const money = checkMoney(PARAMETERS, price, 1, 0.8);
                    return `${fixed(100 * workingShare(money, 1, money.bond), 1)} %`;
                }),
            ],
        ],
    );
}

function recordTable(): string {
    const { trial } = PARAMETERS.verification;
    const jobs = [10, 100, 1_000, Math.round(jobsForLeastRate(trial, LEAST)), 10_000];
    return markdown(
        ['jobs a month', ...jobs.map(String)],
        [
            ['record n', ...jobs.map((count) => fixed(steadyRecord(count, trial, LEAST), 0))],
            [
                'mean check rate',
                ...jobs.map((count) => `${fixed(100 * steadyRate(count, trial, LEAST), 1)} %`),
            ],
        ],
    );
}

function capitalTable(): string {
    const { bucket } = PARAMETERS.verification;
    const days = (630 + lockHorizon(PARAMETERS) + bucket / 2) / DAY;
    const jobs = [1, 10, 100, 1_000];
    return markdown(
        ['jobs a day', ...jobs.map(String)],
        [
            [
                'cost in prices of a job',
                ...jobs.map(
                    (count) =>
                        `${fixed(100 * capitalCost(PARAMETERS.factor, 1, count, days, 0.05), 2)} %`,
                ),
            ],
        ],
    );
}

function fixed(value: number, digits: number): string {
    return value.toFixed(digits);
}

/** A chance with three significant digits. */
function chance(value: number): string {
    if (value < 1e-7) return '0';
    return value < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
