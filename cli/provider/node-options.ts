import { availableParallelism } from 'node:os';
import type { Pricing, ProviderOptions } from '../../provider';
import type { ProviderConfig } from '../config';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** An upload that is too small to be an input still lets specs in. */
const NO_UPLOADS = { maxBlobBytes: 0, maxBytes: 0 };

/** Processes for models: one core is left for others, unless somebody says how many. */
export function processesOf({ limits }: ProviderConfig): number {
    return limits.processes ?? Math.max(1, availableParallelism() - 1);
}

export function pricingOf({ pricing }: ProviderConfig): Pricing {
    const { gramPerItem, gramPerCoreHour, coverFees, minimumGram, loadMarginPercent } = pricing;
    const base = {
        perJob: coverFees ? ('fees' as const) : 0n,
        minimum: minimumGram,
        loadMarginPercent,
    };
    return gramPerItem === undefined
        ? { kind: 'per-core-hour', nano: gramPerCoreHour, ...base }
        : { kind: 'per-item', nano: gramPerItem, ...base };
}

/** The settings of a node, beside what it works with. */
export function nodeOptions(
    config: ProviderConfig,
): Pick<
    ProviderOptions,
    | 'pricing'
    | 'rules'
    | 'limits'
    | 'processes'
    | 'maxJobs'
    | 'maxModels'
    | 'http'
    | 'uploads'
    | 'keepSeconds'
    | 'prefetchBytes'
> {
    const { limits, http, uploads, rules } = config;
    return {
        pricing: pricingOf(config),
        rules,
        limits: {
            maxMemoryBytes: whole(limits.maxMemoryGiB * GIB),
            maxResultBytes: whole(limits.maxResultGiB * GIB),
            ...(limits.maxItems !== undefined && { maxItems: limits.maxItems }),
            ...(limits.maxInputGiB !== undefined && {
                maxInputBytes: whole(limits.maxInputGiB * GIB),
            }),
            ...(limits.maxModelGiB !== undefined && {
                maxModelBytes: whole(limits.maxModelGiB * GIB),
            }),
            ...(limits.maxLockGram !== undefined && { maxLockNano: limits.maxLockGram }),
            ...(limits.maxPriceGram !== undefined && { maxPriceNano: limits.maxPriceGram }),
        },
        processes: processesOf(config),
        maxJobs: limits.maxJobs,
        maxModels: limits.maxModels,
        http: {
            host: http.host,
            port: http.port,
            admin: { port: http.adminPort },
            trustedProxies: http.trustedProxies,
        },
        uploads: uploads.accept
            ? {
                  maxBlobBytes: whole(uploads.maxBlobMiB * MIB),
                  maxBytes: whole(uploads.maxGiB * GIB),
              }
            : NO_UPLOADS,
        keepSeconds: whole(limits.keepResultsHours * 3600),
        prefetchBytes: whole(limits.prefetchMiB * MIB),
    };
}

function whole(value: number): number {
    return Math.floor(value);
}
