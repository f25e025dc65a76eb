import type { StakeView } from '../../wrappers';
import type { ConfigFlags } from '../config';
import {
    action,
    type CommandContext,
    formatDuration,
    formatGram,
    formatTime,
    gramAmount,
    UsageError,
} from '../terminal';
import { walletText } from '../network';
import { WithdrawError } from './errors';
import { openSession, type Session, type Verb } from './session';
import { tellStake } from './stake-message';

interface Flags extends ConfigFlags {
    readonly amount?: bigint;
    readonly operating?: bigint;
    readonly all?: boolean;
    readonly unbond?: boolean;
    readonly reserve?: bigint;
    readonly collateral?: bigint;
    readonly wait: boolean;
}

/** Rent of the time between the question and the message, nanoGRAM. */
const RENT_MARGIN = 1_000_000n;

export const withdrawVerb: Verb = (program, context, command) => {
    program
        .command('withdraw')
        .summary('take earnings out, or begin to unbond')
        .description(
            'Without flags: what can be withdrawn now, and why not the rest. ' +
                'Everything goes to the owner of the stake.',
        )
        .option('--amount <gram>', 'this much of earnings and matured bonds', gramAmount)
        .option('--operating <gram>', 'this much of the operating balance', gramAmount)
        .option('--all', 'all that is free; with --unbond: all that is bonded')
        .option('--unbond', 'begin to free reserve and collateral')
        .option('--reserve <gram>', 'of the reserve, with --unbond', gramAmount)
        .option('--collateral <gram>', 'of the collateral, with --unbond', gramAmount)
        .option('--no-wait', 'do not wait for a wallet elsewhere')
        .addHelpText(
            'after',
            '\nExamples:\n' +
                `  ${command} withdraw                  what is free\n` +
                `  ${command} withdraw --all            take all that is free\n` +
                `  ${command} withdraw --unbond --all   leave: all is free after the unbonding`,
        )
        .action(action<Flags>((flags) => withdraw(context, flags)));
};

async function withdraw(context: CommandContext, flags: Flags): Promise<void> {
    const { amount, operating, all, unbond, reserve, collateral } = flags;
    if (unbond !== true && (reserve !== undefined || collateral !== undefined)) {
        throw new UsageError('--reserve and --collateral are for --unbond.');
    }
    if (unbond === true && (amount !== undefined || operating !== undefined)) {
        throw new UsageError('--amount and --operating are not for --unbond.');
    }
    const session = await openSession(context, flags);
    const view = await session.view();
    if (unbond === true) return unbondPart(session, view, flags);
    if (amount === undefined && operating === undefined && all !== true) {
        return context.terminal.result(freeJson(view), explain(session, view).join('\n'));
    }
    return withdrawPart(session, view, flags);
}

/** What of the operating balance may leave; all of it once nothing is bonded. */
function freeOperating(view: StakeView): bigint {
    const bonded = view.reserve + view.collateral + view.unbonding;
    const kept = bonded === 0n ? RENT_MARGIN : view.rent + RENT_MARGIN;
    return view.operating > kept ? view.operating - kept : 0n;
}

async function withdrawPart(session: Session, view: StakeView, flags: Flags): Promise<void> {
    const leaving = view.reserve + view.collateral + view.unbonding === 0n;
    const amount = flags.all === true ? view.withdrawable : (flags.amount ?? 0n);
    const operating = flags.operating ?? (flags.all === true && leaving ? freeOperating(view) : 0n);
    if (amount > view.withdrawable) {
        throw new WithdrawError(
            'TOO_MUCH',
            `Only ${formatGram(view.withdrawable)} can be withdrawn now, not ${formatGram(amount)}.`,
            'Run "cocoon-provider withdraw" to see what is free, and when.',
        );
    }
    if (operating > freeOperating(view)) {
        throw new WithdrawError(
            'TOO_MUCH',
            `Only ${formatGram(freeOperating(view))} of the operating balance can be withdrawn.`,
            `The stake keeps ${formatGram(view.rent)} for its rent while anything is bonded.`,
        );
    }
    if (amount === 0n && operating === 0n) {
        throw new WithdrawError(
            'NOTHING_FREE',
            'There is nothing to withdraw now.',
            'Run "cocoon-provider withdraw" to see what will be free, and when.',
        );
    }
    const { terminal } = session.context;
    const total = formatGram(amount + operating);
    const after = await tellStake(
        session,
        {
            says: `withdraw ${total} to ${walletText(session.setup.owner)}`,
            send: (via, value) => session.stake.sendWithdraw(via, value, { amount, operating }),
        },
        !flags.wait,
    );
    if (after === undefined) return;
    terminal.result(
        { withdrawn: { amount, operating }, ...freeJson(after) },
        [
            `${total} went to ${walletText(session.setup.owner)}.`,
            '',
            ...explain(session, after),
        ].join('\n'),
    );
}

