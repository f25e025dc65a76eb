import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gasTable } from '../../bench/gas-table';

const ROOT = join(__dirname, '..', '..');
const FILE = join(ROOT, 'docs', 'gas.md');

interface Abi {
    readonly receivers: readonly {
        readonly message: { readonly kind: string; readonly type?: string };
    }[];
}

/** What the compiler says of a contract; the bindings do not bring it along. */
function abiOf(name: string): Abi {
    return JSON.parse(
        readFileSync(join(ROOT, 'build', name, `${name}_${name}.abi`), 'utf8'),
    ) as Abi;
}

describe('the gas table', () => {
    it('is the committed one: run `npm run gas:update` after a change and look at the difference', async () => {
        const table = await gasTable();
        if (process.env['UPDATE_GAS_TABLE'] !== undefined) writeFileSync(FILE, table);
        expect(table).toBe(readFileSync(FILE, 'utf8'));
    }, 180_000);

    it('has a row for each message that a contract takes', () => {
        const table = readFileSync(FILE, 'utf8');
        const taken = ['Market', 'Stake', 'Escrow'].flatMap((name) =>
            abiOf(name).receivers.flatMap(({ message }) =>
                message.kind === 'typed' ? [`| ${name}.${message.type} `] : [],
            ),
        );
        expect(taken.length).toBeGreaterThan(20);
        expect(taken.filter((row) => !table.includes(row))).toEqual([]);
    });
});
