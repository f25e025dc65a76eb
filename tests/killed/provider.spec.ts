import { loadCommit } from '../../build/Escrow/Escrow_Escrow';
import { KEPT, killedJob } from './provider-steps';
import { KilledProvider } from './provider-world';
import { sentMessages } from './sent-messages';

describe('A node that is killed', () => {
    let scene: KilledProvider;
    beforeAll(async () => void (scene = await KilledProvider.create()));
    afterAll(() => scene.stop());

    it('between writing down a root and signing it signs that root, and no other', async () => {
        const job = await killedJob(scene, { holding: '"result":', when: 'after' });
        expect(job).toMatchObject({ ...KEPT, died: expect.stringContaining('put jobs') as string });
        expect(scene.node.deaths).toBe(1);
    });

    it('before it hears that its commit was taken is paid for it once', async () => {
        const before = scene.node.deaths;
        const commits = () => sentMessages(scene.endpoint.calls, loadCommit).length;
        const sent = commits();
        const job = await killedJob(scene, undefined, () => {
            scene.endpoint.after = ({ method }) => {
                if (method !== 'sendBoc' || commits() === sent || scene.node.deaths > before)
                    return;
                scene.node.kill();
            };
        });
        expect(job).toMatchObject(KEPT);
        expect(scene.node.deaths).toBe(before + 1);
    });
});
