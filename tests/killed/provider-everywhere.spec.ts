import { KEPT, killedJob } from './provider-steps';
import { KilledProvider } from './provider-world';

jest.setTimeout(3_600_000);

/*
 * One job to count what the node writes down and sends; then one job for each of these steps, whose
 * node is killed right before and right after it. Blocks take their time, so that a node also dies
 * while a message of it is under way.
 */
describe.each([
    ['of which every message makes its block', 0],
    ['of a block every 100 ms', 100],
])('On a chain %s', (_what, blockIntervalMs) => {
    let scene: KilledProvider;
    beforeAll(async () => void (scene = await KilledProvider.create({ blockIntervalMs })));
    afterAll(() => scene.stop());

    /** The writes and messages of a job that nothing disturbs. */
    async function steps(): Promise<{ writes: number; messages: number }> {
        const { node } = scene;
        // What is done once, such as measuring the model, is done now.
        expect(await killedJob(scene, undefined)).toMatchObject(KEPT);
        const from = node.reports.length;
        const sent = scene.endpoint.count('sendBoc');
        expect(await killedJob(scene, undefined)).toMatchObject(KEPT);
        const wrote = node.reports.slice(from).filter(({ kind }) => kind === 'wrote');
        return { writes: wrote.length, messages: scene.endpoint.count('sendBoc') - sent };
    }

    it('finishes its job, signs one root and is paid once, whenever the node is killed', async () => {
        const { node, endpoint } = scene;
        const { writes, messages } = await steps();
        expect(writes).toBeGreaterThan(10);
        expect(messages).toBeGreaterThanOrEqual(2);
        const lost: object[] = [];
        const deaths = node.deaths;
        const check = async (step: string, job: ReturnType<typeof killedJob>) => {
            const from = node.reports.length;
            const result = await job.catch((error: unknown) => ({
                error: String(error),
                events: node.reports.slice(from).filter(({ kind }) => kind !== 'wrote'),
            }));
            try {
                expect(result).toMatchObject(KEPT);
            } catch {
                lost.push({ step, ...result });
                // The run is long: what fails is told at once.
                process.stderr.write(`${step}: ${String(JSON.stringify(result, replacer))}\n`);
            }
        };
        for (let at = 1; at <= writes; at++) {
            for (const when of ['before', 'after'] as const) {
                await check(`${when} write ${at}`, killedJob(scene, { at, when }));
            }
        }
        for (let nth = 1; nth <= messages; nth++) {
            for (const when of ['before', 'after'] as const) {
                let from = Infinity;
                const isIt = (method: string) =>
                    method === 'sendBoc' && endpoint.count('sendBoc') === from + nth;
                const kill = () => {
                    from = Infinity;
                    node.kill();
                };
                endpoint.fault = ({ method }) => {
                    if (when !== 'before' || !isIt(method)) return undefined;
                    kill();
                    return 'cut';
                };
                endpoint.after = ({ method }) => {
                    if (when === 'after' && isIt(method)) kill();
                };
                const prepare = () => void (from = endpoint.count('sendBoc'));
                await check(`${when} message ${nth}`, killedJob(scene, undefined, prepare));
                endpoint.fault = () => undefined;
                endpoint.after = () => undefined;
            }
        }
        const kills = 2 * (writes + messages);
        process.stderr.write(
            `${writes} writes, ${messages} messages, ${node.deaths - deaths} of ${kills} kills\n`,
        );
        expect(lost).toEqual([]);
        // A last write may not come where another order of events made it part of an earlier one.
        expect(node.deaths - deaths).toBeGreaterThan(kills * 0.9);
    });
});

function replacer(_key: string, value: unknown): unknown {
    return typeof value === 'bigint' ? value.toString() : value;
}
