import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fetchTo, MIB, NetworkWorld } from './world';

describe('A blob between peers', () => {
    let world: NetworkWorld;
    beforeAll(() => void (world = new NetworkWorld()));
    afterAll(() => world.stop());

    it('comes whole from a peer that is known by its node key', async () => {
        const [a, b] = [await world.node(), await world.node({ listen: [] })];
        const sha256 = a.put(randomBytes(3 * MIB + 17));
        await fetchTo(b, sha256, [a.address]);
        expect(
            createHash('sha256')
                .update(readFileSync(b.path(sha256)))
                .digest('hex'),
        ).toBe(sha256);
    });
});
