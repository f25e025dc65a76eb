import { Address } from '@ton/core';
import * as z from 'zod';

/*
 * What strangers may ask for. Whatever is not understood is refused, so that a filter that is
 * misspelt does not answer with everything.
 */

const account = z
    .string()
    .max(100)
    .transform((text, context) => {
        try {
            return Address.parse(text).toString();
        } catch {
            context.issues.push({ code: 'custom', message: 'is no account', input: text });
            return z.NEVER;
        }
    });
const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true');
const whole = (least: number, most: number) =>
    z
        .string()
        .regex(/^\d{1,10}$/)
        .transform(Number)
        .pipe(z.number().int().min(least).max(most));

const MOST_JOBS = 200;
const MOST_STAKES = 200;

export const jobsQuery = z.strictObject({
    limit: whole(1, MOST_JOBS).default(50),
    before: z.string().max(200).optional(),
    live: yesOrNo.optional(),
    checked: yesOrNo.optional(),
    outcome: z
        .string()
        .regex(/^[a-z-]{1,30}$/)
        .optional(),
    model: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    stake: account.optional(),
    client: account.optional(),
});

export const jobPath = z.object({ escrow: account, jobId: whole(0, 2 ** 32 - 1) });
export const stakePath = z.object({ stake: account });

export const stakesQuery = z.strictObject({
    limit: whole(1, MOST_STAKES).default(50),
    offset: whole(0, 1_000_000).default(0),
    order: z.enum(['active', 'earned', 'reserve']).default('active'),
});

export const daysQuery = z
    .strictObject({ from: whole(0, 100_000).optional(), to: whole(0, 100_000).optional() })
    .transform(({ from, to }) => {
        const last = to ?? 100_000;
        return { from: from ?? 0, to: last };
    });

export const nothingQuery = z.strictObject({});
