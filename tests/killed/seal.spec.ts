import { DEVNET_PARAMETERS } from '../../wrappers';
import { giveSeal } from '../provider/give-seal';
import type { Puppet } from '../provider/world';
import { KilledProvider } from './provider-world';

/** Every job is drawn, since the node has no record yet; windows outlast its start. */
const PARAMETERS = {
    ...DEVNET_PARAMETERS,
    acceptWindow: 60,
    verification: { ...DEVNET_PARAMETERS.verification, claimWindow: 60, sealWindow: 300 },
};
/** Of shards, and of the block that the node looks at. */
const GRACE_SECONDS = 8;

describe('A node that is given a seal', () => {
    let scene: KilledProvider;
    let verifier: Puppet;
    beforeAll(async () => {
        scene = await KilledProvider.create({ parameters: PARAMETERS });
        verifier = await scene.world.puppet();
    });
    afterAll(() => scene.stop());

    it.each([
        ['before', 'second'],
        ['after', 'first'],
    ] as const)(
        'and is killed %s it writes it down answers the %s one, and no other',
        async (when, answered) => {
            const { world, node } = scene;
            const job = await world.job([when.length]);
            await world.stage.blobs.write(job.specBytes);
            const options = { endpoints: [node.url], checkRate: 10_000 };
            const { ticket, checked } = await world.run(job, options);
            expect(checked).toBe(true);
            await verifier.claim(ticket);
            const claim = async () => {
                const now = await world.openJob(ticket);
                return now?.state === 'checking' ? now.verifier : undefined;
            };
            await node.until(async () => (await claim()) !== undefined);
            await world.stage.devnet.advanceTime(
                PARAMETERS.verification.claimWindow + GRACE_SECONDS,
            );
            const { ticket: drawn = 0n } = (await claim()) ?? {};
            const { jobId } = ticket;
            const seals = {
                first: { jobId, ticket: drawn, seal: 1n << 200n },
                second: { jobId, ticket: drawn, seal: 2n << 200n },
            };
            const give = (which: keyof typeof seals) =>
                giveSeal(node, ticket, seals[which], verifier.claimKey);
            const { deaths } = node;
            await node.order({ holding: '"seals":', when });
            await expect(give('first')).rejects.toThrow();
            await node.until(() => node.deaths > deaths);
            await node.started();
            const other = answered === 'first' ? 'second' : 'first';
            const statuses: number[] = [];
            // What it may not answer is asked first where it has written down the other one.
            const order =
                when === 'after' ? ([other, answered] as const) : ([answered, other] as const);
            for (const which of order) {
                let status = 0;
                await node.until(async () => {
                    ({ status } = await give(which));
                    return status === 200 || status === 409;
                });
                statuses.push(status);
            }
            expect(statuses).toEqual(when === 'after' ? [409, 200] : [200, 409]);
            await world.passRounds(ticket);
            await node.until(() => node.events(jobId).includes('closed'));
        },
    );
});
