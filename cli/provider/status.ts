import { Stake, type StakeView, type StandingView } from '../../wrappers';
import { type Config, type ConfigFlags, configFrom } from '../config';
import { openNetwork, walletText } from '../network';
import {
    action,
    type CommandContext,
    type Failure,
    failureOf,
    formatDuration,
    formatGram,
    formatTime,
    type Paint,
    table,
} from '../terminal';
import { checkLines } from './check-status';
import { nodeFacts, type NodeFacts } from './node-status';
import { onOneLine } from './one-line';
import { setupsBeside } from './other-stakes';
import { nodeKeyOf, openedStake, type Verb } from './session';
import { suspensionLines } from './suspension';
import { type Setup, setupFor } from './setup';

/** What the chain says of a stake and its owner. */
interface ChainFacts {
    /** Undefined: not open. */
    readonly stake: StakeView | undefined;
    readonly standing: StandingView | undefined;
    /** nanoGRAM in the owner's wallet. */
    readonly wallet: bigint;
    /** Stakes of this home for other Markets; undefined: not open, or on another network. */
    readonly others: readonly { readonly setup: Setup; readonly stake: StakeView | undefined }[];
}

const SHOWN_JOBS = 8;

export const statusVerb: Verb = (program, context) => {
    program
        .command('status')
        .summary('stake, node, jobs and earnings')
        .description(
            'Reads the chain and asks the node; where the node does not run, it reads its books. ' +
                'Needs no passphrase.',
        )
        .action(action<ConfigFlags>((flags) => status(context, flags)));
};

async function status(context: CommandContext, flags: ConfigFlags): Promise<void> {
    const { terminal, signal, env } = context;
    const config = configFrom(flags, env);
    const setup = await setupFor(config);
    terminal.progress(`Asking ${new URL(config.network.endpoint).host} …`);
    const [chain, node] = await Promise.all([
        chainFacts(config, setup, signal),
        nodeFacts(config, setup),
    ]);
    const json = {
        network: setup.network,
        market: setup.market,
        owner: setup.owner,
        stake: { address: setup.stake, ...stakeJson(chain, setup) },
        wallet: 'code' in chain ? undefined : chain.wallet,
        node,
        ...(!('code' in chain) && { otherStakes: chain.others.map(otherJson) }),
        ...('code' in chain && { chainError: chain }),
    };
    const lines = [
        ...stakeLines(terminal.paint, chain, setup),
        '',
        ...nodeLines(terminal.paint, node),
        ...suspensionLines(terminal.paint, node.governor),
        '',
        ...earningLines(node),
        ...recentLines(node),
        ...checkLines(terminal.paint, node.checks),
        ...('code' in chain ? [] : otherLines(terminal.paint, chain.others)),
    ];
    terminal.result(json, lines.join('\n'));
}

/** The books can be read when the chain cannot. */
async function chainFacts(
    config: Config,
    setup: Setup,
    signal: AbortSignal,
): Promise<ChainFacts | Failure> {
    try {
        const network = await openNetwork(config, signal);
        const stake = await openedStake(network, setup.stake, signal);
        const { balance } = await network.chain.account(setup.owner, { signal });
        const standing =
            stake &&
            (await network.chain.open(Stake.fromAddress(setup.stake), { signal }).getStanding());
        const others: ChainFacts['others'][number][] = [];
        for (const other of await setupsBeside(config.home, setup)) {
            const here = other.networkId === network.id && other.network === setup.network;
            const view = here ? await openedStake(network, other.stake, signal) : undefined;
            others.push({ setup: other, stake: view });
        }
        return { stake, standing, wallet: balance, others };
    } catch (error) {
        signal.throwIfAborted();
        return failureOf(error);
    }
}

function stakeJson(chain: ChainFacts | Failure, setup: Setup): object {
    if ('code' in chain) return {};
    const { stake, standing } = chain;
    if (stake === undefined) return { open: false };
    return {
        open: true,
        reserve: stake.reserve,
        collateral: stake.collateral,
        locked: stake.locked,
        withdrawable: stake.withdrawable,
        unbonding: stake.unbonding,
        ...(stake.unbonding > 0n && { freeAt: Number(stake.unbondAt) }),
        operating: stake.operating,
        rent: stake.rent,
        dailyLimit: stake.dailyLimit,
        lockedToday: stake.lockedToday,
        paused: stake.paused,
        checkRateBasisPoints: Number(stake.checkRate),
        passedChecks: Number(stake.record) / 1000,
        heldUntil: Number(standing?.heldUntil ?? 0n),
        convicted: standing?.convicted ?? false,
        nodeKeyIsOurs: nodeKeyOf(stake) === setup.nodeKey,
    };
}

