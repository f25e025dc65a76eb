import '@ton/test-utils';
import { discoverNodes } from '../../sdk';
import { PRICE, World } from '../provider/world';

describe('Discovery of nodes', () => {
    let world: World;
    beforeAll(async () => {
        world = await World.create({
            operators: [
                { name: 'dear', nanoPerItem: 2n * PRICE },
                { name: 'cheap', nanoPerItem: PRICE },
            ],
        });
    });
    afterAll(() => world.stop());

    const names = async (options: { depth?: number; most?: number } = {}) => {
        const { chain, deployment, operators } = world.stage;
        const contacts = await discoverNodes({ chain, deployment, ...options });
        return contacts.map(({ endpoint, stake }) => {
            const operator = operators.find(({ provider }) => provider.url === endpoint);
            expect(operator?.stake.address).toEqualAddress(stake);
            return operator?.name;
        });
    };

    it('finds nodes whose stakes were opened, with their endpoints', async () => {
        expect((await names()).sort()).toEqual(['cheap', 'dear']);
    });

    it('names those that bid lately first, and no more than it was asked for', async () => {
        await world.run(await world.job([1]));
        expect((await names())[0]).toBe('cheap');
        expect(await names({ most: 1 })).toEqual(['cheap']);
    });

    it('finds active nodes although their opening is far back', async () => {
        expect((await names({ depth: 1 }))[0]).toBe('cheap');
    });
});
