import { type Cell, fromNano } from '@ton/core';
import { contractCode } from '../wrappers';
import { totalGas } from './fees';
import { type Life, runLives } from './lives';

/**
 * The committed gas table as Markdown: each message at its dearest, each life as a whole, and the
 * size of the code. Gas does not depend on prices; fees are given at both.
 */
export async function gasTable(): Promise<string> {
    const today = await runLives('current');
    const before = await runLives('sandbox', false);
    const code = await contractCode();
    const lines = [
        '# Gas',
        '',
        'Written by `npm run gas:update`, compared by the tests. Gas of each message at its dearest in',
        'the lives below; the bounds that the contracts charge by stand in `contracts/gas.tact`.',
        '',
        '| message | gas |',
        '| --- | ---: |',
        ...[...dearest(today)].sort().map(([name, gas]) => `| ${name} | ${gas} |`),
        '',
        'Whole lives, all parties and their wallets (v5) together. Fees in GRAM are what all balances',
        'lose, at prices of mainnet today and before 2026-04-29.',
        '',
        '| life | gas | today | before |',
        '| --- | ---: | ---: | ---: |',
        ...today.map(
            (life, index) =>
                `| ${life.name} | ${totalGas(life)} | ${gram(life.fees)} | ${before[index] ? gram(before[index].fees) : ''} |`,
        ),
        '',
        '| code | cells | bits |',
        '| --- | ---: | ---: |',
        ...[
            ['Market', code.market] as const,
            ['Stake', code.stake] as const,
            ['Escrow', code.escrow] as const,
        ].map(([name, cell]) => {
            const { cells, bits } = size(cell);
            return `| ${name} | ${cells} | ${bits} |`;
        }),
        '',
    ];
    return lines.join('\n');
}

function dearest(lives: readonly Life[]): Map<string, number> {
    const table = new Map<string, number>();
    for (const { name, gas } of lives.flatMap((life) => life.steps)) {
        table.set(name, Math.max(gas, table.get(name) ?? 0));
    }
    return table;
}

function gram(nano: bigint): string {
    return Number(fromNano(nano)).toFixed(6);
}

/** Distinct cells of a tree and their bits, as the network counts them. */
function size(root: Cell): { cells: number; bits: number } {
    const seen = new Map<string, number>();
    const visit = (cell: Cell): void => {
        const hash = cell.hash().toString('hex');
        if (seen.has(hash)) return;
        seen.set(hash, cell.bits.length);
        cell.refs.forEach(visit);
    };
    visit(root);
    return { cells: seen.size, bits: [...seen.values()].reduce((sum, bits) => sum + bits, 0) };
}
