import type { Transaction } from '@ton/core';
import {
    type Deployment,
    exitCodeOf,
    readListing,
    readParameterChange,
    readStakeOpening,
    readStakeStep,
    Stake,
    type StakeStepKind,
} from '../../wrappers';
import { type JobFact, readJobFacts, text } from '../facts/job-events';
import { applyFact } from '../facts/job-record';
import { worked } from '../facts/proven-work';
import {
    blankDay,
    blankModel,
    blankStake,
    dayOf,
    plus,
    priced,
    seen,
    signed,
} from '../facts/tallies';
import { listJob } from '../store/lists';
import type { FollowedAccount, Tables } from '../store/store';
import type { DayRecord, Effect, JobRecord, StakeRecord } from '../wire';

/** What the transactions of a batch led to. */
export interface Findings {
    /** Accounts that something was sent to or came from: worth a look. */
    readonly touched: Set<string>;
    /** Jobs that changed, as `escrow/id`. */
    readonly jobs: Set<string>;
}

/** Refused messages of a job that are kept; anybody may send more. */
const MOST_REFUSALS = 64;
/** Signed by the node itself. */
const SIGNED: ReadonlySet<StakeStepKind> = new Set<StakeStepKind>([
    'node-bid',
    'node-claim',
    'node-decline',
    'node-concede',
]);

/**
 * Writes what a transaction means into the tables; belongs into the database transaction that moves
 * the cursor of its account past it.
 *
 * @returns the account, where the transaction changed what is known of it
 */
export function applyTransaction(
    tables: Tables,
    deployment: Deployment,
    account: FollowedAccount,
    transaction: Transaction,
    findings: Findings,
): FollowedAccount {
    switch (account.kind) {
        case 'market':
            applyMarket(tables, deployment, transaction, findings);
            return account;
        case 'stake':
            applyStake(tables, account.address, transaction);
            return account;
        case 'escrow':
            return applyEscrow(tables, account, transaction, findings);
    }
}

function applyMarket(
    tables: Tables,
    deployment: Deployment,
    transaction: Transaction,
    findings: Findings,
): void {
    const listing = readListing(transaction, deployment);
    if (listing !== undefined) {
        const address = text(listing.escrow);
        const whose = { client: text(listing.client), index: listing.index };
        meet(tables, { address, kind: 'escrow', ...whose }, findings);
    }
    const operator = readStakeOpening(transaction);
    if (operator !== undefined) {
        const { address } = Stake.ofOperator(deployment, operator);
        meet(tables, { address: text(address), kind: 'stake' }, findings);
        const stake = tables.stakes.get(text(address));
        const record = stake ?? blankStake(text(address), transaction.now);
        tables.stakes.putSync(text(address), { ...record, operator: text(operator) });
    }
    const change = readParameterChange(transaction);
    if (change !== undefined) {
        tables.changes.putSync(Number(transaction.lt), { ...placeOf(transaction), ...change });
    }
}

function applyStake(tables: Tables, address: string, transaction: Transaction): void {
    const at = transaction.now;
    let record = seen(tables.stakes.get(address) ?? blankStake(address, at), at);
    const step = readStakeStep(transaction);
    const exitCode = exitCodeOf(transaction) ?? -1;
    if (step !== undefined) {
        const { kind, amount, forfeited, burnt, by } = step;
        if (exitCode === 0) {
            if (SIGNED.has(kind)) record = signed(record, at);
            if (kind === 'opened' && record.openedAt === undefined) {
                record = { ...record, openedAt: at };
                addToDay(tables, at, { stakesOpened: 1 });
            }
            record = plus(record, { burnt });
            addToDay(tables, at, { burnt });
            if (forfeited !== undefined) {
                record = plus({ ...record, convictedAt: at }, { convictions: 1, forfeited });
                addToDay(tables, at, { convictions: 1 });
            }
        }
        // Each bid and claim is told with its job.
        if (!SIGNED.has(kind)) {
            tables.stakeEvents.putSync([address, Number(transaction.lt)], {
                ...placeOf(transaction),
                kind,
                ...(exitCode !== 0 && { refused: exitCode }),
                ...(by !== undefined && { by: text(by) }),
                ...(amount !== undefined && { amount: amount.toString() }),
                ...(forfeited !== undefined && { forfeited: forfeited.toString() }),
                ...(burnt > 0n && { burnt: burnt.toString() }),
                fee: transaction.totalFees.coins.toString(),
            });
        }
    }
    tables.stakes.putSync(address, record);
}

function applyEscrow(
    tables: Tables,
    account: FollowedAccount,
    transaction: Transaction,
    findings: Findings,
): FollowedAccount {
    const { address, client = '', index = 0 } = account;
    let { protocolFee } = account;
    for (const fact of readJobFacts(transaction)) {
        const { jobId, event, parameters } = fact;
        protocolFee = parameters?.protocolFee ?? protocolFee;
        const before = tables.jobs.get([address, jobId]);
        const after = applyFact(before, fact, { escrow: address, client, index }, protocolFee);
        if (after === undefined) continue;
        const spam = event.refused !== undefined && after.refusals > MOST_REFUSALS;
        if (!spam) tables.events.putSync([address, jobId, Number(event.lt)], event);
        tables.jobs.putSync([address, jobId], after);
        listJob(tables, before, after);
        findings.jobs.add(`${address}/${jobId}`);
        addToDay(tables, event.at, { networkFees: BigInt(event.fee) });
        if (event.refused === undefined) tally(tables, fact, after, findings);
    }
    return protocolFee === undefined || protocolFee === account.protocolFee
        ? account
        : { ...account, protocolFee };
}

