import type { EarningsSummary, OutcomeRow } from '../book-routes';
import type { LogEntry } from '../log-tail';
import type { OwnerView } from '../owner-view';
import type { PreferenceFault, PreferencesView, PreferenceView } from '../preferences-desk';
import type { EarningsReport, EarningSums, ModelPrices, TimelineStep } from '../../outcomes';

/** What JSON makes of a type: amounts become decimal text. */
export type Wire<T> = T extends bigint
    ? string
    : T extends readonly (infer E)[]
      ? readonly Wire<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Wire<T[K]> }
        : T;

export type View = Wire<OwnerView>;
export type Summary = Wire<EarningsSummary>;
export type Report = Wire<EarningsReport>;
export type Sums = Wire<EarningSums>;
export type Outcome = Wire<OutcomeRow>;
export interface Outcomes {
    readonly entries: readonly Outcome[];
    readonly next: string | null;
}
export interface Timeline {
    readonly steps: readonly TimelineStep[];
    readonly advice?: string;
}
export interface Prices {
    readonly models: readonly (Wire<ModelPrices> & { readonly sentences: readonly string[] })[];
}
export type { LogEntry, PreferenceFault, PreferencesView, PreferenceView };
