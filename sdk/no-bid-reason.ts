import type { Address } from '@ton/core';
import * as z from 'zod';
import { bytesToUtf8, type HashHex } from '../protocol';

/*
 * Why a node did not bid for a job, as JSON at `<endpoint>/jobs/<escrow>/<job id>/why?spec=<sha256>`.
 * A node answers for jobs that were announced to it, and says no more than a client needs to do
 * better. Nothing in it can be proved: it is advice, by somebody who may gain by a wrong one.
 */

const FORMAT = 'cocoon.why/1';
/** JSON of an answer, bytes. */
export const MAX_WHY_BYTES = 4096;
const MAX_TEXT = 300;

const nano = z.codec(z.string().regex(/^\d{1,20}$/), z.bigint(), {
    decode: (text) => BigInt(text),
    encode: (amount) => amount.toString(),
});
const figure = z.number().min(0).max(1e15);
/** Words of a stranger that are shown on a terminal: one line, nothing that moves its cursor. */
const text = z
    .string()
    .max(MAX_TEXT)
    .regex(/^[\x20-\x7e]*$/);

const codes = z.discriminatedUnion('code', [
    /** It did bid. */
    z.object({ code: z.literal('bid'), price: nano }),
    /** It has not decided yet. */
    z.object({ code: z.literal('undecided') }),
    /** It asks for more than the ceiling, nanoGRAM. */
    z.object({ code: z.literal('too-cheap'), asked: nano }),
    /** Another bid was better; what it would have asked for at least, nanoGRAM. */
    z.object({ code: z.literal('outbid'), asked: nano.optional() }),
    /** It has other work. */
    z.object({ code: z.literal('busy') }),
    /** The time to commit is too short for its machine. */
    z.object({ code: z.literal('too-slow'), neededSeconds: figure, allowedSeconds: figure }),
    /** It could not fetch something. */
    z.object({ code: z.literal('missing'), what: z.enum(['spec', 'manifest', 'inputs', 'key']) }),
    /** The job may take more of something than this node gives. */
    z.object({ code: z.literal('too-large'), limit: text, most: figure.optional() }),
    /** The terms of checks are unsafe for it. */
    z.object({ code: z.literal('check-terms'), term: text, needed: figure }),
    /** The model does not run there. */
    z.object({ code: z.literal('model-refused'), why: text }),
    /** Spec, manifest or inputs break their format. */
    z.object({ code: z.literal('malformed') }),
    /** It was posted under parameters that the market has replaced. */
    z.object({ code: z.literal('old-parameters') }),
    /** It does not take jobs of this kind. */
    z.object({ code: z.literal('not-taken') }),
    /** Its owner has suspended it for now. */
    z.object({ code: z.literal('suspended') }),
    /** Its stake backs no further bid now. */
    z.object({ code: z.literal('stake') }),
    /** It was not ready before bids ended. */
    z.object({ code: z.literal('too-late') }),
    /** Something failed there. */
    z.object({ code: z.literal('failed') }),
]);

/** Why one node did not bid, as it says. Amounts nanoGRAM. */
export type NoBidReason = z.output<typeof codes>;

const answer = z.object({ format: z.literal(FORMAT), sentence: text, reason: codes });

/** Path at which a node tells why it did not bid. */
export function whyPath(escrow: Address, jobId: number, spec: HashHex): string {
    return `/jobs/${escrow.toRawString()}/${jobId}/why?spec=${spec}`;
}

/** What a node answers, for `JSON.stringify`. */
export function encodeWhy(reason: NoBidReason): z.input<typeof answer> {
    return z.encode(answer, { format: FORMAT, sentence: noBidSentence(reason), reason });
}

/**
 * Reads the answer of a node.
 *
 * @throws TypeError where it is none
 */
export function parseWhy(bytes: Uint8Array): NoBidReason {
    let json: unknown;
    try {
        json = JSON.parse(bytesToUtf8(bytes));
    } catch (cause) {
        throw new TypeError('The answer is no JSON.', { cause });
    }
    const read = z.safeDecode(answer, json as z.input<typeof answer>);
    if (read.success) return read.data.reason;
    throw new TypeError('The answer is no reason of the format cocoon.why/1.');
}

/** A reason in the words of the node that gives it. */
export function noBidSentence(reason: NoBidReason): string {
    switch (reason.code) {
        case 'bid':
            return 'This node did bid.';
        case 'undecided':
            return 'This node has not decided yet.';
        case 'too-cheap':
            return `This node asks for ${reason.asked} nanoGRAM at least.`;
        case 'outbid':
            return 'Another bid was better.';
        case 'busy':
            return 'This node has other work.';
        case 'too-slow':
            return `This node needs ${Math.ceil(reason.neededSeconds)} s; it was given ${Math.floor(reason.allowedSeconds)} s.`;
        case 'missing':
            return reason.what === 'key'
                ? 'This node was not given the key of the sealed inputs.'
                : `This node could not fetch the ${reason.what}.`;
        case 'too-large':
            return `The job asks for more ${reason.limit} than this node gives.`;
        case 'check-terms':
            return 'The terms of checks of this job are unsafe for this node.';
        case 'model-refused':
            return 'The model does not run on this node.';
        case 'malformed':
            return 'Spec, manifest or inputs of the job are malformed.';
        case 'old-parameters':
            return 'The job is under parameters that the market has replaced.';
        case 'not-taken':
            return 'This node does not take such jobs.';
        case 'suspended':
            return 'This node is suspended by its owner for now.';
        case 'stake':
            return 'The stake of this node backs no further bid now.';
        case 'too-late':
            return 'The time for bids was over before this node was ready.';
        case 'failed':
            return 'Something failed on this node.';
    }
}
