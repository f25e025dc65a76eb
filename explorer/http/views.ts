import { Cell } from '@ton/core';
import { CATALOGUE } from '../../models';
import { deadlineOf } from '../../sdk';
import { decodeJob } from '../../wrappers';
import { hardwareClass } from '../facts/proven-work';
import { type IndexStore, type JobKey, under } from '../store/store';
import type {
    DayRecord,
    ExplorerStatus,
    Gap,
    JobDetail,
    JobPage,
    JobRecord,
    JobRow,
    ModelRecord,
    ModelRow,
    ParametersView,
    StakeDetail,
    StakePage,
    StakeRow,
    WorkRow,
} from '../wire';

/** Which jobs; several conditions hold together. */
export interface JobFilter {
    readonly live?: boolean | undefined;
    readonly outcome?: string | undefined;
    readonly checked?: boolean | undefined;
    readonly model?: string | undefined;
    /** A Stake that bid for it. */
    readonly stake?: string | undefined;
    readonly client?: string | undefined;
}

export interface JobPageRequest extends JobFilter {
    readonly limit: number;
    /** `next` of the page before. */
    readonly before?: string | undefined;
}

export type StakeOrder = 'active' | 'earned' | 'reserve';

/** Answers of an index; all of them as of one time of the chain. */
export interface Views {
    status(): Pick<ExplorerStatus, 'gaps' | 'counts'> & Pick<ExplorerStatus, 'since' | 'cursor'>;
    jobs(request: JobPageRequest): JobPage;
    job(escrow: string, jobId: number): JobDetail | undefined;
    stakes(request: { order: StakeOrder; limit: number; offset: number }): StakePage;
    stake(stake: string): StakeDetail | undefined;
    models(): { models: ModelRow[] };
    days(request: { from: number; to: number }): { days: DayRecord[] };
    parameters(): ParametersView | undefined;
}

/** Rows that one request looks at, where a condition has no list of its own. */
const MOST_LOOKED_AT = 2_000;
const MOST_HISTORY = 200;
const MOST_WORK = 100;
const MOST_MODELS = 500;
const MOST_GAPS = 100;

const NAMES = new Map(CATALOGUE.map(({ hash, manifest }) => [hash as string, manifest]));

/**
 * @param market - address of the Market
 * @param now - UNIX seconds of the chain: what time makes of open jobs
 */
export function createViews({ tables }: IndexStore, market: string, now: () => number): Views {
    const row = (job: JobRecord): JobRow => {
        const { bids, ...rest } = job;
        const name = NAMES.get(job.model)?.name;
        return {
            ...rest,
            ...present(job),
            bidCount: bids.length,
            ...(name !== undefined && { modelName: name }),
        };
    };

    const present = (job: JobRecord): Pick<JobRow, 'state' | 'phase' | 'deadline'> => {
        const entry = tables.entries.get([job.escrow, job.jobId]);
        if (entry === undefined) return { state: job.closing === undefined ? 'unknown' : 'ended' };
        const view = decodeJob(job.jobId, Cell.fromBase64(entry.boc), now());
        return {
            state: view.state,
            ...('phase' in view && { phase: view.phase }),
            deadline: deadlineOf(view),
        };
    };

    const stakeRow = (stake: string): StakeRow | undefined => {
        const record = tables.stakes.get(stake);
        const state = tables.stakeStates.get(stake);
        return record && { ...record, ...(state !== undefined && { state }) };
    };

    const withHardware = <R extends StakeRow>(row: R): R => {
        const hardware = hardwareClass((model) => tables.work.get([row.stake, model]));
        return { ...row, ...(hardware !== undefined && { hardware }) };
    };

    return {
        status() {
            const head = tables.head.get('head');
            const accounts = [...tables.accounts.getRange({})].map(({ value }) => value);
            const cursor = tables.accounts.get(market)?.cursor;
            return {
                ...(cursor !== undefined && { cursor }),
                ...(head?.since !== undefined && { since: head.since }),
                gaps: [...tables.gaps.getRange({ limit: MOST_GAPS })].map(
                    ({ value }): Gap => value,
                ),
                counts: {
                    jobs: tables.sizes.get('all') ?? 0,
                    live: tables.sizes.get('live') ?? 0,
                    stakes: accounts.filter(({ kind }) => kind === 'stake').length,
                    escrows: accounts.filter(({ kind }) => kind === 'escrow').length,
                    models: tables.models.getKeysCount(),
                    transactions: head?.transactions ?? 0,
                },
            };
        },
        jobs({ limit, before, ...filter }) {
            const { list, rest } = planOf(filter);
            const start = before === undefined ? [list, '\uffff'] : [list, ...keyOf(before)];
            const jobs: JobRow[] = [];
            let looked = 0;
            let last: string | undefined;
            for (const { key } of tables.lists.getRange({
                start,
                end: [list],
                reverse: true,
                exclusiveStart: true,
            })) {
                if (jobs.length === limit || looked === MOST_LOOKED_AT) {
                    return {
                        jobs,
                        ...(last !== undefined && { next: last }),
                        ...total(list, rest),
                    };
                }
                looked++;
                const [, lt, escrow, jobId] = key;
                last = `${lt}.${escrow}.${jobId}`;
                const job = tables.jobs.get([escrow, jobId]);
                if (job !== undefined && rest.every((holds) => holds(job))) jobs.push(row(job));
            }
            return { jobs, ...total(list, rest) };
        },
        job(escrow, jobId) {
            const job = tables.jobs.get([escrow, jobId]);
            if (job === undefined) return undefined;
            const timeline = [...tables.events.getRange(under(escrow, jobId))];
            return { ...row(job), bids: job.bids, timeline: timeline.map(({ value }) => value) };
        },
        stakes({ order, limit, offset }) {
            const rows = [...tables.accounts.getRange({})]
                .filter(({ value }) => value.kind === 'stake')
                .flatMap(({ value }) => stakeRow(value.address) ?? []);
            rows.sort((a, b) => compare(a, b, order));
            return {
                stakes: rows.slice(offset, offset + limit).map(withHardware),
                total: rows.length,
            };
        },
        stake(stake) {
            if (tables.accounts.get(stake)?.kind !== 'stake') return undefined;
            const found = stakeRow(stake);
            const history = [
                ...tables.stakeEvents.getRange({
                    start: [stake, Number.MAX_SAFE_INTEGER],
                    end: [stake],
                    reverse: true,
                    limit: MOST_HISTORY,
                }),
            ];
            const work = [...tables.work.getRange(under(stake))].map(({ value }) => value);
            work.sort((a, b) => b.lastAt - a.lastAt || (a.model < b.model ? -1 : 1));
            return (
                found && {
                    ...withHardware(found),
                    history: history.map(({ value }) => value),
                    work: work.slice(0, MOST_WORK).map((one): WorkRow => {
                        const name = NAMES.get(one.model)?.name;
                        return { ...one, ...(name !== undefined && { name }) };
                    }),
                }
            );
        },
        models() {
            const models = [...tables.models.getRange({})].map(({ value }) => value);
            models.sort((a, b) => b.lastAt - a.lastAt || (a.model < b.model ? -1 : 1));
            return { models: models.slice(0, MOST_MODELS).map(modelRow) };
        },
        days({ from, to }) {
            const range = { start: from, end: to + 1 };
            return { days: [...tables.days.getRange(range)].map(({ value }) => value) };
        },
        parameters() {
            const present = tables.parameters.get('now');
            const changes = [...tables.changes.getRange({})].map(({ value }) => value);
            return present && { ...present, changes };
        },
    };

    function total(list: string, rest: readonly unknown[]): Pick<JobPage, 'total'> {
        return rest.length > 0 ? {} : { total: tables.sizes.get(list) ?? 0 };
    }
}

