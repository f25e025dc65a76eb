import { Address } from '@ton/core';

/**
 * The 256-bit id of a basechain account, as the contracts write accounts.
 *
 * @throws RangeError if the address is in another workchain: the protocol lives in the basechain.
 */
export function accountId(address: Address): bigint {
    if (address.workChain !== 0) {
        throw new RangeError(
            `${address.toString()} is not in the basechain; use a basechain account.`,
        );
    }
    return BigInt(`0x${address.hash.toString('hex')}`);
}

/** The basechain address of an account id. */
export function accountAddress(id: bigint): Address {
    return Address.parseRaw(`0:${id.toString(16).padStart(64, '0')}`);
}
