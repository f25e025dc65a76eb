import { statfs } from 'node:fs/promises';
import { createLogTail } from '../../provider';
import { createRuntime } from '../../runtime';
import { isPeerUrl } from '../../sdk';
import type { StakeView } from '../../wrappers';
import type { ConfigFlags } from '../config';
import { makePrivateFolder, nodeKeyPair, type ProviderKeys } from '../keystore';
import { BalanceTooLowError, walletText } from '../network';
import { action, type CommandContext, formatBytes, formatGram } from '../terminal';
import { SetupError } from './errors';
import { leave } from './leave';
import { checkMoved } from './moved';
import { createNode, type Role } from './node';
import { openLog } from './node-log';
import { processesOf } from './node-options';
import { assertOthersIdle, begunBy } from './other-stakes';
import { pageOptions } from './page-options';
import { publicUrl } from './public-url';
import { lockHome } from './running';
import { type Command, nodeKeyOf, openSession, type Session, type Verb } from './session';
import { logPath } from './setup';

interface Flags extends ConfigFlags {
    readonly logLevel?: string;
    readonly logToStderr?: boolean;
    readonly leaveOthers?: boolean;
}

const GIB = 1024 ** 3;
/** Below this nothing useful can be done, bytes. */
const MIN_FREE_BYTES = 256 * 1024 ** 2;

const SAYS: Readonly<Record<Command, string>> = {
    'cocoon-provider':
        'Follows the Market, bids, executes and serves until Ctrl-C; with the role verify in ' +
        'provider.roles it also checks what others did. Jobs that are not finished then go on at ' +
        'the next start; their deadlines do not wait.',
    'cocoon-verifier':
        'Follows the Market and checks what others did until Ctrl-C. Claims that are open then go ' +
        'on at the next start; their deadlines do not wait, and a bond whose time passes is lost.',
};

export const startVerb: Verb = (program, context, command) => {
    program
        .command('start')
        .summary('run the node')
        .description(SAYS[command])
        .option('--log-level <level>', 'silent, error, warn, info or debug')
        .option('--log-to-stderr', 'log there and not to the file in the home')
        .option('--leave-others', 'start although another stake of this home has open jobs')
        .addHelpText(
            'after',
            '\nUnder --json every event is one line: {"at","kind","escrow","jobId",…}.\n\n' +
                'Examples:\n' +
                `  ${command} start\n` +
                `  COCOON_PASSPHRASE_FILE=/run/credentials/pass ${command} start --json --log-to-stderr`,
        )
        .action(action<Flags>((flags) => start(context, flags, command)));
};

async function start(context: CommandContext, flags: Flags, command: Command): Promise<void> {
    const extra = { 'provider.logLevel': flags.logLevel };
    const session = await openSession(context, flags, extra);
    const { config, setup } = session;
    const { home } = config;
    const roles = command === 'cocoon-verifier' ? (['verify'] as const) : config.provider.roles;
    const view = await session.view();
    await checkStake(session, view, roles);
    await makePrivateFolder(home.provider.folder);
    await checkDisk(session);
    await checkMoved(session);
    const keys = await session.keys();
    const lock = await lockHome(home);
    try {
        if (flags.leaveOthers !== true) await assertOthersIdle(home, setup);
        await checkOperating(session, view, roles);
        await run(context, flags, { session, roles, keys });
    } finally {
        await lock.close();
    }
}

interface Start {
    readonly session: Session;
    readonly roles: readonly Role[];
    readonly keys: ProviderKeys;
}

/** Runs the node of a home that is locked until it is told to stop. */
async function run(
    { terminal, signal }: CommandContext,
    flags: Flags,
    { session, roles, keys }: Start,
): Promise<void> {
    const { config, setup } = session;
    const { provider: settings, home } = config;
    const { secretKey } = nodeKeyPair(keys);
    const toFile = flags.logToStderr === true ? undefined : logPath(home);
    const tail = createLogTail();
    const { logger, close } = openLog(settings.logLevel, toFile, tail);
    const runtime = createRuntime({ processes: processesOf(settings), logger });
    const tell = (event: object, text: string | undefined) => {
        if (text !== undefined) tail.say(text);
        if (terminal.mode.json) terminal.result({ at: new Date(), ...event }, '');
        else if (text !== undefined && !terminal.mode.quiet)
            terminal.result(event, `${time()}  ${text}`);
    };
    const node = createNode({
        session,
        roles,
        secretKey,
        secret: keys.nodeSecret.reveal(),
        runtime,
        logger,
        minFreeBytes: MIN_FREE_BYTES,
        page: await pageOptions(home, tail),
        tell,
    });
    try {
        const { url, adminUrl } = await node.start();
        const where = url === undefined ? 'Checking' : `Working on ${clientUrl(session, url)}`;
        tell(
            { kind: 'started', roles, url, adminUrl, stake: setup.stake },
            `${where} for the stake ${setup.stake.toString()}. Ctrl-C stops.`,
        );
        await aborted(signal);
        terminal.note('Stopping. Jobs that are not finished go on at the next start.');
        await leave(node, {
            drainSeconds: settings.drainSeconds,
            say: (text) => tell({ kind: 'left', text }, text),
            now: () => performance.now(),
            sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        });
    } finally {
        await node.stop();
        await runtime.stop();
        close();
    }
    tell({ kind: 'stopped' }, 'Stopped.');
}

