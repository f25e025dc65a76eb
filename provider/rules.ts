import { Address } from '@ton/core';
import { CATALOGUE } from '../models';
import {
    type ComparisonRule,
    comparisonRuleOf,
    hashFromBigInt,
    type HashHex,
    hashToHex,
    isFloatDType,
    isHashHex,
    manifestHash,
    type JobSpec,
    type ModelManifest,
} from '../protocol';
import { encodeRule, type JobView, modelTag } from '../wrappers';
import { PassError, RulesError } from './errors';
import { type Licence, LicenceExpressionError, parseLicence, satisfiesLicence } from './licence';
import type { PassWhy } from './outcomes/reasons';

/** Whom an operator serves, and with what. */
export interface RuleList {
    /** Hashes of manifests, or names of models, which anybody may give to a model. */
    readonly models?: readonly string[];
    /** SPDX identifiers, also with an exception: `GPL-2.0-only WITH Classpath-exception-2.0`. */
    readonly licences?: readonly string[];
    /** Wallets, in any of their forms. */
    readonly clients?: readonly (Address | string)[];
}

/** What blocks beats what allows; an empty or missing list of what is allowed means everything. */
export interface Rules {
    readonly allow?: RuleList;
    readonly block?: RuleList;
}

/** What an operator gives to one job. */
export interface JobLimits {
    /** Memory of one child, bytes. */
    readonly maxMemoryBytes: number;
    /** Outputs together, which take room on disk, bytes. */
    readonly maxResultBytes: number;
    readonly maxItems: number;
    /** Inputs together, bytes. */
    readonly maxInputBytes: number;
    /** Files of the model together, bytes. */
    readonly maxModelBytes: number;
    /** The most that one job may lock of the stake, nanoGRAM. */
    readonly maxLockNano: bigint;
    /** The most that is worked for without being paid in between, nanoGRAM. */
    readonly maxPriceNano: bigint;
    /**
     * The most that the own jobs may be drawn for a check at, in basis points, where a check without
     * a finding pays nothing.
     */
    readonly maxUnpaidCheckRate: number;
    /** What the node needs to open the sketch of a drawn result also after an outage, seconds. */
    readonly minOpenSeconds: number;
    /**
     * The strictest comparison of floating-point results that is accepted, as relative L2 distance:
     * under it honest machines of two kinds might be told apart, and one of them blamed.
     */
    readonly minTau: number;
}

/** Rules that were read once. Every check throws a PassError with a sentence for the operator. */
export interface ReadRules {
    checkClient(client: Address): void;
    /** What the 32 bits of a listing tell: a model that they rule out needs no further look. */
    checkTag(tag: number): void;
    checkModel(hash: HashHex): void;
    checkManifest(hash: HashHex, manifest: Pick<ModelManifest, 'name' | 'licence'>): void;
}

