/*
 * IEEE 754 half precision, which JavaScript engines do not all have yet: 1 sign bit, 5 exponent
 * bits with bias 15, 10 fraction bits.
 */

/** Value of half-precision bits. */
export function float16ToNumber(bits: number): number {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (fraction + 0x400) * 2 ** (exponent - 25);
}

/** Half-precision bits of the nearest value, ties to even; NaN becomes 0x7e00. */
export function numberToFloat16(value: number): number {
    if (Number.isNaN(value)) return 0x7e00;
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const magnitude = Math.abs(value);
    if (magnitude >= 65520) return sign | 0x7c00;
    if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
    let exponent = Math.floor(Math.log2(magnitude));
    // log2 may be off by one next to a power of two.
    if (2 ** exponent > magnitude) exponent--;
    if (2 ** (exponent + 1) <= magnitude) exponent++;
    // A fraction that rounds up to 2^11 carries into the exponent by itself.
    return sign | (((exponent + 14) << 10) + roundToEven(magnitude * 2 ** (10 - exponent)));
}

/** Nearest whole number of a product with a power of two, which is exact. */
function roundToEven(value: number): number {
    const floor = Math.floor(value);
    const rest = value - floor;
    if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
    return floor % 2 === 0 ? floor : floor + 1;
}
