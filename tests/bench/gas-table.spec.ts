import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gasTable } from '../../bench/gas-table';

const FILE = join(__dirname, '..', '..', 'docs', 'gas.md');

describe('the gas table', () => {
    it('is the committed one: run `npm run gas:update` after a change and look at the difference', async () => {
        const table = await gasTable();
        if (process.env['UPDATE_GAS_TABLE'] !== undefined) writeFileSync(FILE, table);
        expect(table).toBe(readFileSync(FILE, 'utf8'));
    }, 180_000);
});
