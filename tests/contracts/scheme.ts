import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    ast,
    BuiltinOneArgExpr,
    CellRefExpr,
    CombinatorExpr,
    type Declaration,
    FieldNamedDef,
    NameExpr,
    NumberExpr,
} from '@ton-community/tlb-parser';
import { type Cell, Dictionary, type Slice } from '@ton/core';

/*
 * contracts/schema.tlb as values: its constructors, and an interpreter that reads cells by them.
 */

export const ROOT = join(__dirname, '..', '..');
export const SCHEME_PATH = join(ROOT, 'contracts', 'schema.tlb');
export const SOURCE = readFileSync(SCHEME_PATH, 'utf8');
export const LINES = SOURCE.split('\n');

export type Type =
    | { readonly kind: 'uint' | 'int' | 'bits'; readonly width: number }
    | { readonly kind: 'bool' | 'cell' }
    | { readonly kind: 'named'; readonly name: string }
    | { readonly kind: 'maybe' | 'reference'; readonly of: Type }
    | { readonly kind: 'dictionary'; readonly keyBits: number; readonly of: Type };

export interface Field {
    readonly name: string;
    readonly type: Type;
}

export interface Constructor {
    readonly name: string;
    readonly type: string;
    /** Bits of the tag, as a string of 0 and 1. */
    readonly tag: string;
    readonly fields: readonly Field[];
    readonly line: number;
}

const BUILT_IN = ['Bool', 'Maybe'];
export const CONSTRUCTORS = ast(SOURCE)
    .declarations.filter((declaration) => !BUILT_IN.includes(declaration.combinator.name))
    .map(constructorOf);

function constructorOf(declaration: Declaration): Constructor {
    const { name, tag } = declaration.constructorDef;
    const { line } = declaration.locations;
    return {
        name,
        type: declaration.combinator.name,
        tag: tagBits(tag ?? fail(`${name} has no tag: TL-B would take a CRC for it`)),
        fields: declaration.fields.map((field) => {
            if (!(field instanceof FieldNamedDef))
                return fail(`${name} has a field without a name`);
            const camel = field.name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
            return { name: camel, type: typeOf(field.expr) };
        }),
        line,
    };
}

function tagBits(tag: string): string {
    const digits = tag.slice(1).replace('_', '');
    if (tag.startsWith('$')) return digits;
    return [...digits].map((hex) => parseInt(hex, 16).toString(2).padStart(4, '0')).join('');
}

function typeOf(expression: unknown): Type {
    if (expression instanceof CellRefExpr)
        return { kind: 'reference', of: typeOf(expression.expr) };
    if (expression instanceof BuiltinOneArgExpr && expression.name === '##') {
        return { kind: 'uint', width: numberOf(expression.arg) };
    }
    if (expression instanceof CombinatorExpr) {
        const [first, second] = expression.args;
        if (expression.name === 'Maybe') return { kind: 'maybe', of: typeOf(first) };
        if (expression.name === 'HashmapE') {
            return { kind: 'dictionary', keyBits: numberOf(first), of: typeOf(second) };
        }
    }
    if (!(expression instanceof NameExpr)) return fail('the scheme uses TL-B unknown to this test');
    const [, kind, width] = /^(uint|int|bits)(\d+)$/.exec(expression.name) ?? [];
    if (kind === 'uint' || kind === 'int' || kind === 'bits') return { kind, width: Number(width) };
    if (expression.name === 'Bool') return { kind: 'bool' };
    if (expression.name === 'Cell') return { kind: 'cell' };
    return { kind: 'named', name: expression.name };
}

function numberOf(expression: unknown): number {
    return expression instanceof NumberExpr ? expression.num : fail('a number is expected');
}

export function fail(why: string): never {
    throw new Error(why);
}

export function constructorsOf(type: string): readonly Constructor[] {
    const found = CONSTRUCTORS.filter((constructor) => constructor.type === type);
    return found.length > 0 ? found : fail(`${type} is not in the scheme`);
}

export function only(type: string): Constructor {
    const [first, ...others] = constructorsOf(type);
    return first !== undefined && others.length === 0 ? first : fail(`${type} is a union`);
}

export interface Reference {
    readonly cell: Cell;
    readonly content: Value;
}
export interface Struct {
    readonly constructorName: string;
    readonly fields: Readonly<Record<string, Value>>;
}
export type Value =
    bigint | boolean | null | Cell | Reference | Struct | ReadonlyMap<bigint, Value>;

