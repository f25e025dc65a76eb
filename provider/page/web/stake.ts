import { bodyOf, facts, h, whenChanged } from './dom';
import { countdown, gram, moment } from './format';
import type { View } from './wire';

/** The money that stands behind the node. */
export const showStake = whenChanged(({ stake, checks }: Pick<View, 'stake' | 'checks'>) => {
    const { view, address } = stake;
    const body = bodyOf('stake');
    if (view === undefined) {
        return body.replaceChildren(h('p', {}, 'The stake was not seen on chain yet.'));
    }
    const free = BigInt(view.collateral) - BigInt(view.locked);
    const warnings = [
        ...(view.convicted
            ? ['The stake is convicted: reserve and locks are gone, and it takes no bids again.']
            : []),
        ...(view.heldUntil * 1000 > Date.now()
            ? ['A dispute holds the stake: no bids, no withdrawals.']
            : []),
        ...(view.paused ? ['The stake is paused and takes no bids.'] : []),
    ];
    body.replaceChildren(
        ...warnings.map((text) => h('p', { class: 'state idle' }, text)),
        facts(
            ['Reserve', gram(view.reserve)],
            ['Collateral', gram(view.collateral)],
            ['Locked by jobs', gram(view.locked)],
            ['Free for bids', gram(free < 0n ? 0n : free)],
            [
                'Unbonding',
                BigInt(view.unbonding) === 0n
                    ? 'nothing'
                    : [
                          `${gram(view.unbonding)}, free `,
                          view.unbondAt * 1000 <= Date.now()
                              ? 'now'
                              : ['in ', countdown(view.unbondAt * 1000, 'left')],
                          ' (',
                          moment(view.unbondAt * 1000),
                          ')',
                      ],
            ],
            ['Can be withdrawn', gram(view.withdrawable)],
            ['Operating gas', gram(view.operating)],
            ['Locked today', `${gram(view.lockedToday)} of at most ${gram(view.dailyLimit)}`],
            ['Passed checks', `${view.record}; ${view.checkRate / 100} % of its jobs are checked`],
            checks === undefined ? undefined : ['Checks of others', checkSentence(checks)],
        ),
        h('p', { class: 'small' }, 'Stake ', h('span', { class: 'address' }, address)),
        h(
            'p',
            { class: 'small' },
            'Pausing, withdrawing and unbonding need the key of the owner: use ',
            h('code', {}, 'cocoon-provider pause'),
            ', ',
            h('code', {}, 'resume'),
            ' and ',
            h('code', {}, 'withdraw'),
            '.',
        ),
    );
});

/** What the verifier of the same stake says of itself. */
function checkSentence(checks: unknown): string {
    const { totals, bondsAtStake } = checks as {
        readonly totals?: {
            readonly claims: number;
            readonly verified: number;
            readonly earned: string;
        };
        readonly bondsAtStake?: string;
    };
    if (totals === undefined || bondsAtStake === undefined) return 'none';
    return `${totals.claims} claimed, ${totals.verified} verified, ${gram(totals.earned)} earned; ${gram(bondsAtStake)} at stake`;
}
