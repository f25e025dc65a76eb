import { statfs } from 'node:fs/promises';
import { version } from '../../package.json';
import { createProvider } from '../../provider';
import { createRuntime } from '../../runtime';
import { createBlobStore } from '../../sdk/node';
import type { StakeView } from '../../wrappers';
import type { ConfigFlags } from '../config';
import { makePrivateFolder, nodeKeyPair } from '../keystore';
import { BalanceTooLowError } from '../network';
import { action, type CommandContext, formatBytes } from '../terminal';
import { SetupError } from './errors';
import { createNarrator } from './narrate';
import { openLog } from './node-log';
import { nodeOptions, processesOf } from './node-options';
import { publicUrl } from './public-url';
import { nodeKeyOf, openSession, type Session, type Verb } from './session';
import { blobFolder, logPath, stateFolder } from './setup';

interface Flags extends ConfigFlags {
    readonly logLevel?: string;
    readonly logToStderr?: boolean;
}

const GIB = 1024 ** 3;
/** Below this nothing useful can be done, bytes. */
const MIN_FREE_BYTES = 256 * 1024 ** 2;

export const startVerb: Verb = (program, context) => {
    program
        .command('start')
        .summary('run the node')
        .description(
            'Follows the Market, bids, executes and serves until Ctrl-C. Jobs that are not finished ' +
                'then go on at the next start; their deadlines do not wait.',
        )
        .option('--log-level <level>', 'silent, error, warn, info or debug')
        .option('--log-to-stderr', 'log there and not to the file in the home')
        .addHelpText(
            'after',
            '\nUnder --json every event is one line: {"at","kind","escrow","jobId",…}.\n\n' +
                'Examples:\n' +
                '  cocoon-provider start\n' +
                '  COCOON_PASSPHRASE_FILE=/run/credentials/pass cocoon-provider start --json --log-to-stderr',
        )
        .action(action<Flags>((flags) => start(context, flags)));
};

async function start(context: CommandContext, flags: Flags): Promise<void> {
    const { terminal, signal } = context;
    const extra = { 'provider.logLevel': flags.logLevel };
    const session = await openSession(context, flags, extra);
    const { config, setup, network } = session;
    const { provider: settings, home } = config;
    await checkStake(session, await session.view());
    await makePrivateFolder(home.provider.folder);
    await checkDisk(session);
    const keys = await session.keys();
    const { secretKey } = nodeKeyPair(keys);

    const toFile = flags.logToStderr === true ? undefined : logPath(home);
    const { logger, close } = openLog(settings.logLevel, toFile);
    const runtime = createRuntime({ processes: processesOf(settings), logger });
    const narrator = createNarrator();
    const tell = (event: object, text: string | undefined) => {
        if (terminal.mode.json) terminal.result({ at: new Date(), ...event }, '');
        else if (text !== undefined && !terminal.mode.quiet)
            terminal.result(event, `${time()}  ${text}`);
    };
    const provider = createProvider({
        ...nodeOptions(settings),
        chain: network.chain,
        market: network.market.address,
        stake: setup.stake,
        network: network.id,
        nodeKey: secretKey,
        secret: keys.nodeSecret.reveal(),
        runtime,
        blobs: createBlobStore({
            folder: blobFolder(home),
            maxBytes: Math.floor(settings.limits.diskGiB * GIB),
        }),
        stateFolder: stateFolder(home, setup.stake),
        minFreeBytes: MIN_FREE_BYTES,
        fetch: network.fetch,
        version,
        logger,
        onEvent: (event) => tell(event, narrator.job(event)),
        onNodeEvent: (event) => tell(event, narrator.node(event)),
    });
    try {
        await provider.start();
        const json = {
            kind: 'started',
            url: provider.url,
            adminUrl: provider.adminUrl,
            stake: setup.stake,
        };
        tell(
            json,
            `Working on ${provider.url} for the stake ${setup.stake.toString()}. Ctrl-C stops.`,
        );
        await aborted(signal);
        terminal.note('Stopping. Jobs that are not finished go on at the next start.');
    } finally {
        await provider.stop();
        await runtime.stop();
        close();
    }
    tell({ kind: 'stopped' }, 'Stopped.');
}

/** @throws SetupError `STAKE_OTHER_NODE`, BalanceTooLowError */
async function checkStake(session: Session, view: StakeView): Promise<void> {
    const { setup, stake, config, network, context } = session;
    if (nodeKeyOf(view) !== setup.nodeKey) {
        throw new SetupError(
            'STAKE_OTHER_NODE',
            `The stake ${setup.stake.toString()} obeys another node key than that of this machine.`,
            'Run "cocoon-provider publish" to make this machine its node; the other one loses it.',
        );
    }
    const wanted = publicUrl(config);
    const named = await stake.getEndpointUrl();
    if (named !== wanted) {
        throw new SetupError(
            'STAKE_OTHER_NODE',
            `The stake tells clients to come to ${named ?? 'nowhere'}, and this machine is ${wanted}.`,
            'Run "cocoon-provider publish" to change the stake, or ' +
                `"cocoon-provider start --set provider.http.publicUrl=${named ?? wanted}" to keep it.`,
        );
    }
    const { bid } = await network.market.getCosts();
    if (view.operating - view.rent < bid) {
        throw new BalanceTooLowError(
            setup.stake,
            view.operating,
            view.rent + bid,
            'for one bid and its results, above what is bonded',
        );
    }
    if (view.paused)
        context.terminal.warn('The stake is paused. "cocoon-provider resume" ends that.');
}

/** @throws SetupError `DISK_FULL` */
async function checkDisk({ config, context }: Session): Promise<void> {
    const { folder } = config.home.provider;
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free < MIN_FREE_BYTES) {
        throw new SetupError(
            'DISK_FULL',
            `The disk of ${folder} has ${formatBytes(free)} left.`,
            `Make room for at least ${formatBytes(MIN_FREE_BYTES)}.`,
        );
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
