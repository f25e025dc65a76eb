import { keyPairFromSeed } from '@ton/crypto';
import { hasKey, keyOfPeer, parsePeerAddress, peerOfKey } from '../../network';
import { decodeHint, encodeHint } from '../../network/job-hints';
import { PeerBudget } from '../../network/peer-budget';

/** https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md, test vectors of Ed25519. */
const SEED = '7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d';
const PUBLIC = '1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e';

describe('The identity of a node', () => {
    const key = Buffer.from(PUBLIC, 'hex');
    const peer = peerOfKey(key);

    it('is its node key, as the specification of libp2p encodes it', () => {
        expect(keyPairFromSeed(Buffer.from(SEED, 'hex')).publicKey).toEqual(key);
        // Identity multihash (0x00, 36 bytes) of the key as protobuf: type 1, 32 bytes.
        const multihash = Buffer.from(peer.toMultihash().bytes).toString('hex');
        expect(multihash).toBe(`0024080112 20${PUBLIC}`.replace(' ', ''));
        expect(peer.toString()).toMatch(/^12D3KooW/);
    });

    it('leads back to the key, also as the number that a Stake stores', () => {
        expect(Buffer.from(keyOfPeer(peer.toString()))).toEqual(key);
        expect(hasKey(peer, BigInt(`0x${PUBLIC}`))).toBe(true);
        expect(hasKey(peer, BigInt(`0x${PUBLIC}`) ^ 1n)).toBe(false);
    });

    it('is refused where it is none, or not of Ed25519', () => {
        expect(() => keyOfPeer('12D3KooW')).toThrow(/no peer id/);
        expect(() => keyOfPeer('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N')).toThrow(
            /Ed25519/,
        );
        expect(() => peerOfKey(key.subarray(1))).toThrow(/31/);
        expect(() => parsePeerAddress('/ip4/1.2.3.4/tcp/1')).toThrow(/no address of a peer/);
    });
});

describe('A hint of a job', () => {
    const hint = { market: `0:${'a'.repeat(64)}`, escrow: `0:${'b'.repeat(64)}`, job: 7n };

    it('is read back, and nothing else is', () => {
        expect(decodeHint(encodeHint(hint))).toEqual(hint);
        for (const text of [
            '',
            'x y z',
            `${'0:'.padEnd(66, 'a')} ${hint.escrow} -1`,
            'a'.repeat(161),
        ]) {
            expect(decodeHint(Buffer.from(text))).toBeUndefined();
        }
    });
});

describe('The budget of a peer', () => {
    it('lets a burst through, then the rate, and is apart for each peer', () => {
        let now = 0;
        const budget = new PeerBudget(
            () => ({ bytesPerSecond: 10, burstBytes: 20 }),
            () => now,
        );
        expect(budget.take('a', 20)).toBe(0);
        expect(budget.take('a', 10)).toBe(1000);
        expect(budget.take('b', 20)).toBe(0);
        now = 2_000;
        expect(budget.take('a', 10)).toBe(0);
        expect(budget.tryTake('a', 1)).toBe(false);
    });
});