/** Reads a whole cell; whatever is left over is a mistake. */
function decode(type: Type, cell: Cell): Value {
    return whole(cell.beginParse(), (slice) => load(type, slice));
}

/** Reads a whole cell of a named type. */
export function decodeStruct(type: string, cell: Cell): Struct {
    return whole(cell.beginParse(), (slice) => loadNamed(type, slice));
}

function whole<T>(slice: Slice, read: (slice: Slice) => T): T {
    const value = read(slice);
    if (slice.remainingBits > 0 || slice.remainingRefs > 0) {
        fail(`${slice.remainingBits} bits and ${slice.remainingRefs} references are left over`);
    }
    return value;
}

function load(type: Type, slice: Slice): Value {
    switch (type.kind) {
        case 'uint':
            return slice.loadUintBig(type.width);
        case 'int':
            return slice.loadIntBig(type.width);
        case 'bits':
            return loadBits(slice, type.width);
        case 'bool':
            return slice.loadBit();
        case 'cell':
            return whole(slice, (rest) => {
                const cell = rest.asCell();
                rest.skip(rest.remainingBits);
                while (rest.remainingRefs > 0) rest.loadRef();
                return cell;
            });
        case 'named':
            return loadNamed(type.name, slice);
        case 'maybe':
            return slice.loadBit() ? load(type.of, slice) : null;
        case 'reference': {
            const cell = slice.loadRef();
            return { cell, content: decode(type.of, cell) };
        }
        case 'dictionary': {
            const entries = slice.loadDict(Dictionary.Keys.BigUint(type.keyBits), {
                serialize: () => fail('only read'),
                parse: (leaf) => whole(leaf, (value) => load(type.of, value)),
            });
            return new Map(entries.keys().map((key) => [key, entries.get(key) ?? null]));
        }
    }
}

function loadNamed(type: string, slice: Slice): Struct {
    const fitting = constructorsOf(type).filter(
        ({ tag }) =>
            slice.remainingBits >= tag.length &&
            [...tag].every((bit, i) => slice.clone().skip(i).loadBit() === (bit === '1')),
    );
    const constructor =
        fitting.length < 2 ? fitting[0] : fitting.find((one) => fillsUp(one, slice.clone()));
    if (constructor === undefined) return fail(`no constructor of ${type} begins like this`);
    return loadConstructor(constructor, slice);
}

/** Whether nothing is left over: what tells apart the forms of one tag. */
function fillsUp(constructor: Constructor, slice: Slice): boolean {
    try {
        loadConstructor(constructor, slice);
    } catch {
        return false;
    }
    return slice.remainingBits === 0 && slice.remainingRefs === 0;
}

function loadConstructor(constructor: Constructor, slice: Slice): Struct {
    slice.skip(constructor.tag.length);
    return {
        constructorName: constructor.name,
        fields: Object.fromEntries(
            constructor.fields.map(({ name, type: of }) => [name, load(of, slice)]),
        ),
    };
}

function loadBits(slice: Slice, width: number): bigint {
    let value = 0n;
    for (let left = width; left > 0; left -= 256) {
        const step = Math.min(left, 256);
        value = (value << BigInt(step)) | slice.loadUintBig(step);
    }
    return value;
}

/** The number with which a message begins; null for everything else. */
export function opcodeOf({ tag }: Constructor): number | null {
    return tag.length === 32 ? parseInt(tag, 2) : null;
}

/** Messages and logs. What a node says repeats the opcodes of those that it becomes. */
export const MESSAGES = CONSTRUCTORS.filter(
    (one) => opcodeOf(one) !== null && !/^NodeWord$|Preimage$/.test(one.type),
);

/** Reads a body by its opcode; it must be consumed to the last bit. */
export function decodeMessage(body: Cell): Struct {
    const opcode = body.beginParse().loadUint(32);
    const found = MESSAGES.find((one) => opcodeOf(one) === opcode);
    return decodeStruct((found ?? fail(`opcode ${opcode.toString(16)} is unknown`)).type, body);
}

/** The fields of a struct that stands in another. */
export function struct(value: Value | undefined): Struct['fields'] {
    return (value as Struct).fields;
}

/** The fields of a struct in a reference. */
export function referenced(value: Value | undefined): Struct['fields'] {
    return struct((value as Reference).content);
}
