import {
    type Address,
    beginCell,
    external,
    internal,
    type MessageRelaxed,
    storeMessage,
} from '@ton/core';
import type { Chain } from './chain';
import type { FaucetPayment } from './control';
import { FaucetEmptyError, OptionError } from './errors';
import { GIVER } from './genesis';

/**
 * Pays from the giver, without bouncing, and makes blocks until the money has arrived.
 *
 * @param nano - more than 0
 * @throws FaucetEmptyError if the giver cannot pay that much
 */
export async function pay(chain: Chain, address: Address, nano: bigint): Promise<FaucetPayment> {
    if (nano <= 0n) throw new OptionError('The faucet pays more than 0 nano.');
    const message = internal({ to: address, value: nano, bounce: false });
    const payment = await sendFromGiver(chain, message);
    if (payment === undefined) throw new FaucetEmptyError(nano);
    return payment;
}

/**
 * Sends a message of the giver and makes blocks until its receiver has had it.
 *
 * @returns the receiver's transaction; undefined when the giver could not send it
 */
export async function sendFromGiver(
    chain: Chain,
    message: MessageRelaxed,
): Promise<FaucetPayment | undefined> {
    const order = external({
        to: GIVER.address,
        body: GIVER.createTransfer({ messages: [message] }),
    });
    const { settled } = await chain.submit(beginCell().store(storeMessage(order)).endCell());
    let done = false;
    const applied = settled.finally(() => (done = true));
    while (!done) await chain.nextBlock();
    const messageLt = (await applied)?.sentLts[0];
    if (messageLt === undefined) return undefined;
    for (;;) {
        const received = chain.transactions.receiver(messageLt);
        if (received !== undefined) {
            return { lt: received.lt, hash: received.hash.toString('base64') };
        }
        await chain.nextBlock();
    }
}
