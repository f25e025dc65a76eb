import {
    blobUrl,
    comparisonRuleOf,
    type ComparisonRule,
    type Hash,
    type HashHex,
    itemHash,
    SpecError,
} from '../protocol';
import type { BlobFetcher } from '../provider/blob-fetcher';
import { PassError } from '../provider/errors';
import {
    type GatherContext,
    gatherDocuments,
    gatherItem,
    type JobDocuments,
} from '../provider/gather';
import { checkStrictness, type JobLimits, modelOf, type ReadRules } from '../provider/rules';
import { encodeRule, type JobTerms } from '../wrappers';
import { blobStoreOf } from './committed-leaf';
import { AbstainError, type AbstainReason } from './errors';

export interface CheckMaterialsOptions extends GatherContext {
    readonly rules: ReadRules;
    readonly limits: JobLimits;
    readonly signal: AbortSignal;
}

/** Spec and manifest of a job, with the rule by which its results are compared. */
export interface CheckDocuments extends JobDocuments {
    readonly rule: ComparisonRule;
}

/** The item that is checked; of a sealed job as it is, sealed. */
export interface CheckedItem {
    readonly bytes: Uint8Array;
    readonly hash: Hash;
}

/**
 * Documents and items of one job, gathered as they are needed and kept until its end. The
 * provider's own node is asked first, which has them as long as its job is open.
 */
export class CheckMaterials {
    readonly #options: CheckMaterialsOptions;
    readonly #pinned: HashHex[] = [];
    readonly #items = new Map<number, Promise<CheckedItem>>();
    #documents: Promise<CheckDocuments> | undefined;

    constructor(options: CheckMaterialsOptions) {
        this.#options = options;
    }

    /**
     * Spec and manifest, held against the operator's rules and the terms on chain.
     *
     * @param endpoint - of the provider's node, where its Stake names one
     * @throws AbstainError `rules`, `malformed`, `unavailable`, `no-room`
     */
    documents(terms: JobTerms, endpoint: string | undefined): Promise<CheckDocuments> {
        this.#documents ??= abstaining(() => this.#gather(terms, endpoint));
        this.#documents.catch(() => (this.#documents = undefined));
        return this.#documents;
    }

    /**
     * One item, and the model's files.
     *
     * @throws AbstainError as `documents`
     */
    item(terms: JobTerms, index: number, endpoint: string | undefined): Promise<CheckedItem> {
        const known = this.#items.get(index);
        if (known !== undefined) return known;
        const { signal } = this.#options;
        const item = this.documents(terms, endpoint).then((documents) =>
            abstaining(async () => {
                const context = this.#context(endpoint);
                const bytes = await gatherItem(documents, index, context, signal);
                return { bytes, hash: itemHash(bytes) };
            }),
        );
        this.#items.set(index, item);
        item.catch(() => this.#items.delete(index));
        return item;
    }

    /** Lets the blobs of the job go. */
    release(): void {
        for (const sha256 of this.#pinned.splice(0)) this.#options.blobs.unpin(sha256);
    }

    async #gather(terms: JobTerms, endpoint: string | undefined): Promise<CheckDocuments> {
        const { rules, limits, signal, blobs } = this.#options;
        rules.checkModel(modelOf({ terms }));
        const documents = await gatherDocuments(terms, this.#context(endpoint), signal);
        const { spec, manifest } = documents;
        rules.checkManifest(modelOf({ terms }), manifest);
        checkItemDemands(documents, limits);
        const rule = ruleOf(documents);
        if (!isRuleOf(terms, rule)) {
            const detail = 'The terms on chain compare results in another way than the spec.';
            throw new AbstainError('malformed', detail);
        }
        checkStrictness(rule, manifest, limits);
        if (this.#pinned.length === 0) {
            for (const sha256 of new Set(documents.blobs)) {
                blobs.pin(sha256);
                this.#pinned.push(sha256);
            }
        }
        return { spec, manifest, blobs: documents.blobs, rule };
    }

    #context(endpoint: string | undefined): GatherContext {
        if (endpoint === undefined) return this.#options;
        const { fetcher, specSources } = this.#options;
        const store = blobStoreOf(endpoint);
        return {
            ...this.#options,
            specSources: [store, ...specSources],
            fetcher: askingFirst(store, fetcher),
        };
    }
}

/** A fetcher that asks one store before the places that are named. */
function askingFirst(store: string, fetcher: BlobFetcher): BlobFetcher {
    return {
        ...fetcher,
        ensure: (sha256, urls, options) => {
            const first = blobUrl(store, sha256);
            return fetcher.ensure(sha256, [first, ...urls.filter((u) => u !== first)], options);
        },
    };
}

function ruleOf({ spec, manifest }: JobDocuments): ComparisonRule {
    try {
        return comparisonRuleOf(spec, manifest);
    } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        throw new AbstainError('malformed', error.message, error);
    }
}

/** Whether the terms on chain hold this rule; without one they compare exactly. */
function isRuleOf({ rule: onChain }: JobTerms, rule: ComparisonRule): boolean {
    if (onChain === null) return rule.class === 'exact';
    return encodeRule(rule).equals(onChain);
}

/** What one item may take, against what the operator gives. */
function checkItemDemands({ spec, manifest }: JobDocuments, limits: JobLimits): void {
    const atMost = (what: string, asked: number, most: number) => {
        if (asked <= most) return;
        const detail = `The job asks for ${asked} bytes of ${what}, over ${most}.`;
        throw new AbstainError('rules', detail);
    };
    const { memoryBytes, outputBytesPerItem } = spec.limits;
    atMost('memory', memoryBytes, limits.maxMemoryBytes);
    atMost('output', outputBytesPerItem, limits.maxResultBytes);
    const model = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    atMost('model files', model, limits.maxModelBytes);
    const batch = Math.max(...spec.inputs.batches.map(({ bytes }) => bytes));
    atMost('inputs', batch, limits.maxInputBytes);
}

const MALFORMED: ReadonlySet<string> = new Set(['spec-mismatch']);
const RULES: ReadonlySet<string> = new Set([
    'client-not-allowed',
    'model-not-allowed',
    'licence-not-allowed',
    'over-limits',
]);

/** Tells in the terms of checks why a provider would pass the job. */
export async function abstaining<T>(work: () => T | Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        if (!(error instanceof PassError)) throw error;
        throw new AbstainError(reasonOf(error), error.message, error);
    }
}

function reasonOf({ reason }: PassError): AbstainReason {
    if (reason === 'no-room') return 'no-room';
    if (MALFORMED.has(reason)) return 'malformed';
    return RULES.has(reason) ? 'rules' : 'unavailable';
}
