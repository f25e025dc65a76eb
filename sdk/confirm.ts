import type { CallOptions, Chain, ChainEndpoint } from './chain';
import { EndpointsDisagreeError } from './errors';
import { sleep, untilAborted } from './retry';

/** What is asked of several endpoints before something rests on it. */
export interface Question<T> extends CallOptions {
    /** As part of a sentence, such as "job 3 of EQ…". */
    readonly about: string;
    /** What throws counts as no answer: what is not there is to be returned as such. */
    readonly ask: (chain: Chain) => Promise<T>;
    /** What has to be the same in all answers, as a text. */
    readonly facts: (answer: T) => string;
    /** How long one endpoint may take, milliseconds; 4,000 unless set. */
    readonly timeoutMs?: number | undefined;
}

/** What they said. */
export type Confirmation<T> =
    /** There is only one, or no other one answers: as good as its word. */
    | { readonly kind: 'alone'; readonly answer: T | undefined }
    /** Two or more say the same. */
    | { readonly kind: 'agreed'; readonly answer: T }
    /** More than half of those that answered say this; the others were distrusted. */
    | { readonly kind: 'outvoted'; readonly answer: T; readonly error: EndpointsDisagreeError }
    /** Neither has a majority. Answers of the healthiest first. */
    | {
          readonly kind: 'disagreed';
          readonly answers: readonly { readonly answer: T; readonly chain: Chain }[];
          readonly error: EndpointsDisagreeError;
      };

interface Answer<T> {
    readonly from: ChainEndpoint;
    readonly answer: T;
    readonly facts: string;
}

const TIMEOUT_MS = 4_000;
/** One of two may be a block or two behind: so often both are asked. */
const LOOKS = 4;

/**
 * Asks a second endpoint what the first one said, and all of them where the two differ. Endpoints
 * that fail, or are down, are left out: with none left but one, its word is taken, as with one
 * endpoint. So whoever can silence all others is believed; whoever can only lie is not.
 *
 * @throws the reason of the signal
 */
export async function confirm<T>(chain: Chain, question: Question<T>): Promise<Confirmation<T>> {
    const { signal, about } = question;
    const members = (chain.endpoints ?? [])
        .filter(({ health }) => health.state !== 'down')
        .sort((a, b) => Number(b.health.state === 'up') - Number(a.health.state === 'up'));
    if (members.length < 2) return { kind: 'alone', answer: undefined };
    let answers: Answer<T>[] = [];
    for (let look = 1; look <= LOOKS; look++) {
        if (look > 1) await sleep(chain.pollMs, signal);
        answers = await firstTwo(members, question);
        const [first, second] = answers;
        if (first === undefined || second === undefined) {
            return { kind: 'alone', answer: first?.answer };
        }
        if (first.facts === second.facts) return { kind: 'agreed', answer: first.answer };
    }
    const others = members.filter((member) => !answers.some(({ from }) => from === member));
    const more = await Promise.all(others.map((member) => askOne(member, question)));
    answers = [...answers, ...more.filter((one) => one !== undefined)];
    const winner = answers
        .map(({ facts }) => answers.filter((other) => other.facts === facts))
        .find((votes) => votes.length * 2 > answers.length);
    if (winner?.[0] === undefined) {
        const names = answers.map(({ from }) => from.name);
        const error = new EndpointsDisagreeError(about, names);
        const told = answers.map(({ answer, from }) => ({ answer, chain: from.chain }));
        return { kind: 'disagreed', answers: told, error };
    }
    const wrong = answers.filter((one) => !winner.includes(one)).map(({ from }) => from);
    const names = [winner[0].from, ...wrong].map(({ name }) => name);
    const error = new EndpointsDisagreeError(about, names);
    for (const member of wrong) member.distrust(error);
    return { kind: 'outvoted', answer: winner[0].answer, error };
}

/** The first two that answer, asked at once; those that fail are replaced by the next. */
async function firstTwo<T>(
    members: readonly ChainEndpoint[],
    question: Question<T>,
): Promise<Answer<T>[]> {
    const found: Answer<T>[] = [];
    for (let at = 0; at < members.length && found.length < 2;) {
        const asked = members.slice(at, at + 2 - found.length);
        at += asked.length;
        const answers = await Promise.all(asked.map((member) => askOne(member, question)));
        found.push(...answers.filter((answer) => answer !== undefined));
    }
    return found;
}

async function askOne<T>(
    from: ChainEndpoint,
    { ask, facts, signal, timeoutMs = TIMEOUT_MS }: Question<T>,
): Promise<Answer<T> | undefined> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
        const answer = await untilAborted(ask(from.chain), either);
        return { from, answer, facts: facts(answer) };
    } catch {
        signal?.throwIfAborted();
        return undefined;
    }
}