function stakeLines(paint: Paint, chain: ChainFacts | Failure, setup: Setup): string[] {
    const head = paint('bold', `Stake ${setup.stake.toString()} on ${setup.network}`);
    if ('code' in chain) return [head, `  ${paint('red', chain.message)} ${chain.hint}`];
    const { stake, standing, wallet } = chain;
    const owner = `  owner         ${walletText(setup.owner)}, has ${formatGram(wallet)}`;
    if (stake === undefined) {
        return [head, owner, '  It is not open. Run "cocoon-provider init" to open it.'];
    }
    const unbonding =
        stake.unbonding === 0n
            ? []
            : [
                  `  unbonding     ${formatGram(stake.unbonding)}, free on ${formatTime(Number(stake.unbondAt))}`,
              ];
    return [
        head,
        owner,
        `  reserve       ${formatGram(stake.reserve)}`,
        `  collateral    ${formatGram(stake.collateral)}, of which jobs hold ${formatGram(stake.locked)}`,
        ...unbonding,
        `  withdrawable  ${formatGram(stake.withdrawable)}`,
        `  operating     ${formatGram(stake.operating)}, of which rent keeps ${formatGram(stake.rent)}`,
        `  daily limit   ${formatGram(stake.dailyLimit)}, of which ${formatGram(stake.lockedToday)} was locked today`,
        `  record        ${Number(stake.record) / 1000} passed checks, which halve every month`,
        `  checked       ${Number(stake.checkRate) / 100} % of its jobs, by its record`,
        ...standingLines(paint, standing),
        ...(stake.paused ? [paint('yellow', '  It is paused and takes no bids.')] : []),
        ...(nodeKeyOf(stake) === setup.nodeKey
            ? []
            : [paint('yellow', '  It obeys another node key than that of this machine.')]),
    ];
}

type OtherStake = ChainFacts['others'][number];

function otherJson({ setup: { network, market, stake: address }, stake }: OtherStake): object {
    const amounts = stake && {
        ...{ reserve: stake.reserve, collateral: stake.collateral, locked: stake.locked },
        ...{ unbonding: stake.unbonding, withdrawable: stake.withdrawable },
        operating: stake.operating,
    };
    return { network, market, address, open: stake !== undefined, ...amounts };
}

/** What lies in stakes of other Markets, and how to get at it. */
function otherLines(paint: Paint, others: readonly OtherStake[]): string[] {
    return others.flatMap(({ setup: { network, market, stake: address }, stake }) => [
        '',
        paint(
            'bold',
            `Stake ${address.toString()} of the Market ${market.toString()} on ${network}`,
        ),
        stake === undefined
            ? '  It is not open there, or that network was not asked.'
            : `  bonded ${formatGram(stake.reserve + stake.collateral)}, unbonding ${formatGram(stake.unbonding)}, ` +
              `withdrawable ${formatGram(stake.withdrawable)}, operating ${formatGram(stake.operating)}`,
        `  "cocoon-provider withdraw --network ${network} --market ${market.toString()}" leads there.`,
    ]);
}

function standingLines(paint: Paint, standing: StandingView | undefined): string[] {
    if (standing === undefined) return [];
    if (standing.convicted) {
        const what =
            '  It is CONVICTED: its reserve and locks are gone, and it takes no bids again.';
        return [paint('red', what), '  Withdraw what is left with "cocoon-provider withdraw".'];
    }
    const until = Number(standing.heldUntil);
    if (until * 1000 <= Date.now()) return [];
    const what = `  A dispute holds it until ${formatTime(until)} at the latest: no bids, no withdrawals.`;
    return [paint('yellow', what)];
}

function nodeLines(paint: Paint, { state, running, checks }: NodeFacts): string[] {
    if (state === 'stopped') return [paint('bold', 'Node: stopped')];
    if (state === 'running' && running === undefined && checks !== undefined) {
        return [paint('bold', 'Node: runs, and checks others')];
    }
    if (running === undefined) {
        return [
            paint('bold', 'Node: runs, and does not answer'),
            '  Check that provider.http.adminPort is that of the running node.',
        ];
    }
    const { url, startedAt, ready, reasons, jobs } = running;
    const since = formatDuration(Date.now() - startedAt);
    return [
        paint('bold', `Node: runs on ${url} since ${since}`),
        ...(ready
            ? []
            : reasons
                  // Told in full below.
                  .filter(({ code }) => code !== 'suspended')
                  .map(({ detail }) => paint('yellow', `  Takes no jobs: ${detail}`))),
        ...(jobs.length === 0 ? ['  No jobs now.'] : []),
        ...jobs.map(({ escrow, jobId, phase, items = 0, finished, price }) => {
            const at = phase === 'working' ? `, ${finished} of ${items} items` : '';
            const asked = price === undefined ? '' : ` for ${formatGram(price)}`;
            return `  Job ${escrow.slice(-6)}/${jobId}: ${phase}${asked}${at}`;
        }),
    ];
}

function earningLines({ today, week, totals }: NodeFacts): string[] {
    if (today === undefined || totals === undefined) return [];
    return [
        `Earned: ${formatGram(today.earned)} today, ` +
            (week === undefined ? '' : `${formatGram(week)} in seven days, `) +
            `${formatGram(totals.earned)} in all.`,
        `Today: ${today.seen} jobs seen, ${today.bids} bid for, ${today.won} won; ` +
            `${formatGram(today.earned - today.fees)} after messages.`,
        `Jobs: ${totals.seen} seen, ${totals.bids} bid for, ${totals.won} won; messages took ${formatGram(totals.fees)}.`,
    ];
}

function recentLines({ recent }: NodeFacts): string[] {
    if (recent.length === 0) return [];
    const rows = recent
        .slice(0, SHOWN_JOBS)
        .map(({ escrow, jobId, outcome, reason, earned, detail, seenAt }) => [
            formatTime(seenAt / 1000),
            `${escrow.slice(-6)}/${jobId}`,
            outcome,
            reason ?? '',
            earned === undefined ? '' : formatGram(earned),
            onOneLine(detail ?? ''),
        ]);
    const columns = ['seen', 'job', 'outcome', 'reason', 'earned', 'why'].map((title) => ({
        title,
    }));
    const more =
        '  "cocoon-provider why <job>" tells one in full; "cocoon-provider earnings" adds up.';
    return ['', table(columns, rows), more];
}
