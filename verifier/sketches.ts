import type { Cell } from '@ton/core';
import {
    asHash,
    type ComparisonRule,
    decodeOutputItem,
    dependsOnTiming,
    type Hash,
    ITEM_ERROR_CODES,
    type ItemErrorName,
    type Sketch,
    sketchFailure,
    sketchOutput,
} from '../protocol';
import { encodeJurorSketches, encodeSketch, juryProjectionSeed, projectionSeed } from '../wrappers';
import type { CommittedLeaf } from './committed-leaf';
import type { ItemOutcome } from './execute-item';

/** The sketch of what an execution gave. */
export function sketchOutcome(rule: ComparisonRule, outcome: ItemOutcome, seed: Hash): Sketch {
    return outcome.status === 'done'
        ? sketchOutput(rule, decodeOutputItem(outcome.output), seed)
        : sketchFailure(rule, outcome.code, seed);
}

/** The sketch of a committed leaf; undefined for an output that is no item. */
export function sketchLeaf(
    rule: ComparisonRule,
    leaf: CommittedLeaf,
    seed: Hash,
): Sketch | undefined {
    switch (leaf.kind) {
        case 'result':
            return sketchOutput(rule, leaf.output, seed);
        case 'error':
            return sketchFailure(rule, leaf.name, seed);
        case 'malformed':
            return undefined;
    }
}

/** What a verifier seals. */
export function verifierSketch(
    rule: ComparisonRule,
    outcome: ItemOutcome,
    draw: bigint,
    round: number,
): Cell {
    return encodeSketch(sketchOutcome(rule, outcome, checkSeed(draw, round)));
}

/** Whether the provider has opened the sketch of the leaf that it committed to. */
export function isBound(
    rule: ComparisonRule,
    leaf: CommittedLeaf,
    opened: Cell,
    draw: bigint,
    round: number,
): boolean {
    const sketch = sketchLeaf(rule, leaf, checkSeed(draw, round));
    return sketch !== undefined && encodeSketch(sketch).equals(opened);
}

/** What a juror has: its own results in both classes, and the committed one as it was served. */
export interface JurorFindings {
    readonly native: ItemOutcome;
    readonly wasm: ItemOutcome;
    /** Undefined where it could not be had. */
    readonly committed: CommittedLeaf | undefined;
}

/**
 * What a juror seals. Where its own failures depend on timing it cannot judge: it then makes its
 * two classes disagree, which the contract takes for unstable and blames nobody for. A committed
 * failure of the very same kind is confirmed.
 *
 * @param bound - whether the provider opened the sketch of its committed result; see `isBound`
 */
export function jurorSketches(
    rule: ComparisonRule,
    findings: JurorFindings,
    jurySeed: bigint,
    bound: boolean,
): Cell {
    const seed = asHash(juryProjectionSeed(jurySeed));
    const { native, wasm, committed } = findings;
    const cannotJudge = isTiming(native) || isTiming(wasm);
    const confirmed = cannotJudge && sameFailure(native, committed);
    return encodeJurorSketches({
        native: sketchOutcome(rule, native, seed),
        wasm: cannotJudge
            ? confirmed
                ? sketchOutcome(rule, native, seed)
                : sketchFailure(rule, otherThan(native), seed)
            : sketchOutcome(rule, wasm, seed),
        committed: committed && sketchLeaf(rule, committed, seed),
        bound,
    });
}

function checkSeed(draw: bigint, round: number): Hash {
    return asHash(projectionSeed(draw, round));
}

function isTiming(outcome: ItemOutcome): boolean {
    return outcome.status === 'failed' && dependsOnTiming(ITEM_ERROR_CODES[outcome.code]);
}

function sameFailure(own: ItemOutcome, committed: CommittedLeaf | undefined): boolean {
    return own.status === 'failed' && committed?.kind === 'error' && committed.name === own.code;
}

/** A failure that the other class did not have. */
function otherThan(outcome: ItemOutcome): ItemErrorName {
    const code = outcome.status === 'failed' ? outcome.code : undefined;
    return code === 'TIME_LIMIT' ? 'PROCESS_DIED' : 'TIME_LIMIT';
}
