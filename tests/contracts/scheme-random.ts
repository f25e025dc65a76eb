import { beginCell, type Builder, type Cell, Dictionary } from '@ton/core';
import { constructorsOf, fail, type Type } from './scheme';

/** Numbers under a seed, with the extremes of each width more often than chance gives them. */
export class Random {
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

export function randomCell(type: Type, random: Random): Cell {
    return store(type, beginCell(), random).endCell();
}
