import { formatGram } from '../wrappers/describe';
import type { NoBidAnswers } from './ask-why-no-bid';
import type { NoBidReason } from './no-bid-reason';

/** What a client can change so that nodes bid. */
export type NoBidAdvice =
    /** Offer at least that much, nanoGRAM. */
    | { readonly kind: 'raise-price'; readonly price: bigint }
    /** Leave at least that much time for the results. */
    | { readonly kind: 'more-time'; readonly seconds: number }
    /** Serve spec, manifest and inputs where nodes can fetch them. */
    | { readonly kind: 'serve-inputs' }
    /** Ask for less memory, items or outputs, or in several jobs. */
    | { readonly kind: 'smaller-job' }
    /** Prepare it anew. */
    | { readonly kind: 'prepare-again' }
    /** The same may work later. */
    | { readonly kind: 'try-later' }
    /** Give the spec to more nodes. */
    | { readonly kind: 'announce' };

export interface NoBidSummary {
    /** In one sentence. */
    readonly sentence: string;
    /** The most useful first. */
    readonly advice: readonly NoBidAdvice[];
}

type Code = NoBidReason['code'];
type Group = readonly NoBidReason[];

/**
 * What the answers of nodes come to: "3 nodes answered: 2 ask 0.012 GRAM or more for it, you offered
 * 0.004 GRAM; 1 is suspended by its owner."
 *
 * @param offered - ceiling of the job, nanoGRAM; undefined: not said
 */
export function explainNoBid(
    { answers, unaware, failed }: NoBidAnswers,
    offered: bigint | undefined,
): NoBidSummary {
    const groups = new Map<Code, NoBidReason[]>();
    for (const { reason } of answers) {
        groups.set(reason.code, [...(groups.get(reason.code) ?? []), reason]);
    }
    const ordered = ORDER.flatMap((code) => {
        const group = groups.get(code);
        return group === undefined ? [] : [{ code, group }];
    });
    const said = ordered.map(({ group }) => inWords(group, offered));
    const silent = unaware.length + failed.length;
    const others =
        silent === 0
            ? []
            : [`${silent} ${silent === 1 ? 'does' : 'do'} not know the job, or cannot be reached`];
    const head =
        answers.length === 0
            ? 'No node told why'
            : `${answers.length} ${answers.length === 1 ? 'node' : 'nodes'} answered`;
    const advice = ordered.flatMap(({ group }) => adviceOf(group) ?? []);
    return {
        sentence: `${head}: ${[...said, ...others].join('; ') || 'none was asked'}.`,
        advice: advice.length === 0 && silent > 0 ? [{ kind: 'announce' }] : distinct(advice),
    };
}

/** What a client can do about comes first. */
const ORDER: readonly Code[] = [
    'too-cheap',
    'too-slow',
    'missing',
    'too-large',
    'check-terms',
    'model-refused',
    'malformed',
    'old-parameters',
    'too-late',
    'outbid',
    'busy',
    'suspended',
    'stake',
    'not-taken',
    'failed',
    'undecided',
    'bid',
];

function inWords(group: Group, offered: bigint | undefined): string {
    const [first] = group;
    const count = group.length;
    const verb = (one: string, many: string) => `${count} ${count === 1 ? one : many}`;
    switch (first?.code) {
        case undefined:
            return '';
        case 'too-cheap': {
            const least = formatGram(leastAsked(group) ?? 0n);
            const yours = offered === undefined ? '' : `, you offered ${formatGram(offered)}`;
            return `${verb('asks', 'ask')} ${least} or more for it${yours}`;
        }
        case 'too-slow':
            return `${verb('needs', 'need')} ${neededSeconds(group)} s or more, the job gave ${Math.floor(first.allowedSeconds)} s`;
        case 'missing': {
            const things = [
                ...new Set(group.map((one) => (one.code === 'missing' ? one.what : ''))),
            ];
            return `${count} could not fetch the ${things.join(' or the ')}`;
        }
        case 'too-large':
            return `${verb('gives', 'give')} less ${first.limit} than the job asks for`;
        case 'check-terms':
            return `${verb('finds', 'find')} its terms of checks unsafe (${first.term})`;
        case 'model-refused':
            return `${count} cannot run the model (${first.why})`;
        case 'malformed':
            return `${verb('says', 'say')} that the job is malformed`;
        case 'old-parameters':
            return `${verb('says', 'say')} that the job is under replaced parameters`;
        case 'too-late':
            return `${verb('was', 'were')} not ready before bids ended`;
        case 'outbid':
            return `${verb('was', 'were')} outbid`;
        case 'busy':
            return `${verb('has', 'have')} other work`;
        case 'suspended':
            return `${verb('is suspended by its owner', 'are suspended by their owners')}`;
        case 'stake':
            return `${verb('has', 'have')} no stake left for it`;
        case 'not-taken':
            return `${verb('does', 'do')} not take such jobs`;
        case 'failed':
            return `${count} failed`;
        case 'undecided':
            return `${verb('has', 'have')} not decided yet`;
        case 'bid':
            return `${count} did bid`;
    }
}

function adviceOf(group: Group): NoBidAdvice | undefined {
    switch (group[0]?.code) {
        case 'too-cheap': {
            const least = leastAsked(group);
            return least === undefined ? undefined : { kind: 'raise-price', price: rounded(least) };
        }
        case 'too-slow':
            return { kind: 'more-time', seconds: Math.ceil(neededSeconds(group) * 1.2) };
        case 'missing':
            return { kind: 'serve-inputs' };
        case 'too-large':
            return { kind: 'smaller-job' };
        case 'malformed':
        case 'old-parameters':
            return { kind: 'prepare-again' };
        case 'too-late':
        case 'busy':
        case 'suspended':
        case 'stake':
            return { kind: 'try-later' };
        case 'check-terms':
        case 'model-refused':
        case 'outbid':
        case 'not-taken':
        case 'failed':
        case 'undecided':
        case 'bid':
        case undefined:
            return undefined;
    }
}

function leastAsked(group: Group): bigint | undefined {
    return group.reduce<bigint | undefined>((least, one) => {
        if (one.code !== 'too-cheap') return least;
        return least === undefined || one.asked < least ? one.asked : least;
    }, undefined);
}

function neededSeconds(group: Group): number {
    const needed = group.flatMap((one) => (one.code === 'too-slow' ? [one.neededSeconds] : []));
    return Math.ceil(Math.min(...needed));
}

/** A tenth more, since prices move, to two digits. */
function rounded(nano: bigint): bigint {
    const more = (nano * 11n + 9n) / 10n;
    const unit = 10n ** BigInt(Math.max(0, more.toString().length - 2));
    return ((more + unit - 1n) / unit) * unit;
}

function distinct(advice: readonly NoBidAdvice[]): NoBidAdvice[] {
    return advice.filter(({ kind }, at) => advice.findIndex((one) => one.kind === kind) === at);
}
