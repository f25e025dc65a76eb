import { Address, toNano } from '@ton/core';

/** The part of Blueprint's `NetworkProvider` that asks the user. */
export interface Questions {
    ui(): { input(message: string): Promise<string>; write(message: string): void };
}

/**
 * The next arguments of a script: taken from the command line in order, asked for where they are
 * missing.
 */
export class ScriptArguments {
    readonly #given: string[];

    constructor(
        private readonly provider: Questions,
        given: readonly string[],
    ) {
        this.#given = [...given];
    }

    /** @throws RangeError if what is given is empty */
    async text(question: string, fallback?: string): Promise<string> {
        const given = this.#given.shift();
        if (given !== undefined) return given;
        if (fallback !== undefined) return fallback;
        const answer = (await this.provider.ui().input(question)).trim();
        if (answer === '') throw new RangeError(`${question}: nothing was given.`);
        return answer;
    }

    /** @throws RangeError if it is not an address */
    async address(question: string): Promise<Address> {
        const text = await this.text(question);
        try {
            return Address.parse(text);
        } catch (cause) {
            throw new RangeError(`${question}: ${text} is not an address.`, { cause });
        }
    }

    /** An amount in GRAM as nanoGRAM. @throws RangeError if it is not one */
    async gram(question: string, fallback?: string): Promise<bigint> {
        const text = await this.text(`${question} (GRAM)`, fallback);
        if (!/^\d+(\.\d{1,9})?$/.test(text)) {
            throw new RangeError(`${question}: ${text} is not an amount such as 12.5.`);
        }
        return toNano(text);
    }

    /** @throws RangeError if it is not a whole number of at least 0 */
    async integer(question: string, fallback?: string): Promise<number> {
        const text = await this.text(question, fallback);
        if (!/^\d{1,15}$/.test(text)) {
            throw new RangeError(`${question}: ${text} is not a whole number.`);
        }
        return Number(text);
    }

    /** 32 bytes as hex. @throws RangeError if they are not */
    async hash(question: string): Promise<Buffer> {
        const text = (await this.text(`${question} (64 hex digits)`)).toLowerCase();
        if (!/^[0-9a-f]{64}$/.test(text)) {
            throw new RangeError(`${question}: ${text} is not 64 hex digits.`);
        }
        return Buffer.from(text, 'hex');
    }
}
