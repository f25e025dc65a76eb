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
import {
    type Address,
    beginCell,
    type Builder,
    Cell,
    Dictionary,
    type Message,
    type Slice,
    storeStateInit,
    toNano,
} from '@ton/core';
import { sha256_sync, signVerify } from '@ton/crypto';
import type { SendMessageResult } from '@ton/sandbox';
import * as builtEscrow from '../../build/Escrow/Escrow_Escrow';
import * as builtMarket from '../../build/Market/Market_Market';
import * as builtStake from '../../build/Stake/Stake_Stake';
import { leafData, merkleLeafHash, merkleNodeHash } from '../../protocol';
import { accountId, contractCode, escrowInit, type NodeAction, stakeInit } from '../../wrappers';
import { hashSeed, NETWORK, World } from './world';

/*
 * contracts/schema.tlb is what another implementation would be written from, so it must be true.
 * Three ways to find a lie: names, opcodes and widths against the compiled ABI; what the generated
 * wrappers write, read back by an interpreter of the scheme; and what the contracts themselves
 * write in whole lives of jobs, stakes and parameters, read the same way.
 */

const ROOT = join(__dirname, '..', '..');
const SOURCE = readFileSync(join(ROOT, 'contracts', 'schema.tlb'), 'utf8');
const LINES = SOURCE.split('\n');
const RESERVED_FROM = LINES.findIndex((line) => /^\/\/ =+ PART 2$/.test(line)) + 1;
const MAX_CELL_BITS = 1023;
const MAX_INLINE_BODY_BITS = 575;
/** Beside the header of an external outgoing message to nobody. */
const MAX_LOG_BITS = 919;
const MAX_BOUNCED_BITS = 224;

// ------------------------------------------------------------------------------- the scheme

type Type =
    | { readonly kind: 'uint' | 'int' | 'bits'; readonly width: number }
    | { readonly kind: 'bool' | 'cell' }
    | { readonly kind: 'named'; readonly name: string }
    | { readonly kind: 'maybe' | 'reference'; readonly of: Type }
    | { readonly kind: 'dictionary'; readonly keyBits: number; readonly of: Type };

interface Field {
    readonly name: string;
    readonly type: Type;
}

interface Constructor {
    readonly name: string;
    readonly type: string;
    /** Bits of the tag, as a string of 0 and 1. */
    readonly tag: string;
    readonly fields: readonly Field[];
    readonly line: number;
    readonly reserved: boolean;
}

const BUILT_IN = ['Bool', 'Maybe'];
const CONSTRUCTORS = ast(SOURCE)
    .declarations.filter((declaration) => !BUILT_IN.includes(declaration.combinator.name))
    .map(constructorOf);

