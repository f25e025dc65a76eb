import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { type Hash, sha256 } from '../../../protocol';
import { askWhyNoBid, discoverNodes, explainNoBid, type NoBidSummary } from '../../../sdk';
import type { Network } from '../../network';
import { plainGram } from '../../terminal';
import { readSteps, stepFolder, type StoredSubmission } from './submission';

export interface UnsoldJob {
    readonly escrow: Address;
    readonly jobId: number;
    readonly spec: Hash;
    /** Ceiling, nanoGRAM; undefined where it is not known. */
    readonly offered: bigint | undefined;
    /** URLs of nodes that the user named; none: those that the chain shows. */
    readonly nodes: readonly string[];
}

/** Asks nodes why they did not bid. Undefined where they cannot be asked: that ends no command. */
export async function whyNoBid(
    { chain, deployment, fetch }: Network,
    { nodes, offered, ...job }: UnsoldJob,
    signal: AbortSignal,
): Promise<NoBidSummary | undefined> {
    try {
        const found = nodes.length > 0 ? [] : await discoverNodes({ chain, deployment, signal });
        const endpoints = [...nodes, ...found.map(({ endpoint }) => endpoint)];
        const answers = await askWhyNoBid({ ...job, endpoints, fetch, signal });
        return explainNoBid(answers, offered);
    } catch {
        signal.throwIfAborted();
        return undefined;
    }
}

/** The step of a submission that ended without a bid, where its last one did. */
export function unsoldStep(submission: StoredSubmission): UnsoldJob | undefined {
    const steps = readSteps(submission);
    const step = steps.at(-1);
    if (step?.end?.outcome !== 'no-bid') return undefined;
    const spec = readFileSync(join(stepFolder(submission, steps.length - 1), 'spec.json'));
    return {
        escrow: Address.parse(step.escrow),
        jobId: step.jobId,
        spec: sha256(Uint8Array.from(spec)),
        offered: step.terms.ceiling,
        nodes: submission.nodes,
    };
}

/**
 * What a client can do next, as sentences.
 *
 * @param id - of the submission in this home; undefined for a job of another one
 */
export function nextSteps({ advice }: NoBidSummary, id: string | undefined): string[] {
    const again = (flags: string) =>
        id === undefined ? '' : ` "cocoon submit --resume ${id}${flags}" posts it again.`;
    return advice.map((one) => {
        switch (one.kind) {
            case 'raise-price': {
                const price = plainGram(one.price);
                return `Offer ${price} GRAM.${again(` --price ${price}`)}`;
            }
            case 'more-time':
                return `Submit it with --commit-window ${one.seconds}s or more.`;
            case 'serve-inputs':
                return (
                    'Nodes have to reach what you serve: set client.publicUrl, or name stores with ' +
                    `client.stores.${again('')}`
                );
            case 'smaller-job':
                return 'Submit fewer items at a time, or with --max-memory or --max-output lowered.';
            case 'prepare-again':
                return 'Submit it anew: its documents, or the parameters that it was under, do not hold.';
            case 'try-later':
                return `Some nodes may bid later.${again('')}`;
            case 'announce':
                return `Name nodes that can be reached with --node <url>.`;
        }
    });
}
