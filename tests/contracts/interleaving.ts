import type { Address, Cell, Message } from '@ton/core';
import { external } from '@ton/core';
import { type BlockchainTransaction, EmulationError } from '@ton/sandbox';
import type { World } from './world';

/** A reproducible source of choices (mulberry32). */
export function seeded(seed: number): (below: number) => number {
    let state = seed >>> 0;
    return (below) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
}

/** A message of a wallet, as it arrives. */
export function fromWallet(source: Address, dest: Address, coins: bigint, body: Cell): Message {
    return {
        info: {
            type: 'internal',
            ihrDisabled: true,
            bounce: true,
            bounced: false,
            src: source,
            dest,
            value: { coins },
            ihrFee: 0n,
            forwardFee: 0n,
            createdLt: 0n,
            createdAt: 0,
        },
        body,
    };
}

/** An external message. */
export function fromNowhere(to: Address, body: Cell): Message {
    return external({ to, body });
}

/**
 * Runs the traces of several messages, a transaction of any of them at a time, as `choose` says.
 * Up to `seconds` seconds pass between transactions. External messages may be refused.
 *
 * @param check - called after each transaction
 */
export async function interleave(
    world: World,
    messages: readonly Message[],
    choose: (below: number) => number,
    seconds: number,
    check: () => Promise<void>,
): Promise<BlockchainTransaction[]> {
    const traces = await Promise.all(
        messages.map((message) => world.chain.sendMessageIter(message, { allowParallel: true })),
    );
    const done: BlockchainTransaction[] = [];
    let left = seconds;
    while (traces.length > 0) {
        if (left > 0 && choose(3) === 0) {
            world.wait(1);
            left--;
        }
        const at = choose(traces.length);
        const step = await traces[at]?.next().catch(refused);
        if (step === undefined || step.done === true) {
            traces.splice(at, 1);
            continue;
        }
        done.push(step.value);
        await check();
    }
    return done;
}

function refused(error: unknown): undefined {
    if (error instanceof EmulationError) return undefined;
    throw error;
}