async function unbondPart(session: Session, view: StakeView, flags: Flags): Promise<void> {
    const all = flags.all === true;
    const reserve = flags.reserve ?? (all ? view.reserve : 0n);
    const collateral = flags.collateral ?? (all ? view.collateral : 0n);
    if (reserve === 0n && collateral === 0n) {
        throw all
            ? new WithdrawError('NOTHING_FREE', 'Nothing is bonded.', 'There is nothing to unbond.')
            : new UsageError('Say how much: --all, --reserve <gram> or --collateral <gram>.');
    }
    if (reserve > view.reserve || collateral > view.collateral) {
        throw new WithdrawError(
            'TOO_MUCH',
            `The stake has ${formatGram(view.reserve)} of reserve and ` +
                `${formatGram(view.collateral)} of collateral, which is less.`,
            'Give smaller amounts, or --all.',
        );
    }
    const { terminal } = session.context;
    terminal.note(
        `What unbonds backs no new bid and can still be forfeited. It is free after ` +
            `${formatDuration(Number(view.unbondingWindow) * 1000)}, or when the last lock has ended.`,
    );
    if (view.unbonding > 0n) {
        terminal.warn(`${formatGram(view.unbonding)} that unbond already will wait as long again.`);
    }
    const after = await tellStake(
        session,
        {
            says: `unbond ${formatGram(reserve + collateral)}`,
            send: (via, value) => session.stake.sendUnbond(via, value, { reserve, collateral }),
        },
        !flags.wait,
    );
    if (after === undefined) return;
    terminal.result(
        { unbonded: { reserve, collateral }, ...freeJson(after) },
        explain(session, after).join('\n'),
    );
}

function freeJson(view: StakeView): Record<string, unknown> {
    const { withdrawable, reserve, collateral, locked, unbonding, operating, rent } = view;
    return {
        withdrawable,
        freeOperating: freeOperating(view),
        unbonding,
        ...(unbonding > 0n && { freeAt: Number(view.unbondAt) }),
        reserve,
        collateral,
        locked,
        operating,
        rent,
    };
}

function explain({ setup }: Session, view: StakeView): string[] {
    const { withdrawable, reserve, collateral, locked, unbonding, unbondAt } = view;
    const lines = [
        `Can be withdrawn now, to ${walletText(setup.owner)}:`,
        `  earnings and matured bonds  ${formatGram(withdrawable)}`,
        `  of the operating balance    ${formatGram(freeOperating(view))}; the node pays its messages from it`,
    ];
    const waiting: string[] = [];
    if (unbonding > 0n) {
        waiting.push(
            `  unbonding                   ${formatGram(unbonding)}, free on ${formatTime(Number(unbondAt))}`,
        );
    }
    if (reserve > 0n)
        waiting.push(
            `  reserve                     ${formatGram(reserve)}, stands behind all bids`,
        );
    if (collateral > 0n) {
        waiting.push(
            `  collateral                  ${formatGram(collateral)}, of which jobs hold ${formatGram(locked)}`,
        );
    }
    if (waiting.length === 0) return [...lines, 'Nothing is bonded.'];
    const window = formatDuration(Number(view.unbondingWindow) * 1000);
    const bonded = reserve + collateral > 0n;
    return [
        ...lines,
        'Not now:',
        ...waiting,
        ...(bonded
            ? [
                  `"cocoon-provider withdraw --unbond --all" frees reserve and collateral after ${window}.`,
              ]
            : []),
    ];
}
