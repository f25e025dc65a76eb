import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface';
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id';
import { hexToBytes } from '../protocol';
import { PeerError } from './errors';

/** Length of an Ed25519 public key, in bytes. */
const KEY_BYTES = 32;

/**
 * The node key as libp2p holds it: its peer proves on every connection that it has this key.
 *
 * @param nodeKey - as @ton/crypto holds it: 32 bytes of seed and the 32 of the public key
 */
export function privateKeyOf(nodeKey: Uint8Array): Ed25519PrivateKey {
    return privateKeyFromRaw(Uint8Array.from(nodeKey)) as Ed25519PrivateKey;
}

/**
 * The peer id of a node key, `12D3KooW…`: the public key itself, as
 * https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md encodes Ed25519 keys.
 *
 * @param publicKey - the 32 bytes, or the number that a Stake stores
 * @throws PeerError `PEER_ID_MALFORMED`
 */
export function peerOfKey(publicKey: Uint8Array | bigint): PeerId {
    const bytes = typeof publicKey === 'bigint' ? bytesOf(publicKey) : publicKey;
    if (bytes.length !== KEY_BYTES) {
        throw malformed(`A node key has ${KEY_BYTES} bytes, not ${bytes.length}.`);
    }
    return peerIdFromPublicKey(publicKeyFromRaw(Uint8Array.from(bytes)));
}

/**
 * The node key that a peer id stands for: 32 bytes.
 *
 * @throws PeerError `PEER_ID_MALFORMED` where it is none, or one of another kind of key
 */
export function keyOfPeer(peer: PeerId | string): Uint8Array {
    let id: PeerId;
    try {
        id = typeof peer === 'string' ? peerIdFromString(peer) : peer;
    } catch (cause) {
        throw malformed(`${String(peer)} is no peer id.`, cause);
    }
    if (id.type !== 'Ed25519') throw malformed('The peer id is not that of an Ed25519 key.');
    return id.publicKey.raw;
}

/** Whether a peer has the key that a Stake names. */
export function hasKey(peer: PeerId, nodeKey: bigint): boolean {
    return peer.equals(peerOfKey(nodeKey));
}

function bytesOf(key: bigint): Uint8Array {
    if (key < 0n || key >> 256n !== 0n) throw malformed('A node key has 256 bits.');
    return hexToBytes(key.toString(16).padStart(2 * KEY_BYTES, '0'));
}

function malformed(message: string, cause?: unknown): PeerError {
    const hint = 'Use the peer id that "cocoon-provider status" prints: it begins with 12D3KooW.';
    return new PeerError('PEER_ID_MALFORMED', message, hint, cause);
}
