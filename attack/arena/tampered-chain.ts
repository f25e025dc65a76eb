import type { OpenedContract } from '@ton/core';
import type { Chain } from '../../sdk';
import { Escrow } from '../../wrappers';

type OpenedEscrow = OpenedContract<Escrow>;

/** Messages to an Escrow that a node means to send, and what is sent instead. */
export type Tampering = (
    escrow: OpenedEscrow,
) => Partial<
    Pick<
        OpenedEscrow,
        'sendSeal' | 'sendReveal' | 'sendJointReveal' | 'sendJurorReveal' | 'sendOpen'
    >
>;

/** A message that is not sent, while its node believes that it was. */
export const unsent = (): Promise<void> => Promise.resolve();

/**
 * The same chain for a node that does not keep the rules: it decides as the honest program does, and
 * other messages leave it.
 */
export function tampered(chain: Chain, tampering: Tampering): Chain {
    return {
        pollMs: chain.pollMs,
        account: (address, options) => chain.account(address, options),
        transactions: (address, page) => chain.transactions(address, page),
        now: (options) => chain.now(options),
        open: (contract, options) => {
            const opened = chain.open(contract, options);
            if (!(contract instanceof Escrow)) return opened;
            const replaced = tampering(opened as unknown as OpenedEscrow);
            return new Proxy(opened, {
                get: (target, property, receiver): unknown =>
                    Object.hasOwn(replaced, property)
                        ? replaced[property as keyof typeof replaced]
                        : Reflect.get(target, property, receiver),
            });
        },
    };
}