/** Where the node listens, or its key where clients come by that. */
function clientUrl({ config, setup }: Session, listens: string): string {
    const told = publicUrl(config, setup.nodeKey);
    return isPeerUrl(told) ? told : listens;
}

/** @throws SetupError `STAKE_OTHER_NODE` */
async function checkStake(
    session: Session,
    view: StakeView,
    roles: readonly Role[],
): Promise<void> {
    const { setup, stake, config, context } = session;
    if (nodeKeyOf(view) !== setup.nodeKey) {
        throw new SetupError(
            'STAKE_OTHER_NODE',
            `The stake ${setup.stake.toString()} obeys another node key than that of this machine.`,
            'Run "cocoon-provider publish" to make this machine its node; the other one loses it.',
        );
    }
    const provides = roles.includes('provide');
    // Nobody comes to a verifier.
    const wanted = provides ? publicUrl(config, setup.nodeKey) : undefined;
    const named = wanted === undefined ? undefined : await stake.getEndpointUrl();
    if (wanted !== undefined && named !== wanted) {
        throw new SetupError(
            'STAKE_OTHER_NODE',
            `The stake tells clients to come to ${named ?? 'nowhere'}, and this machine is ${wanted}.`,
            'Run "cocoon-provider publish" to change the stake, or ' +
                `"cocoon-provider start --set provider.http.publicUrl=${named ?? wanted}" to keep it.`,
        );
    }
    if (view.paused)
        context.terminal.warn('The stake is paused. "cocoon-provider resume" ends that.');
}

/**
 * A node without money for one more job has nothing to do, unless it has begun something: that it
 * has to finish all the same, or the stake pays for it.
 *
 * @throws BalanceTooLowError
 */
async function checkOperating(
    { config, setup, network, context }: Session,
    view: StakeView,
    roles: readonly Role[],
): Promise<void> {
    const provides = roles.includes('provide');
    const { bid, claim } = await network.market.getCosts();
    const least = view.rent + (provides ? bid : claim);
    if (view.operating >= least) return;
    const { jobs, checks } = await begunBy(config.home, setup);
    if (jobs + checks === 0) {
        throw new BalanceTooLowError(
            setup.stake,
            view.operating,
            least,
            provides
                ? 'for one bid and its results, above what is bonded'
                : 'for one claim, above what is bonded; its bond comes on top',
        );
    }
    const stake = walletText(setup.stake);
    context.terminal.warn(
        `The stake ${stake} has ${formatGram(view.operating)} for messages, and something new needs ` +
            `${formatGram(least)}. What was begun goes on (${jobs} jobs, ${checks} checks). ` +
            `Send at least ${formatGram(least - view.operating)} to ${stake}.`,
    );
}

/** A node with little room takes nothing new; what it has begun it has to finish all the same. */
async function checkDisk({ config, context }: Session): Promise<void> {
    const { folder } = config.home.provider;
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free < MIN_FREE_BYTES) {
        context.terminal.warn(
            `The disk of ${folder} has ${formatBytes(free)} left. Nothing new is taken until it has ` +
                `${formatBytes(MIN_FREE_BYTES)}; what was begun goes on.`,
        );
        return;
    }
    const wanted = config.provider.limits.diskGiB * GIB;
    if (free < wanted) {
        context.terminal.note(
            `The disk has ${formatBytes(free)} left, less than the ${formatBytes(wanted)} of provider.limits.diskGiB.`,
        );
    }
}

function aborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
    });
}

function time(): string {
    return new Date().toTimeString().slice(0, 8);
}
