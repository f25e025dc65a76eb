import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { gasTable } from '../../bench/gas-table';
import { Escrow, Market, Stake } from '../../wrappers';

const FILE = join(__dirname, '..', '..', 'docs', 'gas.md');

describe('the gas table', () => {
    it('is the committed one: run `npm run gas:update` after a change and look at the difference', async () => {
        const table = await gasTable();
        if (process.env['UPDATE_GAS_TABLE'] !== undefined) writeFileSync(FILE, table);
        const committed = readFileSync(FILE, 'utf8');
        expect(wordsOf(table)).toEqual(wordsOf(committed));
        // Block randomness seats the jurors, and so decides who writes where in a dictionary.
        const numbers = numbersOf(committed);
        for (const [at, number] of numbersOf(table).entries()) {
            expect(Math.abs(number - (numbers[at] ?? 0))).toBeLessThanOrEqual(number * 0.03);
        }
    }, 180_000);

    it('has a row for each message that a contract takes', () => {
        const table = readFileSync(FILE, 'utf8');
        const nowhere = Address.parseRaw(`0:${'00'.repeat(32)}`);
        const taken = [Market, Stake, Escrow].flatMap((contract) =>
            (contract.fromAddress(nowhere).abi.receivers ?? []).flatMap(({ message }) =>
                message.kind === 'typed' ? [`| ${contract.name}.${message.type} `] : [],
            ),
        );
        expect(taken.length).toBeGreaterThan(20);
        expect(taken.filter((row) => !table.includes(row))).toEqual([]);
    });
});

const NUMBER = /\d+(?:\.\d+)?/g;

function wordsOf(table: string): string[] {
    return table.split(NUMBER);
}

function numbersOf(table: string): number[] {
    return table.match(NUMBER)?.map(Number) ?? [];
}