function tally(tables: Tables, fact: JobFact, job: JobRecord, findings: Findings): void {
    const { event, posting } = fact;
    const { at, by, kind } = event;
    if (posting !== undefined) {
        const model = tables.models.get(job.model) ?? blankModel(job.model, at);
        tables.models.putSync(job.model, plus(seen(model, at), { jobs: 1 }));
        addToDay(tables, at, { posted: 1 });
    }
    if ((kind === 'bid' || kind === 'claim') && by !== undefined) {
        // The Escrow took it, so that it is a Stake.
        meet(tables, { address: by, kind: 'stake' }, findings);
    }
    if (kind === 'bid') addToDay(tables, at, { bids: 1 });
    if (by !== undefined) {
        if (kind === 'bid') addToStake(tables, by, at, { bids: 1 });
        if (kind === 'claim') addToStake(tables, by, at, { claims: 1 });
        if (kind === 'decline') addToStake(tables, by, at, { declined: 1 });
    }
    if (kind === 'commit' && job.winner !== undefined) {
        addToStake(tables, job.winner.stake, at, { delivered: 1 });
    }
    for (const effect of event.effects) tallyEffect(tables, effect, job, at, findings);
}

function tallyEffect(
    tables: Tables,
    effect: Effect,
    job: JobRecord,
    at: number,
    findings: Findings,
): void {
    switch (effect.kind) {
        case 'listed':
            if (effect.stage === 'check' && effect.round === 0) addToDay(tables, at, { checks: 1 });
            if (effect.stage.endsWith('jury')) addToDay(tables, at, { juries: 1 });
            return;
        case 'burnt':
            return addToDay(tables, at, { burnt: BigInt(effect.amount) });
        case 'reward': {
            const { to, reason } = effect;
            findings.touched.add(to);
            if (reason === 'bond') return;
            return addToStake(tables, to, at, {
                ...(reason === 'check' && { checksDone: 1 }),
                ...(reason === 'jury' && { jurySeats: 1 }),
                ...(reason === 'catch' && { catches: 1 }),
                rewards: BigInt(effect.value) - BigInt(effect.bond),
            });
        }
        case 'penalty':
            findings.touched.add(effect.stake);
            if (effect.penalty === 'fine') addToStake(tables, effect.stake, at, { fines: 1 });
            return;
        case 'paid':
        case 'released':
        case 'held':
            findings.touched.add(effect.stake);
            return;
        case 'found':
            return;
        case 'closed':
            return tallyClosing(tables, job, at);
    }
}

function tallyClosing(tables: Tables, job: JobRecord, at: number): void {
    const { closing, winner, commit } = job;
    if (closing === undefined) return;
    const paid = BigInt(closing.paid);
    const items = paid > 0n ? job.items - (commit?.faulty ?? 0) : 0;
    addToDay(tables, at, {
        ended: 1,
        paidJobs: paid > 0n ? 1 : 0,
        items,
        volume: paid,
        fees: BigInt(closing.fee),
        refunded: BigInt(closing.refund),
        missed: closing.outcome === 'not-committed' ? 1 : 0,
    });
    if (winner !== undefined) {
        addToStake(tables, winner.stake, at, {
            paidJobs: paid > 0n ? 1 : 0,
            earned: paid - BigInt(closing.fee),
            checksPassed: closing.outcome.startsWith('passed') ? 1 : 0,
            missed: closing.outcome === 'not-committed' ? 1 : 0,
        });
    }
    if (paid === 0n) return;
    if (winner !== undefined) {
        const key: [string, string] = [winner.stake, job.model];
        const work = worked(tables.work.get(key), job);
        if (work !== undefined) tables.work.putSync(key, work);
    }
    const model = seen(tables.models.get(job.model) ?? blankModel(job.model, at), at);
    const price = {
        lt: closing.lt,
        at,
        job: `${job.escrow}/${job.jobId}`,
        perItem: ((paid * 1000n) / BigInt(Math.max(1, items))).toString(),
    };
    tables.models.putSync(job.model, priced(plus(model, { paidJobs: 1, items, paid }), price));
}

/** Follows an account from now on. */
function meet({ accounts }: Tables, account: FollowedAccount, findings: Findings): void {
    findings.touched.add(account.address);
    if (!accounts.doesExist(account.address)) accounts.putSync(account.address, account);
}

type More<T> = { readonly [K in keyof T]?: number | bigint | undefined };

function addToStake({ stakes }: Tables, stake: string, at: number, more: More<StakeRecord>): void {
    stakes.putSync(stake, plus(seen(stakes.get(stake) ?? blankStake(stake, at), at), more));
}

function addToDay({ days }: Tables, at: number, more: More<DayRecord>): void {
    const day = dayOf(at);
    days.putSync(day, plus(days.get(day) ?? blankDay(day), more));
}

function placeOf(transaction: Transaction) {
    return {
        lt: transaction.lt.toString(),
        hash: transaction.hash().toString('hex'),
        at: transaction.now,
    };
}
