import { beginCell, type Address, type Cell, contractAddress } from '@ton/core';
import { accountId } from './account';
import type { ContractCode } from './code';

/** A Market and the code of its children: enough to compute every address of a deployment. */
export interface Deployment {
    readonly market: Address;
    readonly code: ContractCode;
}

/** Code and first data of a contract, and the address that follows from them. */
export interface ContractInit {
    readonly address: Address;
    readonly init: { readonly code: Cell; readonly data: Cell };
}

/** The Stake of an operator: see `stake_init` in contracts/schema.tlb. */
export function stakeInit(deployment: Deployment, operator: Address): ContractInit {
    const { stake } = deployment.code;
    const data = beginCell()
        .storeUint(0, 256)
        .storeUint(0, 130)
        .storeUint(accountId(deployment.market), 256)
        .storeUint(accountId(operator), 256)
        .endCell();
    const init = { code: stake, data };
    return { address: contractAddress(0, init), init };
}

/** The Escrow of a client: see `escrow_init` in contracts/schema.tlb. */
export function escrowInit(deployment: Deployment, client: Address, index = 0): ContractInit {
    const { stake, escrow } = deployment.code;
    const data = beginCell()
        .storeUint(0, 169)
        .storeUint(accountId(deployment.market), 256)
        .storeUint(accountId(client), 256)
        .storeUint(index, 16)
        .storeUint(0x020134, 24)
        .storeUint(stake.depth(), 16)
        .storeUint(0, 16)
        .storeBuffer(stake.hash())
        .storeUint(0, 1)
        .endCell();
    const init = { code: escrow, data };
    return { address: contractAddress(0, init), init };
}
