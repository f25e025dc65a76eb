import { bodyOf, facts, h, whenChanged } from './dom';
import { countdown, gram, moment } from './format';
import type { View } from './wire';

/** The money that stands behind the node. */
export const showStake = whenChanged(({ stake, roles }: Pick<View, 'stake' | 'roles'>) => {
    const { view, address } = stake;
    const provides = roles.includes('provide');
    const body = bodyOf('stake');
    if (view === undefined) {
        return body.replaceChildren(h('p', {}, 'The stake was not seen on chain yet.'));
    }
    const free = BigInt(view.collateral) - BigInt(view.locked);
    const warnings = [
        ...(view.convicted
            ? [
                  'The stake is convicted: reserve and locks are gone, and it takes no bids and no claims again.',
              ]
            : []),
        ...(view.heldUntil * 1000 > Date.now()
            ? ['A dispute holds the stake: no bids, no withdrawals.']
            : []),
        ...(view.paused ? ['The stake is paused: no bids and no claims.'] : []),
    ];
    body.replaceChildren(
        ...warnings.map((text) => h('p', { class: 'state idle' }, text)),
        facts(
            ['Reserve', gram(view.reserve)],
            ['Collateral', gram(view.collateral)],
            provides ? ['Locked by jobs', gram(view.locked)] : undefined,
            provides ? ['Free for bids', gram(free < 0n ? 0n : free)] : undefined,
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
            provides
                ? ['Locked today', `${gram(view.lockedToday)} of at most ${gram(view.dailyLimit)}`]
                : undefined,
            provides
                ? [
                      'Passed checks',
                      `${view.record}; ${view.checkRate / 100} % of its jobs are checked`,
                  ]
                : undefined,
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
