import { writeFileSync } from 'node:fs';
import type { Cell } from '@ton/core';
import * as built from '../../build/Escrow/Escrow_Escrow';
import { contractCode } from '../../wrappers';
import {
    type Constructor,
    CONSTRUCTORS,
    constructorsOf,
    fail,
    LINES,
    MESSAGES,
    only,
    opcodeOf,
    SCHEME_PATH,
    SOURCE,
    type Type,
} from './scheme';

/*
 * What contracts/schema.tlb says of sizes and gas. UPDATE_SCHEMA=1 writes the tables anew.
 */

const UPDATE = Boolean(process.env['UPDATE_SCHEMA']);
const MAX_CELL_BITS = 1023;
const MAX_INLINE_BODY_BITS = 575;
/** Beside the header of an external outgoing message to nobody. */
const MAX_LOG_BITS = 919;
const MAX_BOUNCED_BITS = 224;

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
    /** Other limits within a field, by `Type.field`. */
    readonly within?: Readonly<Record<string, Limits>>;
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
        return plus(sum, typeBound(type, path, limits.within?.[path] ?? limits));
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
    'Standing.holds': 9,
    'Jury.jurors': 15,
};
const FIRST_JURY: Limits = {
    entries: { ...MOST_ENTRIES, 'Jury.jurors': 5 },
    absent: ['Jury.former'],
};
const MOST: Limits = { entries: MOST_ENTRIES, within: { 'Jury.former': FIRST_JURY } };
const APPEALED: Limits = { ...MOST, within: { 'JobEntry.jury': FIRST_JURY } };

/** Rows of the table of entries: the layout with its limits, and the steps by their gas. */
const ENTRIES: readonly (readonly [string, string, Limits, Readonly<Record<string, number>>])[] = [
    [
        '1 Open',
        'job_open',
        MOST,
        {
            Posted: gas('Posted'),
            PostSigned: gas('PostSigned'),
            RaiseCeiling: gas('Raise'),
            'Cancel, Tick: refund': gas('Close'),
        },
    ],
    [
        '2 Bid',
        'job_bid',
        MOST,
        {
            Bid: gas('Bid'),
            Decline: gas('Decline'),
            'Cancel, Tick: refund and penalty': gas('Close'),
        },
    ],
    [
        '3 Committed',
        'job_committed',
        MOST,
        { Commit: gas('Commit'), Accept: gas('Accept'), 'Accept: settlement': gas('Close') },
    ],
    [
        '4 Checking',
        'job_checking',
        MOST,
        {
            Claim: gas('Claim'),
            Seal: gas('Seal'),
            Open: gas('Open'),
            'Tick: next round': gas('Round'),
            'Reveal, four float outputs': gas('Reveal'),
        },
    ],
    [
        '5 Appeal',
        'job_appeal_judged',
        APPEALED,
        { Dispute: gas('Dispute'), 'Tick: conclusion': gas('Verdict') + 5 * gas('Juror') },
    ],
    [
        '6 Jury, 5',
        'job_jury',
        APPEALED,
        {
            Claim: gas('Claim'),
            Seal: gas('JurorSeal'),
            'JurorReveal, four float outputs': gas('JurorReveal'),
            Concede: gas('Concede'),
            'Tick: conclusion': gas('Verdict') + 5 * gas('Juror'),
        },
    ],
    [
        '6 Jury, 15 on appeal',
        'job_jury',
        MOST,
        {
            'JurorReveal, four float outputs': gas('JurorReveal'),
            'Tick: conclusion': gas('Verdict') + 20 * gas('Juror'),
        },
    ],
];

function gas(step: string): number {
    const constant = (built as Record<string, unknown>)[`GasEscrow${step}`];
    return Number(constant ?? fail(`there is no GasEscrow${step}`));
}

