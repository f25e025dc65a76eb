import { Address, beginCell, Cell, loadTransaction, type Message, storeStateInit } from '@ton/core';
import type { AccountState } from '../account';
import { type Block, blockHash } from '../blocks';
import type { Chain } from '../chain';
import type { IndexedTransaction } from '../transactions';

/** The shapes of toncenter v2 that several methods return. */
type Json = Record<string, unknown>;

/** The whole of a workchain, as toncenter writes it: -2^63. */
export const WHOLE_SHARD = '-9223372036854775808';

export function blockId(chain: Chain, workchain: number, block: Block): Json {
    const { globalId } = chain.identity;
    return {
        '@type': 'ton.blockIdExt',
        workchain,
        shard: WHOLE_SHARD,
        seqno: block.seqno,
        root_hash: blockHash('root', workchain, block, globalId),
        file_hash: blockHash('file', workchain, block, globalId),
    };
}

export function transactionId(lt: bigint, hash: Buffer): Json {
    return { '@type': 'internal.transactionId', lt: lt.toString(), hash: hash.toString('base64') };
}

/** An address in the friendly form that toncenter answers with: bounceable, for the main network. */
export function friendly(address: Address): string {
    return address.toString();
}

export function extraCurrencies(account: AccountState): Json[] {
    return account.extraCurrencies.map(([id, amount]) => ({
        '@type': 'extraCurrency',
        id,
        amount: amount.toString(),
    }));
}

/** A transaction is rendered once; polling clients then get the same object again. */
const rendered = new WeakMap<IndexedTransaction, Json>();

export function transaction(indexed: IndexedTransaction): Json {
    const known = rendered.get(indexed);
    if (known !== undefined) return known;
    const parsed = loadTransaction(Cell.fromBase64(indexed.boc).beginParse());
    const outgoing = [...parsed.outMessages.values()];
    let fee = parsed.totalFees.coins;
    for (const { info } of outgoing) {
        if (info.type === 'internal') fee += info.forwardFee + info.ihrFee;
    }
    const phases = parsed.description;
    const storage =
        'storagePhase' in phases ? (phases.storagePhase?.storageFeesCollected ?? 0n) : 0n;
    const json = {
        '@type': 'raw.transaction',
        address: {
            '@type': 'accountAddress',
            account_address: friendly(Address.parse(indexed.account)),
        },
        account: indexed.account,
        utime: indexed.utime,
        data: indexed.boc,
        transaction_id: transactionId(indexed.lt, indexed.hash),
        fee: fee.toString(),
        storage_fee: storage.toString(),
        other_fee: (fee - storage).toString(),
        ...(parsed.inMessage && { in_msg: message(parsed.inMessage) }),
        out_msgs: outgoing.map(message),
    };
    rendered.set(indexed, json);
    return json;
}

function message({ info, body, init }: Message): Json {
    const internal = info.type === 'internal' ? info : undefined;
    return {
        '@type': 'raw.message',
        source: info.type === 'external-in' ? '' : friendly(info.src),
        destination:
            info.type === 'external-out' ? (info.dest?.toString() ?? '') : friendly(info.dest),
        value: (internal?.value.coins ?? 0n).toString(),
        extra_currencies: [...(internal?.value.other ?? [])].map(([id, amount]) => ({
            '@type': 'extraCurrency',
            id,
            amount: amount.toString(),
        })),
        fwd_fee: (internal?.forwardFee ?? 0n).toString(),
        ihr_fee: (internal?.ihrFee ?? 0n).toString(),
        created_lt: (info.type === 'external-in' ? 0n : info.createdLt).toString(),
        body_hash: body.hash().toString('base64'),
        ...content(body, init),
    };
}

/** The body as text if it is a comment, else as cells. */
function content(body: Cell, init: Message['init']): Json {
    const text = commentOf(body);
    if (text !== undefined) {
        const bytes = Buffer.from(text).toString('base64');
        return { msg_data: { '@type': 'msg.dataText', text: bytes }, message: text };
    }
    const initState = init && beginCell().store(storeStateInit(init)).endCell();
    return {
        msg_data: {
            '@type': 'msg.dataRaw',
            body: body.toBoc().toString('base64'),
            init_state: initState?.toBoc().toString('base64') ?? '',
        },
        message: firstBytes(body).toString('base64'),
    };
}

/** A comment is a body that begins with 32 zero bits and goes on as UTF-8. */
function commentOf(body: Cell): string | undefined {
    if (body.isExotic || body.bits.length < 32) return undefined;
    const slice = body.beginParse();
    if (slice.loadUint(32) !== 0) return undefined;
    try {
        return slice.loadStringTail();
    } catch {
        // Cells that are no chain of whole bytes are no comment; they are shown as they are.
        return undefined;
    }
}

function firstBytes(body: Cell): Buffer {
    if (body.isExotic) return Buffer.alloc(0);
    const whole = Math.floor(body.bits.length / 8);
    return body.beginParse().loadBuffer(whole);
}
