import { MAIN_PARAMETERS, type MarketParameters } from '../wrappers';
import { type Random, randomOf } from './random';

/** What every experiment is given. */
export interface Experiment {
    readonly seed: number;
    /** Multiplies the number of trials; 1 is the size of the default run. */
    readonly scale: number;
    readonly parameters: MarketParameters;
}

/** The number of trials of an experiment at the scale of the run, at least `least`. */
export function trialsOf({ scale }: Experiment, usual: number, least = 100): number {
    return Math.max(least, Math.round(usual * scale));
}

/** A stream of random numbers of an experiment's own. */
export function streamOf({ seed }: Experiment, name: string): Random {
    return randomOf(seed, name);
}

/** The least check rate as a share. */
export function leastRate({ minCheckRate }: MarketParameters): number {
    return minCheckRate / 10_000;
}

/** The defaults of the main networks, which the numbers of docs/economics.md are about. */
export function defaultExperiment(seed: number, scale: number): Experiment {
    return { seed, scale, parameters: MAIN_PARAMETERS };
}

/** A share for people. */
export function percent(share: number): string {
    return `${Number((100 * share).toPrecision(3))} %`;
}
