import type { Language } from './languages';

const NANO_DIGITS = 9;

/**
 * An amount of GRAM as the language writes numbers, to the last nano that is not 0.
 *
 * @param nano - nanoGRAM
 * @param maxDigits - decimals that are shown at most; what is below is rounded
 */
export function formatGram(nano: bigint, language: Language, maxDigits = NANO_DIGITS): string {
    const sign = nano < 0n ? '-' : '';
    const digits = (nano < 0n ? -nano : nano).toString().padStart(NANO_DIGITS + 1, '0');
    const decimal = `${sign}${digits.slice(0, -NANO_DIGITS)}.${digits.slice(-NANO_DIGITS)}`;
    const format = new Intl.NumberFormat(language, { maximumFractionDigits: maxDigits });
    // A decimal text is formatted without going through a float (ECMA-402, NumberFormat v3).
    return `${format.format(decimal as Intl.StringNumericLiteral)} GRAM`;
}

/** A time as the language writes it, with the day where it is not today. */
export function formatTime(unixMs: number, language: Language, nowMs = Date.now()): string {
    const sameDay = new Date(unixMs).toDateString() === new Date(nowMs).toDateString();
    return new Intl.DateTimeFormat(language, {
        timeStyle: 'short',
        ...(!sameDay && { dateStyle: 'medium' }),
    }).format(unixMs);
}

/** Bytes in the unit that fits. */
export function formatBytes(bytes: number, language: Language): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
    const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
    return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: units[power] as string,
        unitDisplay: 'short',
        maximumFractionDigits: power > 1 ? 1 : 0,
    }).format(bytes / 1000 ** power);
}

/** The beginning and the end of an address or a hash, which is what people compare. */
export function shortened(text: string, kept = 6): string {
    return text.length <= 2 * kept + 1 ? text : `${text.slice(0, kept)}…${text.slice(-kept)}`;
}

/** Controls and marks of direction, but for new lines and tabs. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of a stranger: what would reverse or hide what stands around it is shown as a mark. */
export function strangersText(text: string, maxCharacters = 2_000): string {
    return text.slice(0, maxCharacters).replace(INVISIBLE, '\ufffd');
}
