import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginCell, type Builder, Cell } from '@ton/core';
import * as builtEscrow from '../../build/Escrow/Escrow_Escrow';
import * as builtMarket from '../../build/Market/Market_Market';
import * as builtStake from '../../build/Stake/Stake_Stake';
import {
    CONSTRUCTORS,
    constructorsOf,
    decodeStruct,
    fail,
    type Field,
    MESSAGES,
    only,
    opcodeOf,
    type Reference,
    ROOT,
    type Struct,
    type Type,
    type Value,
} from './scheme';
import { Random, randomCell } from './scheme-random';

/*
 * contracts/schema.tlb is what another implementation would be written from, so it must be true: here
 * names, opcodes and widths against the compiled ABI, and what the generated wrappers write, read back
 * by an interpreter of the scheme.
 */

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
    ...['Costs', 'StakeView', 'StandingView', 'EscrowView', 'DictEntry'],
    ...['Checked', 'JuryPay', 'Sitting', 'JuryRules', 'Squares'],
]);

/** Fields that end a record, and that the contracts copy or hash as they stand. */
const REST = new Set(['identity', 'kinds']);

/** Layouts that are written by hand, bit for bit: schema-written.spec.ts tests them. */
const WRITTEN_BY_HAND = [
    ...['Lock', 'HoldEnd', 'StakeInit', 'EscrowInit', 'EscrowSettings', 'JobEntry'],
    ...[
        'StakeIdentity',
        'EscrowIdentity',
        'EscrowTail',
        'AccountKind',
        'AccountKinds',
        'CommitResult',
        'SealedOpening',
        'SignedSeal',
    ],
    ...['NodeActionBody', 'NodeWord', 'LeafOutcome'],
    ...['ComparisonRule', 'OutputRule', 'Sketch', 'Projections', 'JurorSketches'],
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
            return REST.has(name) ? `${name}: the rest` : `${name}: ${type.name}`;
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
            const abi = ABI.get(type.name);
            // What makes an address is copied as it stands.
            if (abi === undefined) return randomCell(type, random).asSlice();
            return randomArguments(abi, random);
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
    it('lists every type of the contracts, and no other but those written by hand', () => {
        const listed = CONSTRUCTORS.map(({ type }) => type).filter((type) => !isPreimage(type));
        expect([...new Set(listed)].sort()).toEqual([...ABI.keys(), ...WRITTEN_BY_HAND].sort());
    });

    it.each([...ABI])('%s', (name, type) => {
        const constructor = only(name);
        expect(opcodeOf(constructor)).toBe(type.header);
        expect(constructor.fields.map(fieldShape)).toEqual(type.fields.map(abiShape));
    });

    it('gives each opcode once, in the family of who receives it', () => {
        const opcodes = MESSAGES.flatMap((one) => opcodeOf(one) ?? []);
        expect(new Set(opcodes).size).toBe(opcodes.length);
        const families = new Set(opcodes.map((opcode) => opcode >>> 8));
        expect([...families].sort()).toEqual([0x450000, 0x4d0000, 0x530000]);
    });

    it('gives what a node says the opcode and the fields of the message that it becomes', () => {
        for (const word of constructorsOf('NodeWord')) {
            const becomes = MESSAGES.find(({ tag }) => tag === word.tag);
            const fields = becomes?.fields.map(fieldShape) ?? [];
            const written = word.fields.map(fieldShape);
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

    it(`everything can be written by the scheme and read back, random values under seed ${seed}`, () => {
        const random = new Random(seed);
        for (const name of new Set(CONSTRUCTORS.map(({ type }) => type))) {
            for (let run = 0; run < 20; run++) {
                decodeStruct(name, randomCell({ kind: 'named', name }, random));
            }
        }
    });
});

function isPreimage(type: string): boolean {
    return type.endsWith('Preimage');
}

function toBuffer(value: bigint, bytes: number): Buffer {
    return Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
}