function constructorOf(declaration: Declaration): Constructor {
    const { name, tag } = declaration.constructorDef;
    const line = declaration.locations.line;
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
        reserved: line > RESERVED_FROM,
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

function fail(why: string): never {
    throw new Error(why);
}

function constructorsOf(type: string): readonly Constructor[] {
    const found = CONSTRUCTORS.filter((constructor) => constructor.type === type);
    return found.length > 0 ? found : fail(`${type} is not in the scheme`);
}

function only(type: string): Constructor {
    const [first, ...others] = constructorsOf(type);
    return first !== undefined && others.length === 0 ? first : fail(`${type} is a union`);
}

// -------------------------------------------------------------------------- the interpreter

interface Reference {
    readonly cell: Cell;
    readonly content: Value;
}
interface Struct {
    readonly constructorName: string;
    readonly fields: Readonly<Record<string, Value>>;
}
type Value = bigint | boolean | null | Cell | Reference | Struct | ReadonlyMap<bigint, Value>;

/** Reads a whole cell; whatever is left over is a mistake. */
function decode(type: Type, cell: Cell): Value {
    return whole(cell.beginParse(), (slice) => load(type, slice));
}

/** Reads a whole cell of a named type. */
function decodeStruct(type: string, cell: Cell): Struct {
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
    const constructor = constructorsOf(type).find(
        ({ tag }) =>
            slice.remainingBits >= tag.length &&
            [...tag].every((bit, i) => slice.clone().skip(i).loadBit() === (bit === '1')),
    );
    if (constructor === undefined) return fail(`no constructor of ${type} begins like this`);
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

// ----------------------------------------------------------------------------- random values

/** Numbers under a seed, with the extremes of each width more often than chance gives them. */
class Random {
    constructor(private state: number) {}

    next(): number {
        this.state = (this.state + 0x6d2b79f5) | 0;
        let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    }

    bit(): boolean {
        return this.next() < 0.5;
    }

    uint(width: number): bigint {
        const kind = this.next();
        if (kind < 0.1) return 0n;
        if (kind < 0.2) return (1n << BigInt(width)) - 1n;
        let value = 0n;
        for (let i = 0; i < width; i++) value = (value << 1n) | (this.bit() ? 1n : 0n);
        return value;
    }
}

/** A random value of a type, written by the scheme alone. */
function store(type: Type, builder: Builder, random: Random): Builder {
    switch (type.kind) {
        case 'uint':
        case 'int':
        case 'bits':
            for (const bit of random.uint(type.width).toString(2).padStart(type.width, '0')) {
                builder.storeBit(bit === '1');
            }
            return builder;
        case 'bool':
            return builder.storeBit(random.bit());
        case 'cell':
            return builder.storeUint(random.uint(64), 64);
        case 'named': {
            const choices = constructorsOf(type.name);
            const choice = choices[Math.floor(random.next() * choices.length)] ?? fail('nothing');
            for (const bit of choice.tag) builder.storeBit(bit === '1');
            for (const field of choice.fields) store(field.type, builder, random);
            return builder;
        }
        case 'maybe': {
            const present = random.bit();
            builder.storeBit(present);
            return present ? store(type.of, builder, random) : builder;
        }
        case 'reference':
            return builder.storeRef(randomCell(type.of, random));
        case 'dictionary': {
            const entries = Dictionary.empty(Dictionary.Keys.BigUint(type.keyBits), {
                serialize: (cell: Cell, leaf: Builder) => leaf.storeSlice(cell.asSlice()),
                parse: () => fail('only written'),
            });
            const count = Math.floor(random.next() * 4);
            for (let i = 0; i < count; i++) {
                entries.set(random.uint(type.keyBits), randomCell(type.of, random));
            }
            return builder.storeDict(entries);
        }
    }
}

function randomCell(type: Type, random: Random): Cell {
    return store(type, beginCell(), random).endCell();
}

// ---------------------------------------------------------------------------------- the ABI

interface AbiField {
    readonly name: string;
    readonly type: {
        readonly kind: string;
        readonly type: string;
        readonly optional: boolean;
        readonly format?: number | string;
    };
}
interface AbiType {
    readonly name: string;
    readonly header: number | null;
    readonly fields: readonly AbiField[];
}

const CONTRACTS = ['Market', 'Stake', 'Escrow'] as const;

/** Types of Tact's standard library, and what getters and dictionaries return: not on the wire. */
const NOT_ON_THE_WIRE = new Set([
    ...['DataSize', 'SignedBundle', 'StateInit', 'Context', 'SendParameters', 'MessageParameters'],
    ...['DeployParameters', 'StdAddress', 'VarAddress', 'BasechainAddress'],
    ...['Costs', 'StakeView', 'EscrowView', 'DictEntry'],
]);

/** Layouts of PART 1 that are written by hand, bit for bit: tests of their own are below. */
const WRITTEN_BY_HAND = [
    ...['Lock', 'StakeInit', 'EscrowInit', 'JobEntry', 'NodeActionBody', 'NodeWord'],
    ...['SeedPreimage', 'DrawPreimage', 'NodeActionPreimage'],
    ...['LeafPreimage', 'LeafOutcome', 'NodePreimage'],
];

const ABI = new Map(
    CONTRACTS.flatMap((contract) => {
        const path = join(ROOT, 'build', contract, `${contract}_${contract}.abi`);
        const abi = JSON.parse(readFileSync(path, 'utf8')) as { types: AbiType[] };
        return abi.types
            .filter(({ name }) => !NOT_ON_THE_WIRE.has(name))
            .map((type): [string, AbiType] => [type.name.replace('$Data', 'Data'), type]);
    }),
);

/** The generated modules export `store<Type>` for each type of their contract. */
const GENERATED: Readonly<Record<string, unknown>> = {
    ...builtMarket,
    ...builtStake,
    ...builtEscrow,
};

/** A field of the ABI in the words of `fieldShape`. */
function abiShape({ name, type }: AbiField): string {
    const optional = type.optional ? '?' : '';
    if (type.type === 'cell') return `${name}: ^${optional}`;
    if (type.type === 'fixed-bytes') return `${name}: bits${Number(type.format) * 8}`;
    if (type.type === 'slice') return `${name}: the rest`;
    const width = typeof type.format === 'number' ? type.format : '';
    return `${name}: ${type.type}${width}${optional}`;
}

function fieldShape({ name, type }: Field): string {
    switch (type.kind) {
        case 'uint':
        case 'int':
        case 'bits':
            return `${name}: ${type.kind}${type.width}`;
        case 'bool':
            return `${name}: bool`;
        case 'named':
            return name === 'identity' ? `${name}: the rest` : `${name}: ${type.name}`;
        case 'reference':
            return `${name}: ^`;
        case 'maybe':
            return `${fieldShape({ name, type: type.of })}?`;
        case 'dictionary':
            return `${name}: ^?`;
        case 'cell':
            return fail(`${name} would have no end`);
    }
}

function opcodeOf({ tag }: Constructor): number | null {
    return tag.length === 32 ? parseInt(tag, 2) : null;
}

/** Messages and logs. What a node says repeats the opcodes of those that it becomes. */
const MESSAGES = CONSTRUCTORS.filter(
    (one) => opcodeOf(one) !== null && !/^NodeWord$|Preimage$/.test(one.type),
);

/** Arguments for a generated store function, with what the interpreter must find. */
function randomArguments(type: AbiType, random: Random): Record<string, unknown> {
    const constructor = only(type.name.replace('$Data', 'Data'));
    const fields = constructor.fields.map(({ name, type: of }): [string, unknown] => [
        name,
        randomArgument(of, random),
    ]);
    return { $$type: type.name, ...Object.fromEntries(fields) };
}

function randomArgument(type: Type, random: Random): unknown {
    switch (type.kind) {
        case 'uint':
            return random.uint(type.width);
        case 'int':
            return BigInt.asIntN(type.width, random.uint(type.width));
        case 'bits':
            return toBuffer(random.uint(type.width), type.width / 8);
        case 'bool':
            return random.bit();
        case 'maybe':
            return random.bit() ? randomArgument(type.of, random) : null;
        case 'reference':
            return randomReference(type.of, random);
        case 'dictionary':
            return randomCell(type, random).beginParse().loadMaybeRef();
        case 'named': {
            const abi = ABI.get(type.name) ?? fail(`${type.name} is not generated`);
            const value = randomArguments(abi, random);
            return type.name === 'EscrowIdentity' ? encode(abi, value).asSlice() : value;
        }
        case 'cell':
            return fail('a cell stands in a reference');
    }
}

/** What a reference holds: by the wrappers where they can write it, else by the scheme. */
function randomReference(type: Type, random: Random): Cell {
    const abi = type.kind === 'named' ? ABI.get(type.name) : undefined;
    return abi === undefined ? randomCell(type, random) : encode(abi, randomArguments(abi, random));
}

function encode(type: AbiType, value: Record<string, unknown>): Cell {
    const write = GENERATED[`store${type.name}`] as
        ((value: Record<string, unknown>) => (builder: Builder) => void) | undefined;
    return beginCell()
        .store((write ?? fail(`no store${type.name}`))(value))
        .endCell();
}

/** Whether the interpreter found what a wrapper was given. */
function expectSame(found: Value | undefined, given: unknown): void {
    if (Buffer.isBuffer(given)) {
        expect(found).toBe(BigInt(`0x${given.toString('hex')}`));
    } else if (given instanceof Cell) {
        const entries = found instanceof Map;
        expect(entries || (found as Reference).cell.equals(given)).toBe(true);
    } else if (typeof given === 'object' && given !== null && '$$type' in given) {
        const { fields } = found as Struct;
        const expected = Object.entries(given).filter(([name]) => name !== '$$type');
        expect(Object.keys(fields)).toEqual(expected.map(([name]) => name));
        for (const [name, value] of expected) expectSame(fields[name], value);
    } else if (typeof given !== 'object') {
        expect(found).toBe(given);
    }
}

describe('names, opcodes and widths', () => {
    const implemented = CONSTRUCTORS.filter(({ reserved }) => !reserved);

    it('lists every type of the contracts, and no other but those written by hand', () => {
        const listed = new Set(implemented.map(({ type }) => type));
        expect([...listed].sort()).toEqual([...ABI.keys(), ...WRITTEN_BY_HAND].sort());
    });

    it.each([...ABI])('%s', (name, type) => {
        const constructor = only(name);
        expect(opcodeOf(constructor)).toBe(type.header);
        expect(constructor.fields.map(fieldShape)).toEqual(type.fields.map(abiShape));
    });

    it('gives each opcode once, in the family of who receives it, the reserved ones too', () => {
        const opcodes = MESSAGES.flatMap((one) => opcodeOf(one) ?? []);
        expect(new Set(opcodes).size).toBe(opcodes.length);
        const families = new Set(opcodes.map((opcode) => opcode >>> 8));
        expect([...families].sort()).toEqual([0x450000, 0x4d0000, 0x530000]);
    });

    it('gives what a node says the opcode and the fields of the message that it becomes', () => {
        for (const word of constructorsOf('NodeWord')) {
            const becomes = MESSAGES.find(({ tag }) => tag === word.tag);
            const fields = becomes?.fields.map(fieldShape) ?? [];
            const written = word.fields.map(fieldShape).filter((shape) => shape !== 'tenure: bool');
            expect(fields.slice(0, written.length)).toEqual(written);
            // To a bid and to a claim the Stake adds its own words.
            const completed = ['node_bid', 'node_claim'].includes(word.name);
            expect(fields.length > written.length).toBe(completed);
        }
    });

    it('names nothing that it does not define', () => {
        const names = (type: Type): readonly string[] =>
            type.kind === 'named' ? [type.name] : 'of' in type ? names(type.of) : [];
        for (const { fields } of CONSTRUCTORS) {
            for (const name of fields.flatMap(({ type }) => names(type))) {
                expect(constructorsOf(name).length).toBeGreaterThan(0);
            }
        }
    });
});

describe('what the wrappers write', () => {
    const seed = 20_261_123;

    it.each([...ABI])(`%s, random values under seed ${seed}`, (name, type) => {
        const random = new Random(seed);
        for (let run = 0; run < 20; run++) {
            const given = randomArguments(type, random);
            const found = decodeStruct(name, encode(type, given));
            expectSame(found, given);
        }
    });

    it(`everything reserved can be written and read, random values under seed ${seed}`, () => {
        const random = new Random(seed);
        const types = new Set(CONSTRUCTORS.filter((c) => c.reserved).map(({ type }) => type));
        for (const name of types) {
            for (let run = 0; run < 20; run++) {
                decodeStruct(name, randomCell({ kind: 'named', name }, random));
            }
        }
    });
});

// --------------------------------------------------------------------------------- the bounds

interface Bound {
    /** Of the cell in which the value stands. */
    readonly bits: number;
    readonly references: number;
    /** Of all cells below it. */
    readonly cells: number;
    readonly bitsBelow: number;
}

interface Limits {
    /** Entries at most, by `Type.field`. */
    readonly entries: Readonly<Record<string, number>>;
    /** Optional fields that are absent. */
    readonly absent?: readonly string[];
}

const NOTHING: Bound = { bits: 0, references: 0, cells: 0, bitsBelow: 0 };

function plus(a: Bound, b: Bound): Bound {
    return {
        bits: a.bits + b.bits,
        references: a.references + b.references,
        cells: a.cells + b.cells,
        bitsBelow: a.bitsBelow + b.bitsBelow,
    };
}

function larger(a: Bound, b: Bound): Bound {
    return {
        bits: Math.max(a.bits, b.bits),
        references: Math.max(a.references, b.references),
        cells: Math.max(a.cells, b.cells),
        bitsBelow: Math.max(a.bitsBelow, b.bitsBelow),
    };
}

function boundOf(constructor: Constructor, limits: Limits): Bound {
    const tag = { ...NOTHING, bits: constructor.tag.length };
    return constructor.fields.reduce((sum, { name, type }) => {
        const path = `${constructor.type}.${name}`;
        if (limits.absent?.includes(path)) return plus(sum, { ...NOTHING, bits: 1 });
        return plus(sum, typeBound(type, path, limits));
    }, tag);
}

function typeBound(type: Type, path: string, limits: Limits): Bound {
    switch (type.kind) {
        case 'uint':
        case 'int':
        case 'bits':
            return { ...NOTHING, bits: type.width };
        case 'bool':
            return { ...NOTHING, bits: 1 };
        case 'cell':
            return { ...NOTHING, bits: MAX_CELL_BITS };
        case 'named':
            return constructorsOf(type.name)
                .map((constructor) => boundOf(constructor, limits))
                .reduce(larger, NOTHING);
        case 'maybe':
            return plus({ ...NOTHING, bits: 1 }, typeBound(type.of, path, limits));
        case 'reference':
            return below(typeBound(type.of, path, limits));
        case 'dictionary': {
            const entries = limits.entries[path] ?? fail(`how many entries has ${path} at most?`);
            const label = { ...NOTHING, bits: labelBits(type.keyBits) };
            const leaf = below(plus(label, typeBound(type.of, path, limits)));
            const forks = Math.max(0, entries - 1);
            return {
                bits: 1,
                references: 1,
                cells: entries * leaf.cells + forks,
                bitsBelow: entries * leaf.bitsBelow + forks * label.bits,
            };
        }
    }
}

/** A label in its long form: two bits, its length, and all bits of the key. */
function labelBits(keyBits: number): number {
    return 2 + Math.ceil(Math.log2(keyBits + 1)) + keyBits;
}

/** A value that stands in a cell of its own. */
function below({ bits, cells, bitsBelow }: Bound): Bound {
    return { bits: 0, references: 1, cells: cells + 1, bitsBelow: bitsBelow + bits };
}

const MOST_ENTRIES = {
    'EscrowData.jobs': 64,
    'StakeData.buckets': 64,
    'StakeVerification.holds': 8,
    'Jury.jurors': 15,
    'FormerJury.jurors': 5,
};

describe('the bounds that the scheme states', () => {
    const rows = LINES.flatMap((line) => {
        const match = /^\/\/ {3}([1-6] [\w, ]+?) {2,}(\d+) +(\d+) +(\d+) +(\d+) {3}/.exec(line);
        const [, state = '', ...numbers] = match ?? [];
        return match === null ? [] : [{ state, numbers: numbers.map(Number) }];
    });
    const firstJury = {
        entries: { ...MOST_ENTRIES, 'Jury.jurors': 5 },
        absent: ['Jury.former'],
    };
    const entries: readonly (readonly [string, string, Limits])[] = [
        ['1 Open', 'job_open', { entries: MOST_ENTRIES }],
        ['2 Bid', 'job_bid', { entries: MOST_ENTRIES }],
        ['3 Committed', 'job_committed', { entries: MOST_ENTRIES }],
        ['4 Checking', 'job_checking', { entries: MOST_ENTRIES }],
        ['5 Appeal', 'job_appeal', { entries: MOST_ENTRIES }],
        ['6 Jury, 5', 'job_jury', firstJury],
        ['6 Jury, 15 on appeal', 'job_jury', { entries: MOST_ENTRIES }],
    ];

    it.each(entries)('one entry in state %s', (state, name, limits) => {
        const constructor = constructorsOf('JobEntry').find((one) => one.name === name);
        const { bits, cells, bitsBelow } = boundOf(constructor ?? fail(name), limits);
        const label = labelBits(32);
        const leaf = bits + label;
        const [leafBits, allCells, allBits] =
            rows.find((row) => row.state === state)?.numbers ?? fail(`no row for ${state}`);
        expect({ leafBits, allCells, allBits }).toEqual({
            leafBits: leaf,
            allCells: cells + 2,
            allBits: leaf + label + bitsBelow,
        });
        expect(leaf).toBeLessThanOrEqual(MAX_CELL_BITS);
    });

    it.each([
        ['1 Open', ['Posted', 'Raise', 'Close']],
        ['2 Bid', ['Bid', 'Decline', 'Close']],
        ['3 Committed', ['Commit', 'Close']],
    ])('the gas constants of state %s', (state, steps) => {
        const gas = Math.max(...steps.map((step) => Number(GENERATED[`GasEscrow${step}`])));
        const bound = rows.find((row) => row.state === state)?.numbers[3] ?? 0;
        expect(gas).toBeLessThanOrEqual(bound);
        expect(gas).toBeGreaterThan(bound * 0.9);
    });

    it('every layout fits its cell', () => {
        for (const constructor of CONSTRUCTORS) {
            const { bits, references } = boundOf(constructor, { entries: MOST_ENTRIES });
            const fits = bits <= MAX_CELL_BITS && references <= 4;
            expect({ name: constructor.name, fits }).toEqual({
                name: constructor.name,
                fits: true,
            });
        }
    });

    it('says of each message whose body does not fit inline that it is in a reference', () => {
        for (const constructor of MESSAGES) {
            const { bits } = boundOf(constructor, { entries: MOST_ENTRIES });
            let line = constructor.line - 2;
            while (LINES[line]?.startsWith('//')) line--;
            const comment = LINES.slice(line + 1, constructor.line - 1).join(' ');
            const isLog = ((opcodeOf(constructor) ?? 0) & 0xff) > 0xf0;
            const most =
                isLog || comment.includes('External') ? MAX_LOG_BITS : MAX_INLINE_BODY_BITS;
            const { name } = constructor;
            expect({ name, inReference: bits > most }).toEqual({
                name,
                inReference: comment.includes('in a reference'),
            });
        }
    });

    it('what a bounce must tell stands in its first 224 bits', () => {
        for (const type of ['Bid', 'Claim']) {
            const [id, lock, until] = only(type).fields.map(fieldShape);
            expect([id, lock, until]).toEqual([
                'jobId: uint32',
                'lock: uint64',
                'lockUntil: uint32',
            ]);
            expect(32 + 64 + 32).toBeLessThanOrEqual(MAX_BOUNCED_BITS);
        }
    });

    it('the code of the contracts', async () => {
        const code = await contractCode();
        for (const contract of CONTRACTS) {
            const row = new RegExp(`^//   ${contract} +(\\d+) +(\\d+) +(\\d+) +(\\d+)$`, 'm');
            const [cells = 0, bits = 0, mostCells = 0, mostBits = 0] =
                row.exec(SOURCE)?.slice(1).map(Number) ?? fail(`no row for ${contract}`);
            const size = sizeOf(code[contract.toLowerCase() as keyof typeof code]);
            expect(size.cells).toBeLessThanOrEqual(mostCells);
            expect(size.bits).toBeLessThanOrEqual(mostBits);
            // Measured when it was written; a tenth of drift before it must be written anew.
            expect(Math.abs(size.cells - cells)).toBeLessThanOrEqual(cells / 10);
            expect(Math.abs(size.bits - bits)).toBeLessThanOrEqual(bits / 10);
        }
    });
});

/** Distinct cells of a tree, and their bits. */
function sizeOf(root: Cell): { cells: number; bits: number } {
    const seen = new Map<string, number>();
    const visit = (cell: Cell): void => {
        const hash = cell.hash().toString('hex');
        if (seen.has(hash)) return;
        seen.set(hash, cell.bits.length);
        cell.refs.forEach(visit);
    };
    visit(root);
    return { cells: seen.size, bits: [...seen.values()].reduce((a, b) => a + b, 0) };
}

// ---------------------------------------------------------------------- what the contracts write

async function dataOf(world: World, address: Address): Promise<Cell> {
    const state = (await world.chain.getContract(address)).accountState;
    if (state?.type !== 'active') return fail(`${address.toString()} is not active`);
    return state.state.data ?? fail('no data');
}

function struct(value: Value | undefined): Struct['fields'] {
    return (value as Struct).fields;
}

function referenced(value: Value | undefined): Struct['fields'] {
    return struct((value as Reference).content);
}

describe('what the contracts write', () => {
    it('the first data of Stake and Escrow, which make their addresses', async () => {
        const world = await World.create();
        const provider = await world.provider('operator');
        const client = await world.client();
        await world.post(client);
        const stake = stakeInit(world.deployment, provider.operator.address);
        const escrow = escrowInit(world.deployment, client.wallet.address);
        for (const [type, { init, address }, deployed] of [
            ['StakeInit', stake, provider.stake.address],
            ['EscrowInit', escrow, client.escrow.address],
        ] as const) {
            expect(struct(decodeStruct(type, init.data)).zeros).toBe(0n);
            const state = beginCell().store(storeStateInit(init)).endCell();
            expect(state.hash()).toEqual(address.hash);
            expect(deployed.equals(address)).toBe(true);
            await dataOf(world, address);
        }
        const market = accountId(world.market.address);
        const operator = accountId(provider.operator.address);
        expect(
            referenced(struct(decodeStruct('StakeInit', stake.init.data)).profile),
        ).toMatchObject({
            market,
            operator,
            settings: null,
        });
        const identity = struct(struct(decodeStruct('EscrowInit', escrow.init.data)).identity);
        expect(identity).toMatchObject({
            market,
            client: accountId(client.wallet.address),
            index: 0n,
        });
        // The same cells are the data of Stake and Escrow: nothing held, no jobs, no settings.
        expect(struct(decodeStruct('StakeData', stake.init.data)).principal).toBe(0n);
        expect(struct(decodeStruct('EscrowData', escrow.init.data)).held).toBe(0n);
    });

    it('the entry of a job: open, with a bid, committed; and the lock of the bid', async () => {
        const world = await World.create();
        const provider = await world.provider('operator');
        const client = await world.client();
        const entry = async (): Promise<Struct> => {
            const escrow = decodeStruct('EscrowData', await dataOf(world, client.escrow.address));
            const jobs = escrow.fields.jobs as ReadonlyMap<bigint, Value>;
            expect([...jobs.keys()]).toEqual([0n]);
            expect(escrow.fields).toMatchObject({ nextJob: 1n, open: 1n });
            return jobs.get(0n) as Struct;
        };

        await world.post(client, { ceiling: toNano('1') });
        const terms = world.terms(0);
        const open = await entry();
        const deadline = BigInt(world.now + terms.bidWindowSeconds);
        expect(open.constructorName).toBe('job_open');
        expect(open.fields.deadline).toBe(deadline);
        const job = struct(open.fields.job);
        expect(job.ceiling).toBe(toNano('1'));
        expect(referenced(job.terms)).toMatchObject({
            model: terms.model,
            seedHash: terms.seedHash,
            spec: terms.spec,
            payUnverified: false,
            rule: null,
        });
        expect(struct(referenced(job.terms).conditions)).toMatchObject({
            items: 1n,
            bidWindow: 2n,
            commitWindow: 60n,
        });
        expect(referenced(job.parameters).version).toBe(1n);

        await world.bid(provider, client, { price: toNano('0.9') });
        const bid = await entry();
        expect(bid.constructorName).toBe('job_bid');
        expect(bid.fields.deadline).toBe(deadline);
        const best = struct(bid.fields.best);
        expect(best.seedHash).toBe(hashSeed(world.providerSeed(provider, 0)));
        const award = struct(best.award);
        expect(award).toMatchObject({
            price: toNano('0.9'),
            stake: accountId(provider.stake.address),
            lock: toNano('0.9'),
        });
        const stake = struct(
            decodeStruct('StakeData', await dataOf(world, provider.stake.address)),
        );
        const buckets = stake.buckets as ReadonlyMap<bigint, Value>;
        expect(stake.locked).toBe(toNano('0.9'));
        expect([...buckets.values()].map((lock) => struct(lock).amount)).toEqual([toNano('0.9')]);

        world.wait(2);
        await world.commit(provider, client, { root: 0xcafen, faulty: 1 });
        const committed = await entry();
        expect(committed.constructorName).toBe('job_committed');
        expect(committed.fields.deadline).toBe(BigInt(world.now + world.parameters.acceptWindow));
        const result = struct(committed.fields.job);
        expect(result).toMatchObject({
            root: 0xcafen,
            faulty: 1n,
            providerSeed: world.providerSeed(provider, 0),
        });
        expect(struct(result.award)).toEqual(award);
        expect((result.terms as Reference).cell.equals((job.terms as Reference).cell)).toBe(true);
    });

    it('what a node signs', async () => {
        const world = await World.create();
        const provider = await world.provider('operator');
        const client = await world.client();
        const stake = accountId(provider.stake.address);
        const words = [
            ['bid', { jobId: 0, lock: 1n, lockUntil: 2, price: 3n, seedHash: 4n }],
            ['commit', { jobId: 0, root: 1n, seed: 2n, faulty: 3 }],
            ['decline', { jobId: 0 }],
        ] as const;
        for (const [kind, fields] of words) {
            const action = { kind, ...fields } as NodeAction;
            const cell = await world.sign(provider, client, action, { validFor: 60 });
            const signed = decodeStruct('NodeAction', cell).fields;
            const body = referenced(signed.body);
            expect(body).toMatchObject({
                seqno: 0n,
                validUntil: BigInt(world.now + 60),
                client: accountId(client.wallet.address),
                index: 0n,
            });
            const word = body.word as Struct;
            expect(word.constructorName).toBe(`node_${kind}`);
            expect(Object.entries(word.fields)).toEqual(
                Object.entries<bigint | number>(fields).map(([name, n]) => [name, BigInt(n)]),
            );
            const { cell: bodyCell } = signed.body as Reference;
            const digest = preimageHash('NodeActionPreimage', {
                network: BigInt(NETWORK),
                stake,
                body: toBigInt(bodyCell.hash()),
            });
            const signature = toBuffer(signed.signature as bigint, 64);
            expect(signVerify(toBuffer(digest, 32), signature, provider.key.publicKey)).toBe(true);
        }
    });

    it('the draw, which the Escrow computes from both seeds', async () => {
        const world = await World.create();
        const provider = await world.provider('operator');
        const client = await world.client();
        await world.post(client);
        await world.bid(provider, client, { price: toNano('0.9') });
        world.wait(2);
        await world.commit(provider, client, { root: 0xcafen });
        const accepted = await world.accept(client);
        const draw = preimageHash('DrawPreimage', {
            clientSeed: world.seed(0),
            root: 0xcafen,
            providerSeed: world.providerSeed(provider, 0),
            escrow: accountId(client.escrow.address),
            jobId: 0n,
        });
        const closed = bodies(accepted, [client.escrow.address])
            .map(message)
            .find(({ constructorName }) => constructorName === 'job_closed');
        expect(closed?.fields).toMatchObject({ jobId: 0n, outcome: 1n, draw });
        const seedHash = preimageHash('SeedPreimage', { seed: world.seed(0) });
        expect(seedHash).toBe(world.terms(0).seedHash);
    });

    it('leaves and nodes of result trees, as protocol/ hashes them', () => {
        const escrow = Buffer.alloc(32, 4);
        const leaf = leafData(
            { escrow: { workchain: 0, hash: escrow }, jobId: 7n },
            {
                index: 3,
                inputHash: new Uint8Array(32).fill(5),
                outcome: { kind: 'result', resultHash: new Uint8Array(32).fill(6) },
            },
        );
        const cell = beginCell().storeUint(0, 8).storeBuffer(Buffer.from(leaf)).endCell();
        const { fields } = decodeStruct('LeafPreimage', cell);
        expect(fields).toMatchObject({ escrow: toBigInt(escrow), jobId: 7n, item: 3n });
        expect(fields.input).toBe(toBigInt(Buffer.alloc(32, 5)));
        expect(struct(fields.outcome).output).toBe(toBigInt(Buffer.alloc(32, 6)));
        const left = merkleLeafHash(leaf);
        const right = toBuffer(9n, 32);
        expect(
            sha256_sync(cell.bits.subbuffer(0, cell.bits.length) ?? fail('not whole bytes')),
        ).toEqual(Buffer.from(left));
        expect(preimageHash('NodePreimage', { left: toBigInt(left), right: 9n })).toBe(
            toBigInt(merkleNodeHash(left, right)),
        );
    });

    it('every message and log of whole lives of jobs, stakes and parameters', async () => {
        const world = await World.create();
        const [first, second] = [await world.provider('first'), await world.provider('second')];
        const client = await world.client();
        const { market, owner } = world;
        const seen = new Set<string>();
        const parties = [
            market.address,
            client.escrow.address,
            first.stake.address,
            second.stake.address,
        ];
        const live = async (result: Promise<SendMessageResult | void>): Promise<void> => {
            const done = await result;
            if (typeof done !== 'object') return;
            for (const body of bodies(done, parties)) {
                seen.add(message(body).constructorName);
            }
        };
        const value = toNano('1');
        const from = {
            owner: owner.getSender(),
            client: client.wallet.getSender(),
            operator: first.operator.getSender(),
        };

        // A job that is bid for twice, committed and accepted.
        await live(world.post(client));
        await live(world.bid(first, client, { price: toNano('0.9') }));
        await live(world.bid(second, client, { price: toNano('0.5') }));
        world.wait(2);
        await live(world.commit(second, client));
        await live(world.accept(client));
        // One that is raised, declined and cancelled.
        await live(world.post(client, { jobId: 1 }));
        const raised = { jobId: 1, ceiling: toNano('1.1'), assurance: toNano('1') };
        await live(client.escrow.sendRaiseCeiling(from.client, toNano('3'), raised));
        await live(world.bid(first, client, { jobId: 1, price: toNano('0.9') }));
        world.wait(2);
        await live(world.act(first, client, { kind: 'decline', jobId: 1 }));
        await live(client.escrow.sendCancel(from.client, value, 1));
        // One that is never committed.
        await live(world.post(client, { jobId: 2 }));
        await live(world.bid(first, client, { jobId: 2, price: toNano('0.9') }));
        world.wait(62);
        await live(client.escrow.sendTick(2));
        // What owners do.
        await live(client.escrow.sendSweepFees(from.client, value));
        await live(client.escrow.sendWithdrawSurplus(from.client, value));
        const costs = await market.getCosts();
        const bonds = { reserve: 0n, collateral: toNano('1') };
        await live(
            market.sendOpenStake(from.operator, toNano('1') + costs.openStake, {
                nodeKey: first.key.publicKey,
                dailyLimit: 0n,
                reserve: 0n,
                collateral: 0n,
            }),
        );
        await live(first.stake.sendDeposit(from.operator, toNano('2'), bonds));
        await live(first.stake.sendUnbond(from.operator, value, bonds));
        const node = { nodeKey: first.key.publicKey, endpoint: 'http://example.org' };
        await live(first.stake.sendSetNode(from.operator, value, node));
        const limits = { dailyLimit: 1n, paused: true };
        await live(first.stake.sendSetLimits(from.operator, value, limits));
        const withdrawal = { amount: 0n, operating: 1n };
        await live(first.stake.sendWithdraw(from.operator, value, withdrawal));
        const parameters = { ...world.parameters, version: 2 };
        await live(market.sendProposeParameters(from.owner, value, parameters));
        world.wait(3600);
        await live(market.sendApplyParameters(from.owner, value));
        const say = (message: Parameters<typeof market.send>[2]): Promise<void> =>
            live(market.send(from.owner, { value }, message));
        await say({ $$type: 'WithdrawFees', amount: await market.getFees() });
        await say({ $$type: 'ProposeOwner', owner: accountId(owner.address) });
        await say({ $$type: 'AcceptOwner' });

        const implemented = MESSAGES.filter(({ reserved }) => !reserved).map(({ name }) => name);
        expect([...seen].sort()).toEqual(implemented.sort());
    });
});

/** SHA-256 of what the scheme calls a preimage, from its fields by name. */
function preimageHash(type: string, values: Readonly<Record<string, bigint>>): bigint {
    const { tag, fields } = only(type);
    const bits = fields.map(({ name, type: of }) => {
        const width = 'width' in of ? of.width : fail('a number is expected');
        const value = BigInt.asUintN(width, values[name] ?? fail(`no ${name}`));
        return value.toString(2).padStart(width, '0');
    });
    const text = tag + bits.join('');
    return toBigInt(sha256_sync(toBuffer(BigInt(`0b${text}`), text.length / 8)));
}

function toBigInt(bytes: Uint8Array): bigint {
    return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBuffer(value: bigint, bytes: number): Buffer {
    return Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
}

/** Bodies of the messages to and from the contracts of a trace that arrived and said something. */
function bodies(result: SendMessageResult, parties: readonly Address[]): Cell[] {
    const ours = ({ info }: Message): boolean =>
        parties.some((party) => info.src?.toString() === party.toString()) ||
        parties.some((party) => info.dest?.toString() === party.toString());
    return result.transactions
        .flatMap(({ inMessage, outMessages }) => [
            ...(inMessage === undefined || inMessage === null ? [] : [inMessage]),
            ...outMessages.values().filter(({ info }) => info.type === 'external-out'),
        ])
        .filter((sent) => ours(sent) && !(sent.info.type === 'internal' && sent.info.bounced))
        .map(({ body }) => body)
        .filter((body) => !body.equals(Cell.EMPTY));
}

/** Reads a body by its opcode; it must be consumed to the last bit. */
function message(body: Cell): Struct {
    const opcode = body.beginParse().loadUint(32);
    const found = MESSAGES.find((one) => opcodeOf(one) === opcode);
    return decodeStruct((found ?? fail(`opcode ${opcode.toString(16)} is unknown`)).type, body);
}
