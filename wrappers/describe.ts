import { type Address, fromNano } from '@ton/core';
import type { EscrowView } from './Escrow';
import type { JobAward, JobView } from './job';
import type { MarketParameters } from './parameters';
import type { StakeView } from './Stake';

/** An amount as users read it. */
export function formatGram(nano: bigint): string {
    return `${fromNano(nano)} GRAM`;
}

/** Seconds as `2 d`, `6 h`, `30 min` or `20 s`, whichever is whole. */
export function formatSeconds(seconds: number): string {
    for (const [unit, length] of [
        ['d', 86_400],
        ['h', 3_600],
        ['min', 60],
    ] as const) {
        if (seconds >= length && seconds % length === 0) return `${seconds / length} ${unit}`;
    }
    return `${seconds} s`;
}

/** A basis-point rate as a percentage. */
export function formatRate(basisPoints: number): string {
    return `${basisPoints / 100} %`;
}

/** A Market in words, one fact a line. */
export function describeMarket(market: {
    readonly address: Address;
    readonly owner: Address;
    readonly network: number;
    readonly timelockSeconds: number;
    readonly fees: bigint;
    readonly parameters: MarketParameters;
}): string[] {
    const p = market.parameters;
    return [
        `Market ${market.address.toString()}`,
        `  owner             ${market.owner.toString()}`,
        `  network           ${market.network}`,
        `  fees collected    ${formatGram(market.fees)}`,
        `  parameters        version ${p.version}; changes wait ${formatSeconds(market.timelockSeconds)}`,
        `  bidding window    at most ${formatSeconds(p.bidWindowMax)}`,
        `  decline, commit   ${formatSeconds(p.declineWindow)}, at most ${formatSeconds(p.commitWindowMax)}`,
        `  acceptance        ${formatSeconds(p.acceptWindow)}`,
        `  locks outlast by  ${formatSeconds(p.backing)}`,
        `  reserve           ${p.factor} times a lock, which is at least ${formatGram(p.minLock)}`,
        `  protocol fee      ${formatRate(p.protocolFee)} of what is paid`,
    ];
}

/** A Stake in words, one fact a line. */
export function describeStake(address: Address, stake: StakeView): string[] {
    const unbonding =
        stake.unbonding === 0n
            ? 'nothing'
            : `${formatGram(stake.unbonding)} until ${formatTime(Number(stake.unbondAt))}`;
    return [
        `Stake ${address.toString()}`,
        `  operator          ${stake.operator.toString()}`,
        `  reserve           ${formatGram(stake.reserve)}`,
        `  collateral        ${formatGram(stake.collateral)}, of which locked ${formatGram(stake.locked)}`,
        `  unbonding         ${unbonding}`,
        `  can be withdrawn  ${formatGram(stake.withdrawable)}`,
        `  operating         ${formatGram(stake.operating)}, of which rent ${formatGram(stake.rent)}`,
        `  daily limit       ${formatGram(stake.dailyLimit)}, used today ${formatGram(stake.lockedToday)}`,
        `  node              key ${stake.nodeKey.toString(16).padStart(64, '0')}, ${stake.paused ? 'paused' : 'active'}`,
        `  check rate        ${formatRate(Number(stake.checkRate))}, for ${Number(stake.record) / 1000} passed checks`,
    ];
}

/** An Escrow in words, one fact a line. */
export function describeEscrow(address: Address, escrow: EscrowView): string[] {
    return [
        `Escrow ${address.toString()}`,
        `  client            ${escrow.client.toString()}, index ${escrow.index}`,
        `  open jobs         ${escrow.open}, next id ${escrow.nextJob}`,
        `  held for jobs     ${formatGram(escrow.held)}`,
        `  fees on their way ${formatGram(escrow.owed)}`,
        `  surplus           ${formatGram(escrow.surplus)}`,
    ];
}

/** An open job in words, one fact a line. */
export function describeJob(job: JobView): string[] {
    const { terms } = job;
    return [
        `Job ${job.id}: ${describeState(job)}`,
        `  items             ${terms.items}`,
        `  model             ${terms.model.toString(16).padStart(64, '0')}`,
        `  spec              ${terms.spec.toString(16).padStart(64, '0')}`,
        `  held              ${formatGram(job.held)}`,
        `  take price        ${formatGram(terms.takePrice)}`,
    ];
}

/** What a job is at, without a verb. */
export function describeState(job: JobView): string {
    switch (job.state) {
        case 'bidding':
            return `open for bids until ${formatTime(job.biddingEnd)}, ${job.bid === undefined ? 'none stands' : `best ${awardInWords(job.bid)}`}`;
        case 'unsold':
            return 'found no bid; cancel it, or let anyone tick it, for a refund';
        case 'assigned':
            return `assigned, ${awardInWords(job.bid)}; due ${formatTime(job.commitDeadline)}`;
        case 'overdue':
            return `not delivered by ${formatTime(job.commitDeadline)}; tick it for a refund and compensation`;
        case 'committed':
            return `delivered, ${awardInWords(job.bid)}; accept by ${formatTime(job.acceptDeadline)}`;
        case 'checking':
            return `drawn for a check, ${awardInWords(job.bid)}; round ${job.round + 1}, ${checkPhases[job.phase]} until ${formatTime(job.phaseEnd)}`;
        case 'appeal':
            return `${findings[job.finding]}, ${awardInWords(job.bid)}; may be disputed until ${formatTime(job.phaseEnd)}`;
        case 'jury':
            return `before a jury (${job.jury.cause}), ${awardInWords(job.bid)}; ${juryPhases[job.phase]}`;
    }
}

const checkPhases = {
    claim: 'verifiers claim',
    seal: 'the verifier executes',
    open: 'the provider opens its sketch',
    reveal: 'the verifier reveals',
} as const;

const juryPhases = {
    seed: 'its seed comes with a later block',
    claim: 'jurors claim seats',
    seal: 'jurors execute',
    reveal: 'jurors reveal',
    over: 'anyone may tick it for its verdict',
} as const;

const findings = {
    passed: 'passed its check',
    right: 'found right by a jury',
    wrong: 'found wrong by a jury',
    'false-error': 'found to hold a false error',
} as const;

function awardInWords(award: Pick<JobAward, 'price' | 'stake'>): string {
    return `${formatGram(award.price)} by ${award.stake.toString()}`;
}

function formatTime(unixSeconds: number): string {
    return new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
