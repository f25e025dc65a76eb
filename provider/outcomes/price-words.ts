import type { ModelPrices } from './prices';

const DAY_MS = 86_400_000;
/** Of fewer jobs no figure is worth much. */
const FEW = 10;

/** What recent jobs of a model paid, and what to ask for, in sentences; the first names the model. */
export function priceSentences(one: ModelPrices, observedMs: number): string[] {
    const { name, sold, unsold, suggestion, ownShare, itemsPerHour, unit } = one;
    const all = sold + unsold;
    const head = `${name}: `;
    if (all === 0) return [`${head}no job seen yet whose price is known.`];
    const rate =
        itemsPerHour === undefined
            ? 'this machine was never measured with it'
            : `this machine does about ${Math.round(itemsPerHour)} items an hour`;
    const own =
        ownShare === undefined
            ? ''
            : `your price would have won ${percent(ownShare)} of ${jobs(all)}; `;
    if (suggestion === undefined) return [`${head}${own}none paid what it costs; ${rate}.`];
    const { price, share, jobs: won, net, netRange, fits } = suggestion;
    const setting =
        unit === 'item' ? 'provider.pricing.gramPerItem' : 'provider.pricing.gramPerCoreHour';
    const [low, high] = netRange.map((gram) => priceText(gram));
    const perDay =
        observedMs >= DAY_MS
            ? `, ${priceText((net * DAY_MS) / observedMs)} a day`
            : ' (watched for less than a day: too short for a rate)';
    return [
        `${head}${own}${rate}.`,
        `${setting}: ${priceText(price)} would have won ${percent(share)} of them, and brought about ` +
            `${priceText(net)} GRAM after costs${perDay}; ${jobs(won)} of the kind may as well have been worth ` +
            `${low} to ${high}.`,
        ...(all < FEW
            ? [
                  `Only ${all} ${all === 1 ? 'job was' : 'jobs were'} seen: take it as a hint, no more.`,
              ]
            : []),
        ...(fits ? [] : ['This machine could not have done them all; the sum is what it could.']),
    ];
}

/** GRAM with three digits; a dash where there are none. */
export function priceText(gram: number | undefined): string {
    if (gram === undefined) return '-';
    return gram.toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false });
}

function jobs(count: number): string {
    return `${count} ${count === 1 ? 'job' : 'jobs'}`;
}

function percent(share: number): string {
    return `${Math.round(share * 100)} %`;
}
