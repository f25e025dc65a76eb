/** What a node's books tell its owner: what was earned, why not, and what to ask for. */

export { earningsCsv } from './csv';
export {
    addUp,
    addUpInSteps,
    GROUPINGS,
    modelOf,
    type EarningsReport,
    type EarningsRow,
    type EarningSums,
    type Grouping,
    type ReasonRow,
    totalOf,
} from './earnings';
export { MEANINGS, type Meaning, REASON_KINDS, type ReasonKind } from './meanings';
export { readPrices, type PricesReport } from './price-report';
export { priceSentences, priceText } from './price-words';
export { comparePrices, type ModelPrices, type PriceSuggestion } from './prices';
export { median } from './quantile';
export { reasonSchema, type OutcomeReason, type ReasonCode } from './reasons';
export { timelineOf, type TimelineStep } from './timeline';
