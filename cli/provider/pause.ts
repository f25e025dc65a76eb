import type { ConfigFlags } from '../config';
import { action, type CommandContext, formatGram, gramAmount } from '../terminal';
import { openSession, type Verb } from './session';
import { tellStake } from './stake-message';

interface Flags extends ConfigFlags {
    readonly dailyLimit?: bigint;
    readonly wait: boolean;
}

export const pauseVerb: Verb = (program, context) => {
    program
        .command('pause')
        .summary('stop all new bids at once, from wherever they come')
        .description(
            'The stake takes no more bids, so that a stolen node key can do nothing. Jobs that are ' +
                'won go on.',
        )
        .option('--no-wait', 'do not wait for a wallet elsewhere')
        .action(action<Flags>((flags) => setLimits(context, flags, true)));
};

export const resumeVerb: Verb = (program, context) => {
    program
        .command('resume')
        .summary('allow bids again')
        .description(
            'The stake takes bids again; the most that may be locked in a day can be changed.',
        )
        .option('--daily-limit <gram>', 'most that may be locked in a day', gramAmount)
        .option('--no-wait', 'do not wait for a wallet elsewhere')
        .action(action<Flags>((flags) => setLimits(context, flags, false)));
};

async function setLimits(context: CommandContext, flags: Flags, paused: boolean): Promise<void> {
    const session = await openSession(context, flags);
    const view = await session.view();
    const dailyLimit = flags.dailyLimit ?? view.dailyLimit;
    const done = paused ? 'The stake is paused.' : 'The stake takes bids.';
    const limit = `At most ${formatGram(dailyLimit)} may be locked in a day.`;
    if (view.paused === paused && view.dailyLimit === dailyLimit) {
        return context.terminal.result({ paused, dailyLimit }, `${done} ${limit}`);
    }
    const after = await tellStake(
        session,
        {
            says: paused ? 'pause the stake' : 'let the stake bid',
            send: (via, value) => session.stake.sendSetLimits(via, value, { dailyLimit, paused }),
        },
        !flags.wait,
    );
    if (after === undefined) return;
    context.terminal.result(
        { paused: after.paused, dailyLimit: after.dailyLimit },
        `${done} ${limit}`,
    );
}
