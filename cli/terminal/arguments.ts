import { Address, fromNano, toNano } from '@ton/core';
import { InvalidArgumentError, Option } from 'commander';

/** Readers of arguments for commander: each refuses what is wrong with what is right. */

/** A whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
    return (text) => {
        const value = Number(text);
        if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
        throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
    };
}

/** An amount in GRAM as nanoGRAM. */
export function gramAmount(text: string): bigint {
    if (/^\d{1,10}(\.\d{1,9})?$/.test(text)) return toNano(text);
    throw new InvalidArgumentError('It is an amount in GRAM, such as 12.5.');
}

/** An option for an amount in GRAM, as nanoGRAM, with what it usually is. */
export function gramOption(flags: string, description: string, usual: bigint): Option {
    // The help prints values as JSON, which has no bigints.
    return new Option(flags, description).argParser(gramAmount).default(usual, fromNano(usual));
}

/** An address of the basechain. */
export function addressArgument(text: string): Address {
    let address: Address;
    try {
        address = Address.parse(text);
    } catch {
        throw new InvalidArgumentError('It is an address, such as EQ… or 0:….');
    }
    if (address.workChain === 0) return address;
    throw new InvalidArgumentError('It is an address of the basechain, which begins with 0:.');
}

/** Gathers the values of an option that may be given again and again. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
    return [...before, text];
}