function rowOf([state, name, limits, steps]: (typeof ENTRIES)[number]): string {
    const constructor = constructorsOf('JobEntry').find((one) => one.name === name);
    const { bits, cells, bitsBelow } = boundOf(constructor ?? fail(name), limits);
    const label = labelBits(32);
    const leaf = bits + label;
    const [dearest, most] = Object.entries(steps).reduce((a, b) => (b[1] > a[1] ? b : a));
    const numbers = [
        String(leaf).padStart(9),
        String(cells + 2).padStart(8),
        String(leaf + label + bitsBelow).padStart(8),
        String(most).padStart(8),
    ];
    return `//   ${state.padEnd(22)}${numbers.join('')}   ${dearest}`;
}

async function codeRows(): Promise<string[]> {
    const code = await contractCode();
    return (['Market', 'Stake', 'Escrow'] as const).map((contract) => {
        const { cells, bits } = sizeOf(code[contract.toLowerCase() as keyof typeof code]);
        const numbers = `${String(cells).padStart(5)}${String(bits).padStart(8)}`;
        return `//   ${contract.padEnd(12)}${numbers}`;
    });
}

describe('the bounds that the scheme states', () => {
    const inTable = (line: string) => /^\/\/ {3}[1-6] [A-Z]/.test(line);
    const isCode = (line: string) => /^\/\/ {3}(Market|Stake|Escrow) +\d/.test(line);

    if (UPDATE) {
        it('are written', async () => {
            const write = (isRow: (line: string) => boolean, rows: string[], lines: string[]) => {
                const at = lines.findIndex((line) => isRow(line) || line.startsWith('//@'));
                const rest = lines.filter((line) => !isRow(line));
                rest.splice(at, rest[at]?.startsWith('//@') ? 1 : 0, ...rows);
                return rest;
            };
            const states = write(inTable, ENTRIES.map(rowOf), LINES);
            const all = write(isCode, await codeRows(), states);
            writeFileSync(SCHEME_PATH, all.join('\n'));
        });
        return;
    }

    it('of the entries of jobs: cells, bits and gas of each state', () => {
        expect(LINES.filter(inTable)).toEqual(ENTRIES.map(rowOf));
    });

    it('of the code, within a twentieth', async () => {
        const numbers = (line: string) => line.match(/\d+/g)?.map(Number) ?? [];
        const real = (await codeRows()).flatMap(numbers);
        const stated = LINES.filter(isCode).flatMap(numbers);
        expect(stated).toHaveLength(real.length);
        for (const [at, number] of stated.entries()) {
            expect(Math.abs(number - (real[at] ?? 0))).toBeLessThanOrEqual(number / 20);
        }
    });

    it('every layout fits its cell', () => {
        for (const constructor of CONSTRUCTORS) {
            if (constructor.type.endsWith('Preimage')) continue;
            const { bits, references } = boundOf(constructor, MOST);
            const inLeaf = constructor.type === 'JobEntry' ? labelBits(32) : 0;
            const fits = bits + inLeaf <= MAX_CELL_BITS && references <= 4;
            const { name } = constructor;
            expect({ name, bits, references, fits }).toMatchObject({ name, fits: true });
        }
    });

    it('says of each message between contracts whether its body is in a reference', () => {
        for (const constructor of MESSAGES) {
            const { bits } = boundOf(constructor, MOST);
            let line = constructor.line - 2;
            while (LINES[line]?.startsWith('//')) line--;
            const comment = LINES.slice(line + 1, constructor.line - 1).join(' ');
            // Who sends an external message chooses.
            if (comment.includes('// External')) continue;
            const isLog = ((opcodeOf(constructor) ?? 0) & 0xff) > 0xf0;
            const most = isLog ? MAX_LOG_BITS : MAX_INLINE_BODY_BITS;
            const { name } = constructor;
            const [, stated] = /(\d+) bits[\w ]*: in a reference/.exec(comment) ?? [];
            expect({ name, inReference: bits > most ? String(bits) : undefined }).toEqual({
                name,
                inReference: stated,
            });
        }
    });

    it('what a bounce must tell stands in its first 224 bits', () => {
        const [id, lock, until] = only('Bid').fields;
        expect([id?.name, lock?.name, until?.name]).toEqual(['jobId', 'lock', 'lockUntil']);
        expect(32 + 64 + 32).toBeLessThanOrEqual(MAX_BOUNCED_BITS);
        expect(SOURCE).toContain('bid#45000021');
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
