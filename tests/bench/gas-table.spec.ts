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
        expect(table).toBe(readFileSync(FILE, 'utf8'));
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
