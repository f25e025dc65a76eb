import { beginCell } from '@ton/core';
import * as fc from 'fast-check';
import { fromNowhere, fromWallet } from './interleaving';
import { pick, said } from './move';

/** Anything from a stranger, to anybody, inside and outside. */
export const garbage = fc
    .record({
        to: fc.nat({ max: 5 }),
        bits: fc.uint8Array({ maxLength: 60 }),
        opcode: fc.constantFrom(...opcodes()),
        external: fc.boolean(),
        value: fc.constantFrom(1n, 1_000_000n, 1_000_000_000n),
    })
    .map((move) =>
        said(`garbage ${move.opcode.toString(16)} to ${move.to}`, (cast) => {
            const { world } = cast;
            const to = [
                world.market.address,
                ...cast.clients.map((client) => client.escrow.address),
                ...cast.providers.map((provider) => provider.stake.address),
            ];
            const words = beginCell();
            if (move.opcode !== 0) words.storeUint(move.opcode, 32);
            const cell = words.storeBuffer(Buffer.from(move.bits)).endCell();
            const target = pick(to, move.to);
            return Promise.resolve(
                move.external
                    ? fromNowhere(target, cell)
                    : fromWallet(world.owner.address, target, move.value, cell),
            );
        }),
    );

function opcodes(): number[] {
    const contracts = [0x4d000001, 0x53000001, 0x45000001];
    const all = contracts.flatMap((first) => [...Array(10).keys()].map((index) => first + index));
    return [
        0,
        0xffffffff,
        ...[...Array(9).keys()].map((index) => 0x53000011 + index),
        ...[...Array(13).keys()].map((index) => 0x45000021 + index),
        ...all,
    ];
}
