import type { StakeView, StandingView } from '../../wrappers';
import type { StakeState } from '../wire';
import { hex } from './job-record';

/** Longer ones, and others than of HTTP, are shown to nobody. */
const MOST_ENDPOINT = 200;

/** What a Stake's get-methods say, without the place in its history. */
export function stakeStateOf(
    stake: StakeView,
    standing: StandingView,
    endpoint: string | undefined,
): Omit<StakeState, 'lt' | 'asOf'> {
    return {
        operator: stake.operator.toString(),
        reserve: stake.reserve.toString(),
        collateral: stake.collateral.toString(),
        locked: stake.locked.toString(),
        unbonding: stake.unbonding.toString(),
        dailyLimit: stake.dailyLimit.toString(),
        paused: stake.paused,
        convicted: standing.convicted,
        record: Number(stake.record),
        checkRate: Number(stake.checkRate),
        heldUntil: Number(stake.heldUntil),
        nodeKey: hex(stake.nodeKey),
        ...(endpoint !== undefined && isShown(endpoint) && { endpoint }),
    };
}

function isShown(endpoint: string): boolean {
    return endpoint.length <= MOST_ENDPOINT && /^https?:\/\/[\x21-\x7e]+$/.test(endpoint);
}