type Condition = (job: JobRecord) => boolean;

/** The shortest list that holds all that is asked for, and what is left to be tested. */
function planOf(filter: JobFilter): { list: string; rest: readonly Condition[] } {
    const { live, outcome, checked, model, stake, client } = filter;
    const plans: [string, Condition][] = [];
    if (stake !== undefined) {
        plans.push([`stake:${stake}`, ({ bids }) => bids.some((bid) => bid.stake === stake)]);
    }
    if (client !== undefined) plans.push([`client:${client}`, (job) => job.client === client]);
    if (model !== undefined) plans.push([`model:${model}`, (job) => job.model === model]);
    if (outcome !== undefined) {
        plans.push([`outcome:${outcome}`, ({ closing }) => closing?.outcome === outcome]);
    }
    if (live !== undefined) {
        plans.push([live ? 'live' : 'ended', ({ stage }) => (stage !== 'ended') === live]);
    }
    if (checked === true) plans.push(['checked', (job) => job.checked]);
    const [first, ...others] = plans;
    return { list: first?.[0] ?? 'all', rest: others.map(([, condition]) => condition) };
}

/** @throws RangeError for what is no `next` of a page */
function keyOf(next: string): [number, ...JobKey] {
    const [, lt, escrow, jobId] = /^(\d{1,16})\.([^.]{1,80})\.(\d{1,10})$/.exec(next) ?? [];
    if (lt === undefined || escrow === undefined) {
        throw new RangeError('before is not the "next" of a page.');
    }
    return [Number(lt), escrow, Number(jobId)];
}

function compare(a: StakeRow, b: StakeRow, order: StakeOrder): number {
    const by = (value: (row: StakeRow) => bigint) => Number(value(b) - value(a));
    const first =
        order === 'active'
            ? b.lastAt - a.lastAt
            : order === 'earned'
              ? by(({ earned, rewards }) => BigInt(earned) + BigInt(rewards))
              : by(({ state }) => BigInt(state?.reserve ?? 0));
    return first || (a.stake < b.stake ? -1 : 1);
}

function modelRow(model: ModelRecord): ModelRow {
    const manifest = NAMES.get(model.model);
    const prices = model.latest
        .map(({ perItem }) => BigInt(perItem))
        .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const at = (share: number) =>
        prices[Math.min(prices.length - 1, Math.floor(share * prices.length))]?.toString() ?? '0';
    return {
        ...model,
        ...(manifest !== undefined && { name: manifest.name, licence: manifest.licence }),
        ...(prices.length > 0 && {
            quartiles: { low: at(0.25), median: at(0.5), high: at(0.75) },
        }),
    };
}
