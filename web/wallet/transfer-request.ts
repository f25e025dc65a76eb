import { Address, Cell, internal, loadStateInit, type MessageRelaxed } from '@ton/core';
import * as z from 'zod';

/** What a page asks a wallet to send; amounts nanoGRAM. */
export interface TransferRequest {
    /** UNIX seconds; none for a request without an end. */
    readonly validUntil: number | undefined;
    /** Global id that the page wants. */
    readonly network: string | undefined;
    /** Raw address that the page wants to pay from. */
    readonly from: string | undefined;
    readonly messages: readonly MessageRelaxed[];
    /** All that the messages carry. */
    readonly total: bigint;
    readonly to: readonly string[];
}

const MAX_MESSAGES = 4;

const schema = z.object({
    valid_until: z.number().int().optional(),
    network: z.string().optional(),
    from: z.string().optional(),
    messages: z
        .array(
            z.object({
                address: z.string(),
                amount: z.string().regex(/^\d{1,20}$/),
                payload: z.string().optional(),
                stateInit: z.string().optional(),
            }),
        )
        .min(1)
        .max(MAX_MESSAGES),
});

/**
 * Reads the parameter of `sendTransaction`.
 *
 * @throws ZodError, or what @ton/core throws, for what is not one
 */
export function parseTransfer(text: string): TransferRequest {
    const { valid_until, network, from, messages } = schema.parse(JSON.parse(text));
    const parsed = messages.map(({ address, amount, payload, stateInit }) => {
        const friendly = Address.isFriendly(address) ? Address.parseFriendly(address) : undefined;
        return internal({
            to: friendly?.address ?? Address.parseRaw(address),
            value: BigInt(amount),
            bounce: friendly?.isBounceable ?? true,
            ...(payload !== undefined && { body: Cell.fromBase64(payload) }),
            ...(stateInit !== undefined && {
                init: loadStateInit(Cell.fromBase64(stateInit).beginParse()),
            }),
        });
    });
    return {
        ...{ validUntil: valid_until, network, from, messages: parsed },
        total: messages.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
        to: messages.map(({ address }) => address),
    };
}
