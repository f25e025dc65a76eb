import { Option } from 'commander';
import { comparePrices, median, type ModelPrices } from '../../provider';
import type { ConfigFlags } from '../config';
import { action, type CommandContext, formatDuration, table, UsageError } from '../terminal';
import { readingBooks } from './books';
import { pricingOf, processesOf } from './node-options';
import { onOneLine } from './one-line';
import type { Verb } from './session';

interface PricesFlags extends ConfigFlags {
    readonly days: string;
    readonly coreWatts?: string;
    readonly kwh?: string;
}

const DAY_MS = 86_400_000;
/** Of fewer jobs no figure is worth much. */
const FEW = 10;

export const pricesVerb: Verb = (program, context) => {
    program
        .command('prices')
        .summary('what recent jobs paid, and what to ask for')
        .description(
            'Compares what jobs that this node saw were sold for with its own price, and with what ' +
                'they cost on this machine; suggests a price by model. Works whether or not the node runs.',
        )
        .addOption(new Option('--days <days>', 'how far to look back').default('30'))
        .option('--core-watts <watts>', 'what a busy core takes, to count electricity as a cost')
        .option('--kwh <gram>', 'what a kilowatt hour costs, in GRAM')
        .action(action<PricesFlags>((flags) => prices(context, flags)));
};

async function prices(context: CommandContext, flags: PricesFlags): Promise<void> {
    const until = Date.now();
    const since = until - figure('--days', flags.days) * DAY_MS;
    const watts = flags.coreWatts === undefined ? 0 : figure('--core-watts', flags.coreWatts);
    const kwh = flags.kwh === undefined ? 0 : figure('--kwh', flags.kwh);
    const coreHourCost = (watts / 1000) * kwh;
    const result = await readingBooks(context, flags, ({ ledger, costs }, config) => {
        const entries = [...ledger.seenBetween(since, until)];
        const first = entries[0]?.seenAt ?? until;
        const observedMs = Math.max(until - first, 1);
        const bids = entries.filter(({ bidAt }) => bidAt !== undefined);
        const gas = median(bids.flatMap(({ fees }) => fees ?? []));
        const gasAsked = median(bids.flatMap((entry) => entry.gas ?? []));
        const models = comparePrices({
            ...{ entries, coreHourCost, observedMs, gas: gas ?? 0n },
            gasAsked: gasAsked ?? gas ?? 0n,
            costs: costs.all(),
            pricing: pricingOf(config.provider),
            processes: processesOf(config.provider),
        });
        return { models, observedMs, gas };
    });
    const { models, observedMs, gas } = result;
    const json = { format: 'cocoon.prices/1', observedMs, gas, coreHourCost, models };
    context.terminal.result(json, inWords(models, observedMs, gas, coreHourCost));
}

function inWords(
    models: readonly ModelPrices[],
    observedMs: number,
    gas: bigint | undefined,
    coreHourCost: number,
): string {
    if (models.length === 0)
        return 'No jobs seen yet whose model is known: nothing to compare with.';
    const columns = [
        { title: 'model' },
        ...[
            'jobs',
            'a quarter under',
            'median',
            'a quarter over',
            'yours',
            'cost',
            'suggested',
        ].map((title) => ({ title, right: true })),
        { title: 'for' },
    ];
    const rows = models.map((one) => [
        onOneLine(one.name),
        `${one.sold}+${one.unsold}`,
        ...[one.p25, one.median, one.p75, one.own].map(amount),
        amount(one.cost),
        amount(one.suggestion?.price),
        one.unit === 'item' ? 'an item' : 'a core hour',
    ]);
    return [
        `What jobs paid in the last ${formatDuration(observedMs)} that this node saw, in GRAM:`,
        table(columns, rows),
        '  jobs: sold + without a bid; prices without what covers gas',
        '',
        ...models.flatMap((one) => [...suggestionLines(one, observedMs)]),
        '',
        coreHourCost === 0
            ? 'Electricity is not counted: say --core-watts and --kwh.'
            : `A core hour costs ${amount(coreHourCost)} GRAM of electricity.`,
        gas === undefined
            ? 'Gas is not known before the first bid.'
            : 'Gas of a bid is counted as this node has paid it.',
    ].join('\n');
}

function suggestionLines(one: ModelPrices, observedMs: number): string[] {
    const { name, sold, unsold, suggestion, ownShare, itemsPerHour, unit } = one;
    const all = sold + unsold;
    const head = `${onOneLine(name)}: `;
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
    const [low, high] = netRange.map((gram) => amount(gram));
    const perDay =
        observedMs >= DAY_MS
            ? `, ${amount((net * DAY_MS) / observedMs)} a day`
            : ' (watched for less than a day: too short for a rate)';
    return [
        `${head}${own}${rate}.`,
        `  ${setting}: ${amount(price)} would have won ${percent(share)} of them, and brought about ` +
            `${amount(net)} GRAM after costs${perDay}; ${jobs(won)} of the kind may as well have been worth ` +
            `${low} to ${high}.`,
        ...(all < FEW
            ? [
                  `  Only ${all} ${all === 1 ? 'job was' : 'jobs were'} seen: take it as a hint, no more.`,
              ]
            : []),
        ...(fits ? [] : ['  This machine could not have done them all; the sum is what it could.']),
    ];
}

function amount(gram: number | undefined): string {
    if (gram === undefined) return '-';
    return gram.toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false });
}

function jobs(count: number): string {
    return `${count} ${count === 1 ? 'job' : 'jobs'}`;
}

function percent(share: number): string {
    return `${Math.round(share * 100)} %`;
}

function figure(flag: string, text: string): number {
    const value = Number(text);
    if (/^\d{1,6}(\.\d{1,9})?$/.test(text) && value > 0) return value;
    throw new UsageError(`${flag} is a number over 0, not "${text}".`, 'Write it as 12.5.');
}
