import { CocoonError, isHashHex } from '../protocol';
import type { CatalogueModel } from './catalogue';

/** No model, or more than one, goes by what was asked for. */
export class ModelNotFoundError extends CocoonError {
    override readonly name = 'ModelNotFoundError';

    constructor(
        readonly code: 'MODEL_UNKNOWN' | 'MODEL_AMBIGUOUS',
        readonly asked: string,
        /** Names and hashes that are meant, or close to what was asked for. */
        readonly near: readonly string[],
    ) {
        const shown = JSON.stringify(asked.slice(0, 80));
        super(
            code === 'MODEL_UNKNOWN'
                ? `No model is called ${shown}.`
                : `Several models are called ${shown}.`,
            {
                hint:
                    near.length === 0
                        ? 'Give the name of a model, or at least 8 digits of its hash.'
                        : `Did you mean ${near.join(' or ')}?`,
            },
        );
    }
}

/** Digits from which the beginning of a hash is taken for one. */
const MIN_PREFIX_DIGITS = 8;
const HASH_PREFIX = new RegExp(`^[0-9a-f]{${MIN_PREFIX_DIGITS},64}$`);
const MAX_NEAR = 3;

/**
 * Finds a model by its hash, the beginning of its hash (8 digits or more), or its name in any
 * case.
 *
 * @throws ModelNotFoundError `MODEL_UNKNOWN`, `MODEL_AMBIGUOUS`
 */
export function findModel<M extends CatalogueModel>(catalogue: readonly M[], asked: string): M {
    const wanted = asked.trim().toLowerCase();
    const named = distinct(catalogue.filter(({ name }) => name.toLowerCase() === wanted));
    const hashed = HASH_PREFIX.test(wanted)
        ? distinct(catalogue.filter(({ hash }) => hash.startsWith(wanted)))
        : [];
    // A whole hash means one model, whatever others are called.
    const found = isHashHex(wanted) && hashed.length > 0 ? hashed : distinct([...named, ...hashed]);
    const [model, another] = found;
    if (model === undefined) throw unknown(catalogue, asked, wanted);
    if (another === undefined) return model;
    throw new ModelNotFoundError('MODEL_AMBIGUOUS', asked, found.map(label));
}

function distinct<M extends CatalogueModel>(models: readonly M[]): M[] {
    return [...new Map(models.map((model) => [model.hash, model])).values()];
}

function label({ name, hash }: CatalogueModel): string {
    return `${name} (${hash.slice(0, 12)})`;
}

function unknown(
    catalogue: readonly CatalogueModel[],
    asked: string,
    wanted: string,
): ModelNotFoundError {
    const near = catalogue
        .map(({ name, hash }) => {
            const inName = wanted.length > 1 && name.toLowerCase().includes(wanted);
            const inHash = wanted !== '' && hash.startsWith(wanted);
            const far = inName || inHash ? 0 : distance(name.toLowerCase(), wanted);
            return { text: inHash ? `${name} (${hash})` : name, far };
        })
        .filter(({ text, far }) => far <= Math.max(2, text.length / 3))
        .sort((a, b) => a.far - b.far)
        .map(({ text }) => text);
    return new ModelNotFoundError('MODEL_UNKNOWN', asked, [...new Set(near)].slice(0, MAX_NEAR));
}

/** Letters to insert, delete or replace to make one text of the other (Levenshtein). */
function distance(a: string, b: string): number {
    const short = b.slice(0, 2 * a.length + 8);
    let row = Array.from({ length: short.length + 1 }, (_, i) => i);
    for (const [i, letter] of [...a].entries()) {
        const next = [i + 1];
        for (let j = 1; j <= short.length; j++) {
            const swap = (row[j - 1] ?? 0) + (letter === short[j - 1] ? 0 : 1);
            next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
        }
        row = next;
    }
    return row.at(-1) ?? 0;
}
