import type { Cell } from '@ton/core';
import { beginCell, type Builder } from '@ton/core';
import {
    hashToBigInt,
    type ComparisonRule,
    type OutputTolerance,
    type Sketch,
    type SketchRule,
    sketchRuleOf,
} from '../protocol';
import { hashBits } from './job-key';

const EXACT = 1;
const TOLERANCE = 2;

/** A comparison rule as the terms of a job carry it: see `ComparisonRule` in contracts/schema.tlb. */
export function encodeRule(rule: ComparisonRule): Cell {
    if (rule.class === 'exact') return beginCell().storeUint(EXACT, 8).endCell();
    const builder = beginCell().storeUint(TOLERANCE, 8);
    rule.outputs.forEach((output, index) => {
        if (index > 0) builder.storeBit(true);
        storeOutputRule(builder, output);
    });
    for (let index = rule.outputs.length; index < 4; index++) builder.storeBit(false);
    return builder.endCell();
}

/** A sketch as it is opened and revealed: see `Sketch` in contracts/schema.tlb. */
export function encodeSketch(sketch: Sketch): Cell {
    const builder = beginCell().storeBit(sketch.failed).storeUint(hashToBigInt(sketch.exact), 256);
    for (let index = 0; index < 4; index++) {
        const projections = sketch.projections[index];
        builder.storeBit(projections !== undefined);
        if (projections === undefined) continue;
        if (index === 0) storeProjections(builder, projections);
        else builder.storeRef(storeProjections(beginCell(), projections).endCell());
    }
    return builder.endCell();
}

/** Reads a sketch that somebody opened.
 *
 * @throws RangeError or another error of the cell where it is none
 */
export function decodeSketch(cell: Cell): Sketch {
    const slice = cell.beginParse();
    const failed = slice.loadBit();
    const exact = new Uint8Array(slice.loadBuffer(32)) as Sketch['exact'];
    const projections: bigint[][] = [];
    for (let index = 0; index < 4 && slice.loadBit(); index++) {
        const source = index === 0 ? slice : slice.loadRef().beginParse();
        projections.push(Array.from({ length: 8 }, () => source.loadIntBig(64)));
    }
    return { failed, exact, projections };
}

/** What a juror seals and reveals: two own results, the committed one where it was served, and whether it was opened. */
export interface JurorSketches {
    readonly native: Sketch;
    readonly wasm: Sketch;
    readonly committed: Sketch | undefined;
    /** Whether what the provider opened in the check is of its committed result; true if it has not. */
    readonly bound: boolean;
}

export function encodeJurorSketches(sketches: JurorSketches): Cell {
    const builder = beginCell()
        .storeRef(encodeSketch(sketches.native))
        .storeRef(encodeSketch(sketches.wasm));
    builder.storeBit(sketches.bound).storeBit(sketches.committed !== undefined);
    if (sketches.committed !== undefined) builder.storeRef(encodeSketch(sketches.committed));
    return builder.endCell();
}

/** The seal of a juror: sha256(hash(cell) salt:uint128 stake:uint256). */
export function jurorSeal(sketches: Cell, salt: bigint, stake: bigint): bigint {
    return hashBits(
        beginCell().storeBuffer(sketches.hash()).storeUint(salt, 128).storeUint(stake, 256),
    );
}

/** The seal of a verifier, which also covers the key of its claim. */
export function verifierSeal(sketch: Cell, salt: bigint, stake: bigint, key: bigint): bigint {
    return hashBits(
        beginCell()
            .storeBuffer(sketch.hash())
            .storeUint(salt, 128)
            .storeUint(stake, 256)
            .storeUint(key, 256),
    );
}

/** The numbers that the contract compares with, for each output of a rule. */
export function sketchRules(rule: ComparisonRule): SketchRule[] {
    return rule.class === 'exact' ? [] : rule.outputs.map(sketchRuleOf);
}

function storeOutputRule(builder: Builder, output: OutputTolerance): Builder {
    const { tau, floor } = sketchRuleOf(output);
    return builder
        .storeUint(tau, 32)
        .storeUint(floor, 64)
        .storeUint(binary64(output.scale), 64)
        .storeUint(binary64(output.clamp), 64);
}

function storeProjections(builder: Builder, projections: readonly bigint[]): Builder {
    for (const projection of projections) builder.storeInt(projection, 64);
    return builder;
}

/** The bits of a number as IEEE 754 binary64. */
function binary64(value: number): bigint {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0);
}
