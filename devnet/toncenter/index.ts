import { accountMethods } from './accounts';
import { addressMethods } from './addresses';
import { blockMethods } from './blocks';
import { configMethods } from './config';
import { messageMethods } from './messages';
import type { Method } from './method';
import { transactionMethods } from './transactions';

export { type Method, type MethodContext, parse } from './method';
export { address as addressParameter } from './params';

/** The methods of toncenter v2 that the devnet serves, by name. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>(
    Object.entries({
        ...accountMethods,
        ...addressMethods,
        ...blockMethods,
        ...configMethods,
        ...messageMethods,
        ...transactionMethods,
    }),
);
