import { Address } from '@ton/core';
import { createClaimSecrets } from '../../verifier/secrets';

describe('Secrets of claims', () => {
    const escrow = new Address(0, Buffer.alloc(32, 5));
    const secrets = createClaimSecrets(Buffer.alloc(32, 1));
    const round = (turn: number, jobId = 3) =>
        ({ escrow, jobId, duty: { role: 'verifier', turn } }) as const;
    const seat = (turn: number) => ({ escrow, jobId: 3, duty: { role: 'juror', turn } }) as const;
    const keyOf = (name: Parameters<typeof secrets.key>[0]) =>
        secrets.key(name).publicKey.toString('hex');

    it('have one key for all rounds of a check, since a late claim counts for the next', () => {
        expect(keyOf(round(1))).toBe(keyOf(round(0)));
        expect(keyOf(round(2))).toBe(keyOf(round(0)));
    });

    it('have others for each job, each stage of a jury and each node', () => {
        const keys = [round(0), round(0, 4), seat(0), seat(1), seat(2)].map(keyOf);
        expect(new Set(keys).size).toBe(keys.length);
        const other = createClaimSecrets(Buffer.alloc(32, 2));
        expect(other.key(round(0)).publicKey.toString('hex')).not.toBe(keyOf(round(0)));
    });

    it('salt each round by itself', () => {
        const salts = [0, 1, 2].map((turn) => secrets.salt(round(turn)));
        expect(new Set(salts).size).toBe(3);
    });

    it('need a secret that cannot be guessed', () => {
        expect(() => createClaimSecrets(Buffer.alloc(31))).toThrow(RangeError);
    });
});
