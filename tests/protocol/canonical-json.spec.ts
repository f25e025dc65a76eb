import fc from 'fast-check';
import { bytesToUtf8, encodeCanonicalJson, parseCanonicalJson, utf8ToBytes } from '../../protocol';
import { codeOf } from './arbitraries';

function canonical(value: unknown): string {
    return bytesToUtf8(encodeCanonicalJson(value));
}

function parse(text: string): unknown {
    return parseCanonicalJson(utf8ToBytes(text), 10_000);
}

describe('canonical JSON', () => {
    it('is the example of RFC 8785 section 3.2.2', () => {
        const value: unknown = JSON.parse(`{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
            "literals": [null, true, false]
        }`);
        expect(canonical(value)).toBe(
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
                '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
        );
    });

    it('sorts members by UTF-16 code units (RFC 8785 section 3.2.3)', () => {
        const members = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
        const value = Object.fromEntries(members.map((member) => [member, 0]));
        expect(canonical(value)).toBe(
            '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}',
        );
    });

    it('gives back every JSON value, and is the same whatever the order of members', () => {
        fc.assert(
            fc.property(fc.jsonValue(), (value) => {
                const plain: unknown = JSON.parse(JSON.stringify(value));
                const bytes = encodeCanonicalJson(plain);
                expect(encodeCanonicalJson(parseCanonicalJson(bytes, bytes.length))).toEqual(bytes);
            }),
        );
    });

    it('leaves out members that are undefined', () => {
        expect(canonical({ b: undefined, a: 1 })).toBe('{"a":1}');
    });

    it.each([
        ['NaN', NaN],
        ['an infinity', [Infinity]],
        ['a bigint', { a: 1n }],
        ['undefined in an array', [undefined]],
        ['a hole in an array', [1, , 2]], // eslint-disable-line no-sparse-arrays
        ['undefined itself', undefined],
        ['a function', { a: () => 1 }],
        ['a symbol', { a: Symbol('a') }],
        ['a date', new Date(0)],
        ['bytes', Uint8Array.of(1)],
        ['a map', new Map()],
        ['an object that writes itself', { toJSON: () => 1 }],
        ['half a surrogate pair', '\ud800'],
        ['half a surrogate pair as a member', { '\udc00': 1 }],
    ])('refuses %s', (_, value) => {
        expect(codeOf(() => encodeCanonicalJson(value))).toBe('JSON_VALUE_UNSUPPORTED');
    });

    it('refuses what is nested without end', () => {
        const circle: unknown[] = [];
        circle.push(circle);
        expect(codeOf(() => encodeCanonicalJson(circle))).toBe('JSON_VALUE_UNSUPPORTED');
        expect(codeOf(() => parse('['.repeat(66) + ']'.repeat(66)))).toBe('JSON_VALUE_UNSUPPORTED');
    });

    it('says where the value is that it refuses', () => {
        expect(() => encodeCanonicalJson({ a: [{ b: NaN }] })).toThrow('a.0.b');
    });
});

describe('reading canonical JSON', () => {
    it.each([
        ['white space', '{"a": 1}'],
        ['a final newline', '{"a":1}\n'],
        ['members out of order', '{"b":1,"a":2}'],
        ['a repeated member', '{"a":1,"a":1}'],
        ['another form of a number', '[1.0]'],
        ['an exponent', '[1e2]'],
        ['a negative zero', '[-0]'],
        ['an escape that is not needed', '["\\u0061"]'],
        ['digits that a number cannot hold', '[9007199254740993]'],
    ])('refuses %s, since a document has one form', (_, text) => {
        expect(codeOf(() => parse(text))).toBe('JSON_NOT_CANONICAL');
    });

    it.each(['', '{', 'nul', '\ufeff{}', "{'a':1}", '[1,]', 'NaN'])('refuses %j', (text) => {
        expect(codeOf(() => parse(text))).toBe('JSON_MALFORMED');
    });

    it('refuses bytes that are not UTF-8, and escaped halves of surrogate pairs', () => {
        const bytes = Uint8Array.of(0x22, 0xff, 0x22);
        expect(codeOf(() => parseCanonicalJson(bytes, 10))).toBe('JSON_MALFORMED');
        expect(codeOf(() => parse('["\\ud800"]'))).toBe('JSON_VALUE_UNSUPPORTED');
    });

    it('refuses a document over the limit before it reads it', () => {
        expect(parseCanonicalJson(utf8ToBytes('[1]'), 3)).toEqual([1]);
        expect(codeOf(() => parseCanonicalJson(utf8ToBytes('[1]'), 2))).toBe('JSON_TOO_LARGE');
    });
});
