import { utf8ToBytes } from '../../protocol';
import { encodeWhy, explainNoBid, type NoBidReason, parseWhy } from '../../sdk';

const answersOf = (...reasons: NoBidReason[]) => ({
    answers: reasons.map((reason, at) => ({ endpoint: `http://${at}`, reason })),
    unaware: [],
    failed: [],
});

describe('What nodes say of a job without a bid', () => {
    it('becomes one sentence, with what can be changed first', () => {
        const answers = answersOf(
            { code: 'suspended' },
            { code: 'too-cheap', asked: 12_000_000n },
            { code: 'too-cheap', asked: 15_000_000n },
            { code: 'too-slow', neededSeconds: 100, allowedSeconds: 60 },
        );
        expect(explainNoBid(answers, 4_000_000n)).toEqual({
            sentence:
                '4 nodes answered: 2 ask 0.012 GRAM or more for it, you offered 0.004 GRAM; ' +
                '1 needs 100 s or more, the job gave 60 s; 1 is suspended by its owner.',
            advice: [
                { kind: 'raise-price', price: 14_000_000n },
                { kind: 'more-time', seconds: 120 },
                { kind: 'try-later' },
            ],
        });
    });

    it('says so where nobody answers', () => {
        const none = { answers: [], unaware: ['http://a'], failed: [] };
        expect(explainNoBid(none, undefined)).toEqual({
            sentence: 'No node told why: 1 does not know the job, or cannot be reached.',
            advice: [{ kind: 'announce' }],
        });
    });

    it('is read as it was written', () => {
        const reason: NoBidReason = { code: 'too-cheap', asked: 12n };
        expect(parseWhy(utf8ToBytes(JSON.stringify(encodeWhy(reason))))).toEqual(reason);
    });

    it.each([
        ['no JSON', '{'],
        ['another format', '{"format":"cocoon.why/2"}'],
        ['an escape for terminals', answer({ code: 'model-refused', why: '\u001b[2J' })],
        ['an amount that is none', answer({ code: 'too-cheap', asked: '-1' })],
        ['an unknown code', answer({ code: 'because' })],
        ['a sentence without end', answer({ code: 'busy' }, 'x'.repeat(301))],
    ])('is refused where it holds %s', (_what, text) => {
        expect(() => parseWhy(utf8ToBytes(text))).toThrow(TypeError);
    });
});

function answer(reason: object, sentence = ''): string {
    return JSON.stringify({ format: 'cocoon.why/1', sentence, reason });
}
