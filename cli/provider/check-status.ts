import { existsSync } from 'node:fs';
import { z } from 'zod';
import { StateInUseError } from '../../provider';
import { openVerifierState, recentCheck } from '../../verifier';
import type { Config } from '../config';
import { formatGram, formatTime, type Paint } from '../terminal';
import { checksFolder, type Setup } from './setup';

const amount = z.union([
    z.bigint(),
    z
        .string()
        .regex(/^-?\d+$/)
        .transform(BigInt),
]);

/** What `GET /status` and the state of a verifier have in common. */
export const checkFactsSchema = z.object({
    bondsAtStake: amount,
    totals: z.object({
        claims: z.number(),
        verified: z.number(),
        sat: z.number(),
        earned: amount,
        lost: amount,
        fees: amount,
    }),
    recent: z.array(
        z.object({
            escrow: z.string(),
            jobId: z.number(),
            seenAt: z.number(),
            open: z.boolean(),
            outcome: z.string().optional(),
            news: z.array(z.object({ at: z.number(), text: z.string() })),
        }),
    ),
});

export type CheckFacts = z.output<typeof checkFactsSchema>;

/** Checks, and sentences of each, that a status shows. */
const SHOWN_CHECKS = 5;
const SHOWN_NEWS = 6;
const RECENT = 20;

/** What the verifier of this home has done, where it does not run; undefined where it never did. */
export async function storedChecks(
    { home }: Config,
    setup: Setup,
): Promise<CheckFacts | undefined> {
    const folder = checksFolder(home, setup.stake);
    if (!existsSync(folder)) return undefined;
    try {
        const state = await openVerifierState({ folder, stake: setup.stake, market: setup.market });
        try {
            return {
                bondsAtStake: state.checks.bondsAtStake(),
                totals: state.totals,
                recent: state.checks.latest(RECENT).map((record) => {
                    const { news, ...rest } = recentCheck(record);
                    return { ...rest, news: [...news] };
                }),
            };
        } finally {
            await state.close();
        }
    } catch (error) {
        if (!(error instanceof StateInUseError)) throw error;
        return undefined;
    }
}

/** What became of each check, in sentences. */
export function checkLines(paint: Paint, checks: CheckFacts | undefined): string[] {
    if (checks === undefined) return [];
    const { bondsAtStake, totals, recent } = checks;
    const lines = [
        '',
        paint('bold', 'Checks of others'),
        `  ${totals.claims} claimed, ${totals.verified} verified, ${totals.sat} seats in juries; ` +
            `earned ${formatGram(totals.earned)}, lost ${formatGram(totals.lost)}, ` +
            `messages took ${formatGram(totals.fees)}.`,
        `  Bonds at stake: ${formatGram(bondsAtStake)}.`,
    ];
    for (const { escrow, jobId, seenAt, news } of recent.slice(0, SHOWN_CHECKS)) {
        lines.push(`  Job ${escrow.slice(-6)}/${jobId}, listed ${formatTime(seenAt / 1000)}`);
        for (const { text } of news.slice(-SHOWN_NEWS)) lines.push(`    ${text}`);
    }
    return lines;
}
