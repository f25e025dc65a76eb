import { Address } from '@ton/core';
import { z } from 'zod';
import { type Block, blockHash, ltRange } from '../blocks';
import type { Chain } from '../chain';
import { NotFoundError } from '../errors';
import { method } from './method';
import { hash, integer, logicalTime, seqno, shard } from './params';
import { blockId, WHOLE_SHARD } from './render';

/** Transactions of a block that are listed when no count is asked for; toncenter lists 40. */
const DEFAULT_COUNT = 10_000;
const WHOLE = BigInt.asUintN(64, BigInt(WHOLE_SHARD));

const workchain = integer.pipe(z.union([z.literal(-1), z.literal(0)], 'only -1 and 0 exist'));
const wholeShard = shard.refine((value) => value === WHOLE, `only ${WHOLE_SHARD} exists`);
const ofBlock = z.object({ workchain, shard: wholeShard, seqno });

export const blockMethods = {
    getMasterchainInfo: method(z.object({}), ({ chain }) => {
        const last = chain.blocks.last;
        return {
            '@type': 'blocks.masterchainInfo',
            last: blockId(chain, -1, last),
            state_root_hash: blockHash('state', -1, last, chain.identity.globalId),
            init: blockId(chain, -1, block(chain, 0)),
        };
    }),

    getConsensusBlock: method(z.object({}), ({ chain }) => ({
        consensus_block: chain.blocks.lastSeqno,
        timestamp: chain.now(),
    })),

    shards: method(z.object({ seqno }), ({ chain }, params) => ({
        '@type': 'blocks.shards',
        shards: [blockId(chain, 0, block(chain, params.seqno))],
    })),

    lookupBlock: method(
        z
            .object({
                workchain,
                shard: wholeShard,
                seqno: seqno.optional(),
                lt: logicalTime.optional(),
                unixtime: seqno.optional(),
            })
            .refine(
                (params) =>
                    [params.seqno, params.lt, params.unixtime].filter((v) => v !== undefined)
                        .length === 1,
                'one of seqno, lt and unixtime should be given',
            ),
        ({ chain }, params) => {
            const { blocks } = chain;
            const found =
                params.lt !== undefined
                    ? blocks.atLt(params.lt)
                    : params.unixtime !== undefined
                      ? blocks.atTime(params.unixtime)
                      : blocks.get(params.seqno ?? 0);
            if (found === undefined) throw noBlock('there');
            return blockId(chain, params.workchain, found);
        },
    ),

    getBlockHeader: method(ofBlock, ({ chain }, params) => {
        const found = block(chain, params.seqno);
        const previous = chain.blocks.get(params.seqno - 1);
        const lts = ltRange(found);
        return {
            '@type': 'blocks.header',
            id: blockId(chain, params.workchain, found),
            global_id: chain.identity.globalId,
            version: 0,
            flags: 0,
            after_merge: false,
            after_split: false,
            before_split: false,
            want_merge: false,
            want_split: false,
            validator_list_hash_short: 0,
            catchain_seqno: 0,
            min_ref_mc_seqno: previous?.seqno ?? 0,
            is_key_block: found.seqno === 0,
            prev_key_block_seqno: 0,
            start_lt: lts.start.toString(),
            end_lt: lts.end.toString(),
            gen_utime: found.utime,
            vert_seqno: 0,
            prev_blocks: previous === undefined ? [] : [blockId(chain, params.workchain, previous)],
        };
    }),

    getBlockTransactions: method(
        ofBlock.extend({
            root_hash: hash.optional(),
            file_hash: hash.optional(),
            after_lt: logicalTime.optional(),
            after_hash: hash.optional(),
            count: integer.pipe(z.number().positive().max(DEFAULT_COUNT)).default(DEFAULT_COUNT),
        }),
        ({ chain }, params) => {
            const found = block(chain, params.seqno);
            const { after_lt: afterLt = 0n, count } = params;
            const all = chain.transactions
                .slice(found.first, found.end)
                .filter(({ account, lt }) => {
                    return Address.parse(account).workChain === params.workchain && lt > afterLt;
                });
            return {
                '@type': 'blocks.transactions',
                id: blockId(chain, params.workchain, found),
                req_count: count,
                incomplete: all.length > count,
                transactions: all.slice(0, count).map((transaction) => ({
                    '@type': 'blocks.shortTxId',
                    mode: 135,
                    account: transaction.account,
                    lt: transaction.lt.toString(),
                    hash: transaction.hash.toString('base64'),
                })),
            };
        },
    ),
};

function block(chain: Chain, number: number): Block {
    const found = chain.blocks.get(number);
    if (found === undefined) throw noBlock(String(number));
    return found;
}

function noBlock(which: string): NotFoundError {
    return new NotFoundError(
        `There is no block ${which}.`,
        'Ask getMasterchainInfo for the newest block; a new chain counts from 0 again.',
    );
}
