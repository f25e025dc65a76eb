import fc from 'fast-check';
import { CLAIM_SPREAD, claimTime } from '../../verifier/claim-turn';
import { accountAddress, DEVNET_PARAMETERS, ticketOf } from '../../wrappers';

const END = 1_790_000_000;
const GRAM = 1_000_000_000n;

function job(state: 'checking' | 'jury', window: number) {
    const verification = {
        ...DEVNET_PARAMETERS.verification,
        claimWindow: window,
        juryClaimWindow: 3 * window,
        verifierStake: 10n * GRAM,
    };
    return { state, phaseEnd: END, parameters: { ...DEVNET_PARAMETERS, verification } } as const;
}

describe('The time of a claim', () => {
    it.each([
        ['checking', 20, 10],
        ['jury', 20, 30],
    ] as const)(
        'when a job is in state %s is in the first half of the window',
        (state, window, half) => {
            const start = END - (state === 'jury' ? 3 * window : window);
            const stakes = fc.tuple(fc.bigInt(1n, 2n ** 250n), fc.bigInt(10n, 100_000n));
            fc.assert(
                fc.property(stakes, ([stake, gram]) => {
                    const ticket = ticketOf(7n, 0, accountAddress(stake), gram * GRAM);
                    const at = claimTime(job(state, window), { ticket }, CLAIM_SPREAD);
                    expect(at).toBeGreaterThanOrEqual(start);
                    expect(at).toBeLessThanOrEqual(start + half);
                }),
            );
        },
    );

    it('is the earlier, the lower the ticket, for stakes of any weight', () => {
        const tickets = fc.tuple(fc.bigInt(0n, 2n ** 93n), fc.bigInt(0n, 2n ** 93n));
        fc.assert(
            fc.property(tickets, ([one, other]) => {
                const [low, high] = one < other ? [one, other] : [other, one];
                const at = (ticket: bigint) => claimTime(job('checking', 60), { ticket }, 0.5);
                expect(at(low)).toBeLessThanOrEqual(at(high));
            }),
        );
        const spread = [0n, 2n ** 92n / 10n, 2n ** 93n / 10n].map((ticket) =>
            claimTime(job('checking', 60), { ticket: ticket * 8n }, 0.5),
        );
        expect(new Set(spread).size).toBe(3);
    });

    it('is at once where the window is too short for anything else', () => {
        const ticket = 2n ** 92n;
        expect(claimTime(job('checking', 8), { ticket }, 0.5)).toBe(END - 8);
        expect(claimTime(job('checking', 60), { ticket }, 0)).toBe(END - 60);
    });
});
