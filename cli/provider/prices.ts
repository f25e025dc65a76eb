import { Option } from 'commander';
import { type ModelPrices, priceSentences, priceText, readPrices } from '../../provider';
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
    const { models, observedMs, gas } = await readingBooks(
        context,
        flags,
        ({ ledger, costs }, config) =>
            readPrices({
                ...{ ledger, costs, since, until, coreHourCost },
                pricing: pricingOf(config.provider),
                processes: processesOf(config.provider),
            }),
    );
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
        ...[one.p25, one.median, one.p75, one.own].map(priceText),
        priceText(one.cost),
        priceText(one.suggestion?.price),
        one.unit === 'item' ? 'an item' : 'a core hour',
    ]);
    return [
        `What jobs paid in the last ${formatDuration(observedMs)} that this node saw, in GRAM:`,
        table(columns, rows),
        '  jobs: sold + without a bid; prices without what covers gas',
        '',
        ...models.flatMap((one) => {
            const [first = '', ...more] = priceSentences(one, observedMs);
            return [onOneLine(first), ...more.map((sentence) => `  ${sentence}`)];
        }),
        '',
        coreHourCost === 0
            ? 'Electricity is not counted: say --core-watts and --kwh.'
            : `A core hour costs ${priceText(coreHourCost)} GRAM of electricity.`,
        gas === undefined
            ? 'Gas is not known before the first bid.'
            : 'Gas of a bid is counted as this node has paid it.',
    ].join('\n');
}

function figure(flag: string, text: string): number {
    const value = Number(text);
    if (/^\d{1,6}(\.\d{1,9})?$/.test(text) && value > 0) return value;
    throw new UsageError(`${flag} is a number over 0, not "${text}".`, 'Write it as 12.5.');
}
