import { checkFee } from '../../wrappers';
import { PRICE } from '../verifier/world';
import type { KillOrder } from './killable-node';
import { KilledVerifier } from './verifier-world';

jest.setTimeout(3_600_000);

describe('A verifier that is killed', () => {
    let scene: KilledVerifier;
    beforeAll(async () => void (scene = await KilledVerifier.create()));
    afterAll(() => scene.stop());

    it.each([
        ['posts its seal', false],
        ['gives its seal to the provider', true],
    ])('claims, seals and reveals once, and is paid once, where it %s', async (_, answers) => {
        const { node, endpoint, world } = scene;
        world.provider.answersSeals = answers;
        const fee = checkFee(await world.market.getMarketParameters(), PRICE, 1);
        const kept = {
            outcome: 'over',
            claims: 1,
            sealed: 1,
            revealed: 1,
            booked: `1 1 ${fee} 0 0`,
            failures: [],
        };
        expect(await scene.check(undefined)).toEqual(kept);
        const from = node.reports.length;
        const sentBefore = endpoint.count('sendBoc');
        expect(await scene.check(undefined)).toEqual(kept);
        const writes = node.reports.slice(from).filter(({ kind }) => kind === 'wrote').length;
        const messages = endpoint.count('sendBoc') - sentBefore;
        expect(writes).toBeGreaterThan(8);
        expect(messages).toBeGreaterThanOrEqual(answers ? 2 : 3);
        const lost: object[] = [];
        const { deaths } = node;
        const check = async (step: string, order?: KillOrder, prepare?: () => void) => {
            const result = await scene
                .check(order, prepare)
                .catch((error: unknown) => ({ error: String(error) }));
            try {
                expect(result).toEqual(kept);
            } catch {
                lost.push({ step, ...result });
                // The run is long: what fails is told at once.
                process.stderr.write(`${step}: ${String(JSON.stringify(result, replacer))}\n`);
            }
        };
        for (let at = 1; at <= writes; at++) {
            for (const when of ['before', 'after'] as const) {
                await check(`${when} write ${at}`, { at, when });
            }
        }
        for (let nth = 1; nth <= messages; nth++) {
            for (const when of ['before', 'after'] as const) {
                let due = Infinity;
                const isDue = (method: string) =>
                    method === 'sendBoc' && endpoint.count('sendBoc') === due;
                endpoint.fault = ({ method }) => {
                    if (when !== 'before' || !isDue(method)) return undefined;
                    due = Infinity;
                    node.kill();
                    return 'cut';
                };
                endpoint.after = ({ method }) => {
                    if (when !== 'after' || !isDue(method)) return;
                    due = Infinity;
                    node.kill();
                };
                await check(`${when} message ${nth}`, undefined, () => {
                    due = endpoint.count('sendBoc') + nth;
                });
                endpoint.fault = () => undefined;
                endpoint.after = () => undefined;
            }
        }
        const kills = 2 * (writes + messages);
        process.stderr.write(
            `${writes} writes, ${messages} messages, ${node.deaths - deaths} of ${kills} kills\n`,
        );
        expect(lost).toEqual([]);
        expect(node.deaths - deaths).toBeGreaterThan(kills * 0.9);
    });
});

function replacer(_key: string, value: unknown): unknown {
    return typeof value === 'bigint' ? value.toString() : value;
}
