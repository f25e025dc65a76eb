import { fromNano } from '@ton/core';
import { contractCode } from '../wrappers';
import { type Life, runLives } from './lives';

/** The most that a job of one item with one bid may cost all its parties together, in GRAM. */
const GOAL = '0.004';

/** Prints what whole lives cost at today's prices and at those before April 2026. */
export async function printFees(print: (line: string) => void): Promise<void> {
    const today = await runLives('current');
    const before = await runLives('sandbox');
    print('Fees of whole lives, all parties and their wallets (v5) together, in GRAM');
    print(
        `${'life'.padEnd(46)}${'gas'.padStart(9)}${'today'.padStart(12)}${'before'.padStart(12)}`,
    );
    for (const [index, life] of today.entries()) {
        const gas = totalGas(life);
        const old = before[index]?.fees ?? 0n;
        print(
            `${life.name.padEnd(46)}${String(gas).padStart(9)}${gram(life.fees).padStart(12)}${gram(old).padStart(12)}`,
        );
    }
    print(`Goal for one item with one bid today: ${GOAL} GRAM.`);
    const { market, stake, escrow } = await contractCode();
    print(
        `Code: Market ${market.toBoc().length} bytes, Stake ${stake.toBoc().length}, Escrow ${escrow.toBoc().length}`,
    );
}

/** Gas of all transactions of a life. */
export function totalGas(life: Life): number {
    return life.steps.reduce((sum, step) => sum + step.gas, 0);
}

function gram(nano: bigint): string {
    return Number(fromNano(nano)).toFixed(6);
}
