import { Heap } from 'heap-js';
import { type CheckEnd, playCheck } from '../model/check';
import { convict } from '../model/forfeits';
import { credited } from '../model/record';
import { type VerifierPool, without } from '../model/verifiers';
import { type Random, randomOf } from '../random';
import { checkRules } from '../model/rules';
import { type Sale, sell } from './auction';
import { createForecast, type Forecast } from './forecast';
import { type PostedJob, postJob } from './jobs';
import { type MarketNode, type Population, populate } from './nodes';
import type { MarketOptions } from './options';
import { createTally, type Tally } from './tally';
import { type CheckTimes, checkTimes } from './timing';

/** A committed job. */
interface Work {
    readonly job: PostedJob;
    readonly sale: Sale;
    readonly wrongItems: number;
}

/** Something that time brings about. */
type Event =
    | { readonly at: number; readonly kind: 'check'; readonly work: Work }
    | { readonly at: number; readonly kind: 'hold'; readonly work: Work; readonly until: number }
    | { readonly at: number; readonly kind: 'end'; readonly work: Work; readonly end: CheckEnd };

const DAY = 86_400;

/**
 * Plays a market: jobs come one by one, are sold by auction, done rightly or wrongly, drawn or not;
 * checks and juries take their time, in which cheats go on until they are held; convictions forfeit
 * what then stands. Everything is paid as early as it can be, which is the best case of a cheat.
 */
export function playMarket(options: MarketOptions, seed: number): Tally {
    const random = randomOf(seed, `market ${options.nodes} ${options.jobs}`);
    return new MarketRun(options, populate(options, random), random).play();
}

class MarketRun {
    private readonly events = new Heap<Event>((a, b) => a.at - b.at);
    private readonly tally: Tally;
    private readonly counts: number[];
    private readonly forecast: Forecast;
    private readonly times: CheckTimes;

    constructor(
        private readonly options: MarketOptions,
        private readonly population: Population,
        private readonly random: Random,
    ) {
        this.tally = createTally();
        this.counts = population.classes.map(() => 0);
        for (const at of population.verifying.values())
            this.counts[at] = (this.counts[at] ?? 0) + 1;
        this.forecast = createForecast(checkRules(options.parameters));
        this.times = checkTimes(options.parameters);
    }

    play(): Tally {
        const { jobs, days } = this.options;
        const gap = (days * DAY) / jobs;
        let now = 0;
        for (let job = 0; job < jobs; job++) {
            now += gap * this.random.exponential();
            this.advance(now);
            this.post(now);
        }
        this.advance(Infinity);
        return this.tally;
    }

    private advance(now: number): void {
        for (;;) {
            const next = this.events.peek();
            if (next === undefined || next.at > now) return;
            this.events.pop();
            if (next.kind === 'check') this.check(next.work, next.at);
            else if (next.kind === 'hold') this.hold(next.work, next.at, next.until);
            else this.end(next.work, next.end, next.at);
        }
    }

    private post(now: number): void {
        const { parameters, bidders, silent } = this.options;
        const job = postJob(silent, this.random);
        const considering = Array.from({ length: bidders }, () => {
            const index = this.random.below(this.options.nodes);
            return { index, node: this.node(index) };
        });
        const sale = sell(parameters, job, considering, Math.floor(now));
        if (sale === undefined) {
            this.tally.unsold++;
            return;
        }
        const node = this.node(sale.node);
        node.lock(sale.lock, sale.lockUntil, parameters.verification.bucket);
        const work: Work = {
            job,
            sale,
            wrongItems: wrongItems(node, job, sale, parameters.factor),
        };
        this.tally.sold++;
        this.tally.volume += Number(sale.price) / 1e9;
        const rate = job.silent ? 1 : sale.checkRate / 10_000;
        const drawn = this.random.below(10_000) < rate * 10_000;
        this.tally.drawn.expect(rate, drawn);
        if (work.wrongItems > 0) this.tally.wrong++;
        if (!drawn) {
            this.pay(work);
            return;
        }
        this.events.push({
            at: sale.assignedAt + (job.silent ? this.times.silence : this.times.acceptance),
            kind: 'check',
            work,
        });
    }

