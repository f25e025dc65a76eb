import { CocoonError } from '../protocol';

/** A licence expression that cannot be read. */
export class LicenceExpressionError extends CocoonError {
    override readonly name = 'LicenceExpressionError';
    readonly code = 'LICENCE_MALFORMED';

    constructor(readonly expression: string) {
        super(`"${expression}" is not an SPDX licence expression.`, {
            hint: 'Write it as SPDX does, such as Apache-2.0 OR (MIT AND BSD-3-Clause).',
        });
    }
}

/** An SPDX licence expression (SPDX 2.3, annex D) as a tree. */
export type Licence =
    | {
          readonly kind: 'one';
          /** Identifier without `+`. */
          readonly id: string;
          readonly orLater: boolean;
          /** Identifier of the exception after `WITH`. */
          readonly exception: string | undefined;
      }
    | { readonly kind: 'and' | 'or'; readonly parts: readonly Licence[] };

/**
 * Reads an expression: `AND` binds more tightly than `OR`.
 *
 * @throws LicenceExpressionError
 */
export function parseLicence(expression: string): Licence {
    const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
    let at = 0;
    const malformed = () => new LicenceExpressionError(expression);
    const word = (): string => {
        const token = tokens[at++];
        if (token === undefined || !/^[A-Za-z0-9][A-Za-z0-9.+:-]*$/.test(token)) throw malformed();
        return token;
    };
    const one = (): Licence => {
        if (tokens[at] === '(') {
            at++;
            const inner = chain('OR');
            if (tokens[at++] !== ')') throw malformed();
            return inner;
        }
        const name = word();
        const withException = tokens[at] === 'WITH';
        if (withException) at++;
        return {
            kind: 'one',
            id: name.replace(/\+$/, ''),
            orLater: name.endsWith('+'),
            exception: withException ? word() : undefined,
        };
    };
    const chain = (operator: 'AND' | 'OR'): Licence => {
        const next = operator === 'OR' ? () => chain('AND') : one;
        const parts = [next()];
        while (tokens[at] === operator) {
            at++;
            parts.push(next());
        }
        const [only] = parts;
        if (parts.length === 1 && only !== undefined) return only;
        return { kind: operator === 'OR' ? 'or' : 'and', parts };
    };
    const licence = chain('OR');
    if (at < tokens.length) throw malformed();
    return licence;
}

/**
 * Whether a choice that the expression leaves consists of permitted licences alone.
 *
 * @param permits - asked for each licence, with its exception
 */
export function satisfiesLicence(
    licence: Licence,
    permits: (one: Extract<Licence, { readonly kind: 'one' }>) => boolean,
): boolean {
    switch (licence.kind) {
        case 'one':
            return permits(licence);
        case 'and':
            return licence.parts.every((part) => satisfiesLicence(part, permits));
        case 'or':
            return licence.parts.some((part) => satisfiesLicence(part, permits));
    }
}