/** @throws RulesError for an entry that is none */
export function readRules(rules: Rules): ReadRules {
    const allow = readList(rules.allow ?? {});
    const block = readList(rules.block ?? {});
    const models = [...allow.hashes].map((hash) => `${hash.slice(0, 12)}…`).join(', ');
    const refuseModel = (rule: 'blocked' | 'not-listed', detail: string) =>
        new PassError({ code: 'model-not-allowed', rule }, detail);
    const tags = new Set([...allow.hashes].map((hash) => modelTag(BigInt(`0x${hash}`))));
    /** Whether only the hash decides about what is allowed. */
    const byHash = allow.hashes.size > 0 && allow.names.size === 0;

    return {
        checkClient(client) {
            const raw = client.toRawString();
            if (block.clients.has(raw)) {
                const detail = `The client ${client.toString()} is blocked here.`;
                throw new PassError({ code: 'client-not-allowed', rule: 'blocked' }, detail);
            }
            if (allow.clients.size > 0 && !allow.clients.has(raw)) {
                const detail = `The client ${client.toString()} is not one of the allowed ones.`;
                throw new PassError({ code: 'client-not-allowed', rule: 'not-listed' }, detail);
            }
        },
        checkTag(tag) {
            if (!byHash || tags.has(tag)) return;
            const shown = tag.toString(16).padStart(8, '0');
            throw refuseModel(
                'not-listed',
                `The model ${shown}… is none of those allowed here: ${models}.`,
            );
        },
        checkModel(hash) {
            if (block.hashes.has(hash))
                throw refuseModel('blocked', `The model ${hash} is blocked here.`);
            if (!byHash || allow.hashes.has(hash)) return;
            throw refuseModel(
                'not-listed',
                `The model ${hash} is none of those allowed here: ${models}.`,
            );
        },
        checkManifest(hash, { name, licence }) {
            this.checkModel(hash);
            const named = name.toLowerCase();
            if (block.names.has(named))
                throw refuseModel('blocked', `The model "${name}" is blocked here.`);
            const anyModel = allow.names.size === 0 && allow.hashes.size === 0;
            if (!anyModel && !allow.names.has(named) && !allow.hashes.has(hash)) {
                throw refuseModel(
                    'not-listed',
                    `The model "${name}" (${hash}) is not one of the allowed ones.`,
                );
            }
            checkLicence(licence, allow.licences, block.licences);
        },
    };
}

/**
 * Checks a job on chain against what the operator gives.
 *
 * @throws PassError
 */
export function checkTerms({ terms }: JobView, limits: JobLimits): void {
    atMost('items', terms.items, limits.maxItems, '');
}

/**
 * Checks what a job may take against what the operator gives.
 *
 * @throws PassError
 */
export function checkDemands(
    spec: JobSpec,
    manifest: Pick<ModelManifest, 'files'>,
    limits: JobLimits,
): void {
    const { memoryBytes, outputBytesPerItem } = spec.limits;
    const bytes = (parts: readonly { readonly bytes: number }[]) =>
        parts.reduce((sum, part) => sum + part.bytes, 0);
    const outputs = outputBytesPerItem * spec.inputs.count;
    atMost('memory', memoryBytes, limits.maxMemoryBytes, ' bytes');
    atMost('outputs', outputs, limits.maxResultBytes, ' bytes');
    atMost('inputs', bytes(spec.inputs.batches), limits.maxInputBytes, ' bytes');
    atMost('model files', bytes(manifest.files), limits.maxModelBytes, ' bytes');
}

/**
 * Makes sure that the Escrow would compare as the spec and the model say: what the terms hold is
 * what a check goes by.
 *
 * @throws PassError
 */
export function checkRule({ terms }: JobView, spec: JobSpec, manifest: ModelManifest): void {
    let rule: ReturnType<typeof encodeRule>;
    try {
        rule = encodeRule(comparisonRuleOf(spec, manifest));
    } catch (cause) {
        const detail = 'The comparison rule does not fit the outputs of the model.';
        throw new PassError('spec-mismatch', detail, cause);
    }
    if (terms.rule?.equals(rule) === true) return;
    const detail = 'The terms hold another comparison rule than the spec and the model.';
    throw new PassError('spec-mismatch', detail);
}

/**
 * Makes sure that a rule does not tell honest machines apart: results of floating-point models differ
 * by up to 3e-5 between kinds of processors (docs/calibration.md), so that a rule much closer to that,
 * or none at all, would convict whoever has another kind than its jury. What a manifest says of its own
 * calibration anybody may have written; the rules of the catalogue's models were measured.
 *
 * @throws PassError `check-terms`
 */