    private check(work: Work, now: number): void {
        const { job, sale, wrongItems: wrong } = work;
        if (this.node(sale.node).convicted) {
            // Taken back by its client.
            this.tally.takenBack++;
            return;
        }
        const pool = this.poolFor(sale.node);
        const bad = this.random.below(job.items) < wrong;
        if (wrong > 0) this.tally.badLeaf.expect(wrong / job.items, bad);
        const expected = this.forecast(pool, bad);
        const rules = checkRules(this.options.parameters);
        const end = playCheck(pool, { bad, concedes: false }, rules, this.random);
        const books = bad ? this.tally.badChecks : this.tally.goodChecks;
        books.passed.expect(expected.passed, end.kind === 'passed');
        books.convicted.expect(expected.convicted, end.kind === 'wrong');
        const byHonest =
            end.verifier !== undefined && pool.groups[end.verifier]?.conduct === 'honest';
        books.honest.expect(expected.honest, end.kind === 'passed' && byHonest);
        const found = now + this.times.round * end.rounds;
        if (!end.accused) {
            this.events.push({ at: found, kind: 'end', work, end });
            return;
        }
        const until = found + (end.kind === 'wrong' ? this.times.conviction : this.times.jury);
        this.events.push({ at: found, kind: 'hold', work, until });
        this.events.push({ at: until, kind: 'end', work, end });
    }

    private hold({ sale }: Work, now: number, until: number): void {
        const node = this.node(sale.node);
        if (node.heldUntil <= now) node.heldSince = now;
        node.heldUntil = Math.max(node.heldUntil, until);
    }

    private end(work: Work, end: CheckEnd, now: number): void {
        const { sale } = work;
        const node = this.node(sale.node);
        if (node.convicted) {
            this.tally.takenBack++;
            return;
        }
        if (end.kind === 'wrong') {
            this.convict(work, node, now);
        } else if (end.kind === 'void') {
            this.tally.voids++;
        } else {
            this.pay(work);
            if (end.kind === 'passed') {
                const { minLock } = this.options.parameters;
                node.record = credited(node.record, sale.price, minLock, Math.floor(now));
            }
        }
    }

    private convict({ job, sale }: Work, node: MarketNode, now: number): void {
        const { forfeited, burnt } = convict(
            { reserve: node.reserve, locks: node.locked(now), unbonding: 0n },
            { price: sale.price, items: job.items, lock: sale.lock, costs: 0n },
            this.options.parameters,
        );
        node.convicted = true;
        node.reserve = 0n;
        const verifies = this.population.verifying.get(sale.node);
        if (verifies !== undefined) this.counts[verifies] = (this.counts[verifies] ?? 0) - 1;
        const { convictions } = this.tally;
        convictions[node.policy]++;
        this.tally.forfeited += Number(forfeited) / 1e9;
        this.tally.burnt += Number(burnt) / 1e9;
    }

    private pay({ job, sale, wrongItems: wrong }: Work): void {
        if (wrong === 0) return;
        this.tally.wrongPaid++;
        this.tally.stolen += ((Number(sale.price) / 1e9) * wrong) / job.items;
    }

    /** All who may claim about a job of this node. */
    private poolFor(index: number): VerifierPool {
        const groups = this.population.classes.map((verifier, at) => ({
            ...verifier,
            count: this.counts[at] ?? 0,
        }));
        const pool = { groups, reliability: this.options.reliability };
        const own = this.population.verifying.get(index);
        return own === undefined ? pool : without(pool, [own]);
    }

    private node(index: number): MarketNode {
        const node = this.population.nodes[index];
        if (node === undefined) throw new RangeError(`There is no node ${index}.`);
        return node;
    }
}

/**
 * How many items of a job its provider does not compute. Who is wrong in dear jobs only takes those
 * of which its reserve bears no two.
 */
function wrongItems(
    { policy, reserve }: MarketNode,
    { items }: PostedJob,
    { lock }: Sale,
    factor: number,
): number {
    if (policy === 'every') return items;
    if (policy === 'dear') return 2n * BigInt(factor) * lock > reserve ? items : 0;
    return policy === 'item' ? 1 : 0;
}
