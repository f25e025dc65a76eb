import { h } from './dom';

const NANO = 1_000_000_000n;

/** An amount of nanoGRAM as `1,234.5 GRAM`: all digits that it has, grouped. */
export function gram(nano: string | bigint): string {
    // The unit stays on the line of its number.
    return `${plainGram(nano)}\u00a0GRAM`;
}

export function plainGram(nano: string | bigint): string {
    const value = BigInt(nano);
    const size = value < 0n ? -value : value;
    const part = (size % NANO).toString().padStart(9, '0').replace(/0+$/, '');
    const whole = (size / NANO).toLocaleString('en');
    return `${value < 0n ? '−' : ''}${whole}${part === '' ? '' : `.${part}`}`;
}

/** An amount in a card: four digits after the point say enough there; the title has all. */
export function shortGram(nano: string): HTMLElement {
    const value = BigInt(nano);
    const size = value < 0n ? -value : value;
    const digits = size >= 100n * NANO ? 2 : size >= NANO / 100n ? 4 : 6;
    const text = (Number(size) / 1e9).toLocaleString('en', { maximumFractionDigits: digits });
    return h(
        'span',
        { class: 'amount', title: gram(nano) },
        `${value < 0n ? '−' : ''}${text}\u00a0GRAM`,
    );
}

const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** A moment in the reader's time zone; milliseconds since 1970. */
export function moment(ms: number, form: 'date' | 'clock' = 'date'): HTMLElement {
    const date = new Date(ms);
    const text = (form === 'date' ? SHORT : CLOCK).format(date);
    return h('time', { datetime: date.toISOString(), title: SHORT.format(date) }, text);
}

/** Time to a moment, or since one, that goes on by itself; milliseconds since 1970. */
export function countdown(ms: number, kind: 'left' | 'since'): HTMLElement {
    const date = new Date(ms);
    const element = h('time', {
        datetime: date.toISOString(),
        title: SHORT.format(date),
        [`data-${kind}`]: ms,
    });
    element.textContent = timeText(ms, kind);
    return element;
}

/** Brings all countdowns up to date. */
export function tickCountdowns(): void {
    for (const kind of ['left', 'since'] as const) {
        for (const element of document.querySelectorAll<HTMLElement>(`time[data-${kind}]`)) {
            const text = timeText(Number(element.dataset[kind]), kind);
            if (element.textContent !== text) element.textContent = text;
        }
    }
}

function timeText(ms: number, kind: 'left' | 'since'): string {
    const rest = kind === 'left' ? ms - Date.now() : Date.now() - ms;
    return rest <= 0 ? (kind === 'left' ? 'now' : '0 s') : duration(rest);
}

const UNITS = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
] as const;

/** Milliseconds in the two largest units that say something: `3 d 4 h`, `12 min 5 s`. */
export function duration(ms: number): string {
    let rest = Math.max(0, Math.floor(ms / 1000) * 1000);
    const parts: string[] = [];
    for (const [unit, length] of UNITS) {
        const count = Math.floor(rest / length);
        rest -= count * length;
        if (count > 0) parts.push(`${count}\u00a0${unit}`);
    }
    return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

export function bytes(count: number): string {
    const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
    let value = count;
    let at = 0;
    while (value >= 1024 && at < units.length - 1) {
        value /= 1024;
        at++;
    }
    return `${Number(value.toFixed(1))} ${units[at]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
    return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** A job as the commands name it. */
export function jobName({ escrow, jobId }: { readonly escrow: string; readonly jobId: number }) {
    return `${escrow.slice(-6)}/${jobId}`;
}
