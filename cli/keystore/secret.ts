import { inspect } from 'node:util';

const SHOWN = '[secret]';

/**
 * Something that is never printed: wherever it is turned into text (templates, JSON, logs,
 * `console.log`), it reads `[secret]`. `reveal` is the only way to its value.
 */
export class Secret<T = string> {
    readonly #value: T;

    constructor(value: T) {
        this.#value = value;
    }

    reveal(): T {
        return this.#value;
    }

    toString(): string {
        return SHOWN;
    }

    toJSON(): string {
        return SHOWN;
    }

    [Symbol.toPrimitive](): string {
        return SHOWN;
    }

    [inspect.custom](): string {
        return SHOWN;
    }
}
