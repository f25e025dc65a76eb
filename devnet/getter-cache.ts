import { serializeTuple, type TupleItem } from '@ton/core';
import type { AccountState } from './account';
import type { GetMethodResult, MessageExecutor } from './executor';

interface Answers {
    /** UNIX time that they were computed for, seconds. */
    readonly now: number;
    readonly of: Map<string, Promise<GetMethodResult>>;
}

/**
 * Answers of get-methods. Nodes and clients ask the same accounts the same things many times a
 * second, and the virtual machine takes milliseconds for each: while nothing happens to an account,
 * and the clock shows the same second, an answer is computed once. (The seed of `RANDU` changes with
 * each block; a get-method sees that of the block in which it was asked first.)
 */
export class GetterCache {
    /** A state is another object after each transaction, so old answers go with it. */
    readonly #answers = new WeakMap<AccountState, Answers>();

    constructor(private readonly compute: MessageExecutor['runGetMethod']) {}

    readonly run: MessageExecutor['runGetMethod'] = (account, methodId, stack, context) => {
        let answers = this.#answers.get(account);
        if (answers?.now !== context.now) {
            answers = { now: context.now, of: new Map() };
            this.#answers.set(account, answers);
        }
        const { of } = answers;
        const key = `${methodId}/${keyOf(stack)}`;
        let answer = of.get(key);
        if (answer === undefined) {
            answer = this.compute(account, methodId, stack, context);
            of.set(key, answer);
            answer.catch(() => of.delete(key));
        }
        return answer;
    };
}

function keyOf(stack: TupleItem[]): string {
    return stack.length === 0 ? '' : serializeTuple(stack).hash().toString('base64');
}
