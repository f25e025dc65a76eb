import fc from 'fast-check';
import { hardwareClass, worked } from '../../explorer/facts/proven-work';
import { type JobRecord, MOST_TIMED, type WorkRecord } from '../../explorer/wire';
import { OCR_DETECTOR, PROBE_MODELS } from '../../models';

const [probe] = PROBE_MODELS;
if (probe === undefined) throw new Error('There is no probe.');
const MODEL = probe.model.hash;

interface Life {
    readonly client?: string;
    readonly jobId?: number;
    readonly items?: number;
    readonly faulty?: number;
    /** From the posting to the results. */
    readonly seconds?: number;
    readonly outcome?: 'accepted' | 'passed' | 'passed-silent';
    readonly model?: string;
}

function job(life: Life = {}): JobRecord {
    const { client = 'EQclient', jobId = 0, items = 10_000, faulty = 0, seconds = 9 } = life;
    const { outcome = 'passed', model = MODEL } = life;
    const place = { lt: '1', hash: '00'.repeat(32) };
    return {
        escrow: `EQescrow-of-${client}`,
        ...{ client, index: 0, jobId, complete: true, model, spec: '00'.repeat(32), items },
        ...{ takePrice: '0', checkRate: 0, payUnverified: true, keep: false, bidWindow: 30 },
        ...{ commitWindow: 600, postedAt: 1_000, postedLt: '1', stage: 'ended', bids: [] },
        commit: { ...place, at: 1_000 + seconds, root: '00'.repeat(32), faulty },
        closing: { ...place, at: 2_000, outcome, paid: '1', fee: '0', refund: '0' },
        ...{ checked: outcome !== 'accepted', juries: 0, burnt: '0', networkFees: '0', events: 3 },
        ...{ refusals: 0, lastAt: 2_000, lastLt: '3' },
    };
}

function workOf(...jobs: readonly JobRecord[]): WorkRecord | undefined {
    return jobs.reduce<WorkRecord | undefined>(worked, undefined);
}

const classOf = (...jobs: readonly JobRecord[]) =>
    hardwareClass((model) => workOf(...jobs.filter((one) => one.model === model)));

describe('What jobs prove of a computer', () => {
    it('is the time of an item from the posting on, with the second that clocks leave open', () => {
        // 10 s for 10,000 items, of which 2,000 have no result.
        const work = workOf(job({ faulty: 2_000 }));
        expect(work).toMatchObject({
            jobs: 1,
            items: 8_000,
            checksPassed: 1,
            fastestNs: 1_250_000,
        });
        expect(work?.checked).toEqual([
            { client: 'EQclient', escrow: 'EQescrow-of-EQclient', jobId: 0, itemNs: 1_250_000 },
        ]);
    });

    it('is nothing where no item has a result', () => {
        expect(workOf(job({ items: 5, faulty: 5 }))).toBeUndefined();
    });

    it('counts for the class where a check passed, and with a model of equal items alone', () => {
        expect(classOf(job({ outcome: 'accepted' }))).toBeUndefined();
        expect(classOf(job({ model: OCR_DETECTOR.hash }))).toBeUndefined();
        expect(classOf()).toBeUndefined();
        for (const outcome of ['passed', 'passed-silent'] as const) {
            expect(classOf(job({ outcome }))?.clients).toBe(1);
        }
    });

    it.each([
        [1, 1],
        [1.99, 1],
        [2, 2],
        [0.3, 0.25],
        [64, 64],
    ])('of %d reference cores is the class %d', (speed, cores) => {
        const items = Math.ceil((1.001 * speed * 100 * 1_000_000) / probe.referenceUs);
        expect(classOf(job({ items, seconds: 99 }))?.cores).toBe(cores);
    });

    it('says how many clients saw the class, and which job shows it', () => {
        const jobs = [
            job({ client: 'EQslow', seconds: 99 }),
            job({ client: 'EQb', seconds: 9, jobId: 7 }),
            job({ client: 'EQa', seconds: 10 }),
            job({ client: 'EQa', seconds: 11, jobId: 1 }),
        ];
        expect(classOf(...jobs)).toMatchObject({
            cores: 1,
            clients: 2,
            probe: { client: 'EQb', jobId: 7, model: MODEL },
        });
    });

    it('is the same in whatever order jobs are read', () => {
        const life = fc.record({
            client: fc.constantFrom(...'abcdefghijkl'),
            jobId: fc.nat(50),
            seconds: fc.nat(30),
            outcome: fc.constantFrom('accepted' as const, 'passed' as const),
        });
        const lives = fc.uniqueArray(life, {
            selector: ({ client, jobId }) => `${client} ${jobId}`,
            minLength: 2,
            maxLength: 40,
        });
        fc.assert(
            fc.property(lives, fc.infiniteStream(fc.nat()), (given, order) => {
                const jobs = given.map(job);
                const shuffled = jobs
                    .map((one) => ({ one, key: order.next().value as number }))
                    .sort((a, b) => a.key - b.key)
                    .map(({ one }) => one);
                const work = workOf(...jobs);
                expect(workOf(...shuffled)).toEqual(work);
                expect(work?.checked.length).toBeLessThanOrEqual(MOST_TIMED);
                const clients = work?.checked.map(({ client }) => client);
                expect(new Set(clients).size).toBe(clients?.length);
            }),
        );
    });
});
