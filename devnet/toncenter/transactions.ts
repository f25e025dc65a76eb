import { z } from 'zod';
import { NotFoundError } from '../errors';
import type { IndexedTransaction } from '../transactions';
import { method, type MethodContext } from './method';
import { address, boolean, hash, integer, logicalTime } from './params';
import { transaction } from './render';

/** Most transactions in one page, as on toncenter. */
const MAX_PAGE = 100;

const located = z.object({ source: address, destination: address, created_lt: logicalTime });

export const transactionMethods = {
    getTransactions: method(
        z
            .object({
                address,
                limit: integer
                    .pipe(
                        z
                            .number()
                            .positive('should be positive')
                            .max(
                                MAX_PAGE,
                                `should be less or equal ${MAX_PAGE}; TonClient asks for one more ` +
                                    'than its own limit when it is given lt and hash without inclusive',
                            ),
                    )
                    .default(10),
                lt: logicalTime.optional(),
                hash: hash.optional(),
                to_lt: logicalTime.optional(),
                archival: boolean.optional(),
            })
            .refine((params) => (params.lt === undefined) === (params.hash === undefined), {
                message: 'lt and hash should be used together',
            }),
        ({ chain }, { lt, hash: hashBytes, ...params }) => {
            const account = params.address.toRawString();
            const from =
                lt === undefined || hashBytes === undefined ? undefined : { lt, hash: hashBytes };
            const page = chain.transactions.page(account, {
                from,
                afterLt: params.to_lt,
                limit: params.limit,
            });
            if (page === undefined) {
                throw new NotFoundError(
                    `Account ${account} has no transaction with this lt and hash.`,
                    'Take lt and hash from one transaction_id of this chain.',
                );
            }
            return page.map(transaction);
        },
    ),

    tryLocateTx: method(located, (context, params) => transaction(receiver(context, params))),
    tryLocateResultTx: method(located, (context, params) => transaction(receiver(context, params))),
    tryLocateSourceTx: method(located, (context, params) => transaction(sender(context, params))),
};

type Located = z.output<typeof located>;

/** The transaction that sent a message, if both ends are as the caller says. */
function sender({ chain }: MethodContext, message: Located): IndexedTransaction {
    const found = chain.transactions.sender(message.created_lt);
    const receiver = chain.transactions.receiver(message.created_lt);
    const elsewhere =
        receiver !== undefined && receiver.account !== message.destination.toRawString();
    if (found?.account !== message.source.toRawString() || elsewhere) throw notFound();
    return found;
}

/** The transaction that received a message, if both ends are as the caller says. */
function receiver({ chain }: MethodContext, message: Located): IndexedTransaction {
    const found = chain.transactions.receiver(message.created_lt);
    const sender = chain.transactions.sender(message.created_lt);
    if (
        found?.account !== message.destination.toRawString() ||
        sender?.account !== message.source.toRawString()
    ) {
        throw notFound();
    }
    return found;
}

function notFound(): NotFoundError {
    return new NotFoundError(
        'No transaction of this message was found.',
        'Check source, destination and created_lt; the message may also wait for a later block.',
    );
}
