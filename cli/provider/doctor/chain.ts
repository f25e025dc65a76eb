import { Stake, type StakeView } from '../../../wrappers';
import type { Config } from '../../config';
import { type Network, openNetwork } from '../../network';
import { formatDuration, formatGram } from '../../terminal';
import { publicUrl } from '../public-url';
import { nodeKeyOf, openedStake } from '../session';
import type { Setup } from '../setup';
import { type Check, failed, ok, problem, warning } from './check';

/** Answers that are slower cost bids, milliseconds. */
const SLOW_MS = 1_500;
const LOOKS = 3;
/** Blocks come every few seconds, and a node tells them some seconds later. */
const LAG_SECONDS = 20;
/** The chain refuses what is signed for a time that is over. */
const WRONG_CLOCK_SECONDS = 60;

export interface ChainChecks {
    readonly checks: readonly Check[];
    /** Undefined where the endpoint cannot be used. */
    readonly network: Network | undefined;
}

/** Whether the endpoint answers, quickly and with news, and whether the clock here is right. */
export async function chainChecks(config: Config, signal: AbortSignal): Promise<ChainChecks> {
    const { host } = new URL(config.network.endpoint);
    try {
        const network = await openNetwork(config, signal);
        const times: number[] = [];
        let chainSeconds = 0;
        for (let look = 0; look < LOOKS; look++) {
            const startedAt = performance.now();
            chainSeconds = await network.chain.now({ signal });
            times.push(performance.now() - startedAt);
        }
        const median = times.sort((a, b) => a - b)[Math.floor(LOOKS / 2)] ?? 0;
        const behind = Date.now() / 1000 - chainSeconds;
        const says = `${host} is on ${config.network.name} and answers in ${Math.round(median)} ms.`;
        const mend = 'Use a nearer endpoint, or one with a key (networks.<name>.apiKeyFile).';
        const quick = median <= SLOW_MS ? ok('endpoint', says) : warning('endpoint', says, mend);
        return { checks: [quick, clockCheck(behind)], network };
    } catch (error) {
        signal.throwIfAborted();
        return { checks: [failed('endpoint', error)], network: undefined };
    }
}

/** An endpoint that lags and a clock that is wrong look the same but for their sign. */
function clockCheck(behind: number): Check {
    const length = formatDuration(Math.abs(behind) * 1000);
    if (behind < -5) {
        return (-behind > WRONG_CLOCK_SECONDS ? problem : warning)(
            'clock',
            `The clock of this machine is ${length} behind the chain.`,
            'Let the system set its clock: timedatectl set-ntp true.',
        );
    }
    const says = `The newest block is ${length} old by the clock of this machine.`;
    if (behind <= LAG_SECONDS) return ok('clock', says);
    return (behind > WRONG_CLOCK_SECONDS ? problem : warning)(
        'clock',
        says,
        'Either the clock is ahead (timedatectl set-ntp true), or the endpoint does not follow the ' +
            'chain: try another one.',
    );
}

/** Whether the stake is open, obeys this machine, and can pay for what it does. */
export async function stakeChecks(
    network: Network,
    setup: Setup,
    config: Config,
    signal: AbortSignal,
): Promise<Check[]> {
    try {
        const stake = await openedStake(network, setup.stake, signal);
        if (stake === undefined) {
            const mend = 'Run "cocoon-provider init" to open it; it goes on where it was.';
            return [problem('stake', `The stake ${setup.stake.toString()} is not open.`, mend)];
        }
        const contract = network.chain.open(Stake.fromAddress(setup.stake), { signal });
        const { convicted, heldUntil } = await contract.getStanding();
        if (convicted) {
            return [
                problem(
                    'stake',
                    'The stake is convicted and takes no bids again.',
                    'Take what is left with "cocoon-provider withdraw", and see docs/owners.md.',
                ),
            ];
        }
        const { bid } = await network.market.getCosts();
        const held = Number(heldUntil) > Date.now() / 1000;
        return [
            moneyCheck(stake),
            operatingCheck(stake, bid),
            keyCheck(stake, setup),
            ...(stake.paused
                ? [warning('stake', 'It is paused.', '"cocoon-provider resume" ends that.')]
                : []),
            ...(held ? [warning('stake', 'A dispute holds it: no bids meanwhile.')] : []),
            ...(config.provider.roles.includes('provide')
                ? [urlCheck(await contract.getEndpointUrl(), publicUrl(config, setup.nodeKey))]
                : []),
        ];
    } catch (error) {
        signal.throwIfAborted();
        return [failed('stake', error)];
    }
}

function moneyCheck({ reserve, collateral, locked, dailyLimit, lockedToday }: StakeView): Check {
    const says =
        `${formatGram(reserve)} of reserve; ${formatGram(collateral)} of collateral, of which jobs ` +
        `hold ${formatGram(locked)}.`;
    if (reserve === 0n || collateral === 0n) {
        return problem('stake', says, 'Run "cocoon-provider init" to add what is missing.');
    }
    if (collateral <= locked) {
        const mend = 'Wait for the locks of earlier jobs to end, or add collateral.';
        return warning('stake', `${says} Nothing is left for new jobs.`, mend);
    }
    if (lockedToday < dailyLimit) return ok('stake', says);
    const mend = 'Wait for midnight UTC, or "cocoon-provider resume --daily-limit <gram>".';
    return warning('stake', `${says} The daily limit is used up.`, mend);
}

function operatingCheck({ operating, rent }: StakeView, bid: bigint): Check {
    const spare = operating > rent ? operating - rent : 0n;
    const bids = bid === 0n ? 0n : spare / bid;
    const says = `${formatGram(spare)} for messages, enough for about ${bids} bids.`;
    const mend = 'Send GRAM to the address of the stake.';
    if (bids === 0n) return problem('stake', says, mend);
    return bids < 10n ? warning('stake', says, mend) : ok('stake', says);
}

function keyCheck(stake: StakeView, { nodeKey }: Setup): Check {
    if (nodeKeyOf(stake) === nodeKey) return ok('stake', 'It obeys the node key of this machine.');
    return problem(
        'stake',
        'It obeys another node key than that of this machine.',
        'Run "cocoon-provider publish" to make this machine its node; the other one loses it.',
    );
}

function urlCheck(named: string | undefined, wanted: string): Check {
    if (named === wanted) return ok('stake', `It sends clients to ${wanted}.`);
    return problem(
        'stake',
        `It sends clients to ${named ?? 'nowhere'}, and this machine is ${wanted}.`,
        'Run "cocoon-provider publish" to write the new URL into it.',
    );
}
