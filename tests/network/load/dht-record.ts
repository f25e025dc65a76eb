import { randomBytes } from 'node:crypto';
import type { Libp2p } from '@libp2p/interface';

export const DHT = '/cocoon/kad/1.0.0';

const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);

/**
 * A message of type ADD_PROVIDER with its length before it, for a key that nobody ever asked for:
 * https://github.com/libp2p/specs/blob/master/kad-dht/README.md#rpc-messages
 */
export function providerRecord({ peerId }: Pick<Libp2p, 'peerId'>): Uint8Array {
    const address = Buffer.from([4, 127, 0, 0, 1, 6, 0, 80]);
    const provider = Buffer.concat([field(1, peerId.toMultihash().bytes), field(2, address)]);
    const key = Buffer.concat([Buffer.from([0x12, 0x20]), randomBytes(32)]);
    const message = Buffer.concat([Buffer.from([8, 2]), field(2, key), field(9, provider)]);
    return Buffer.concat([Buffer.from([message.length]), message]);
}