export function checkStrictness(
    rule: ComparisonRule,
    manifest: ModelManifest,
    { minTau }: Pick<JobLimits, 'minTau'>,
): void {
    const { outputs, comparison } = manifest;
    const hash = hashToHex(manifestHash(manifest));
    const measured = CATALOGUE.some((model) => model.hash === hash);
    if (measured && encodeRule(rule).equals(encodeRule(comparison))) return;
    const tolerances = rule.class === 'exact' ? [] : rule.outputs;
    for (const { name, dtype } of outputs) {
        if (!isFloatDType(dtype)) continue;
        const tau = tolerances.find((one) => one.name === name)?.tau ?? 0;
        if (tau >= minTau) continue;
        const asked = tau === 0 ? 'bit for bit' : `within ${tau}`;
        const detail =
            `Output "${name}" is compared ${asked}, which honest machines may miss; this node asks ` +
            `for a tolerance of ${minTau} at least.`;
        throw new PassError(
            { code: 'check-terms', term: 'tolerance', asked: tau, needed: minTau },
            detail,
        );
    }
}

/** The hash of a job's model. */
export function modelOf({ terms }: Pick<JobView, 'terms'>): HashHex {
    return hashToHex(hashFromBigInt(terms.model));
}

function atMost(
    limit: Extract<PassWhy, { readonly code: 'over-limits' }>['limit'],
    asked: number,
    most: number,
    unit: string,
): void {
    if (asked <= most) return;
    const why = {
        code: 'over-limits',
        limit,
        asked: BigInt(asked),
        most: BigInt(Math.floor(most)),
    } as const;
    throw new PassError(why, `The job asks for ${asked}${unit} of ${limit}, over ${most}.`);
}

interface ReadList {
    readonly hashes: ReadonlySet<HashHex>;
    /** In lower case. */
    readonly names: ReadonlySet<string>;
    readonly licences: ReadonlySet<string>;
    /** In raw form. */
    readonly clients: ReadonlySet<string>;
}

function readList({ models = [], licences = [], clients = [] }: RuleList): ReadList {
    return {
        hashes: new Set(models.filter(isHashHex)),
        names: new Set(models.filter((m) => !isHashHex(m)).map((name) => name.toLowerCase())),
        licences: new Set(licences.map(listedLicence)),
        clients: new Set(clients.map((client) => readAddress(client).toRawString())),
    };
}

function readAddress(client: Address | string): Address {
    if (client instanceof Address) return client;
    try {
        return Address.parse(client);
    } catch (cause) {
        throw new RulesError(client, 'is no address of a wallet', cause);
    }
}

function listedLicence(text: string): string {
    const licence = parseLicence(text);
    if (licence.kind === 'one') return licenceName(licence);
    throw new RulesError(text, 'is more than one licence; list each by itself');
}

type OneLicence = Extract<Licence, { readonly kind: 'one' }>;

/** Identifiers are compared without case, as SPDX asks for. */
function licenceName({ id, orLater, exception }: OneLicence): string {
    const name = `${id}${orLater ? '+' : ''}`;
    return (exception === undefined ? name : `${name} WITH ${exception}`).toLowerCase();
}

/**
 * An exception only adds to what a licence permits, and "or later" leaves the choice, so that a
 * licence in the list covers both.
 */
function isListed(one: OneLicence, list: ReadonlySet<string>): boolean {
    const plain = { ...one, exception: undefined };
    return [one, plain, { ...plain, orLater: false }].some((form) => list.has(licenceName(form)));
}

function checkLicence(
    expression: string,
    allow: ReadonlySet<string>,
    block: ReadonlySet<string>,
): void {
    let licence: Licence;
    try {
        licence = parseLicence(expression);
    } catch (error) {
        if (!(error instanceof LicenceExpressionError)) throw error;
        throw new PassError(
            { code: 'licence-not-allowed', licence: expression },
            error.message,
            error,
        );
    }
    const permits = (one: OneLicence) =>
        !isListed(one, block) && (allow.size === 0 || isListed(one, allow));
    if (satisfiesLicence(licence, permits)) return;
    const detail = `The model is under ${expression}, which is not allowed here.`;
    throw new PassError({ code: 'licence-not-allowed', licence: expression }, detail);
}
