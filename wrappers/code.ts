import { Cell } from '@ton/core';
import { Escrow as GeneratedEscrow } from '../build/Escrow/Escrow_Escrow';
import { Market as GeneratedMarket } from '../build/Market/Market_Market';
import { Stake as GeneratedStake } from '../build/Stake/Stake_Stake';

/** The compiled code of the three contracts. */
export interface ContractCode {
    readonly market: Cell;
    readonly stake: Cell;
    readonly escrow: Cell;
}

let cached: Promise<ContractCode> | undefined;

/** The code that this version of the project was built with. */
export function contractCode(): Promise<ContractCode> {
    cached ??= loadCode();
    return cached;
}

async function loadCode(): Promise<ContractCode> {
    const empty = new Cell();
    const [market, stake, escrow] = await Promise.all([
        GeneratedMarket.init(0n, 0n, 0n, 0n, 0n, 0n, empty, empty),
        GeneratedStake.init(0n, 0n, 0n, 0n, null, null, empty.asSlice()),
        GeneratedEscrow.init(0n, 0n, null, empty.asSlice()),
    ]);
    return { market: market.code, stake: stake.code, escrow: escrow.code };
}
