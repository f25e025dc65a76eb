import { CocoonError, hexToBytes, isCocoonError, SpecError, TensorError } from '../../protocol';

class BalanceError extends CocoonError {
    override readonly name = 'BalanceError';
    readonly code = 'BALANCE_TOO_LOW';

    constructor(
        readonly neededNano: bigint,
        readonly account: Uint8Array,
        cause?: unknown,
    ) {
        super('The wallet cannot pay for the job.', { hint: 'Top it up.', cause });
    }
}

describe('an error', () => {
    it('carries a code, a sentence, a hint, fields and its cause', () => {
        const cause = new TypeError('socket closed');
        const error = new BalanceError(5n, Uint8Array.of(0xab), cause);
        expect(error).toBeInstanceOf(Error);
        expect(error.message).toBe('The wallet cannot pay for the job.');
        expect(error.cause).toBe(cause);
        expect(error.toJSON()).toEqual({
            name: 'BalanceError',
            code: 'BALANCE_TOO_LOW',
            message: 'The wallet cannot pay for the job.',
            hint: 'Top it up.',
            neededNano: '5',
            account: 'ab',
            cause: { name: 'TypeError', message: 'socket closed' },
        });
    });

    it('can be written as JSON whatever its fields are', () => {
        const error = new BalanceError(1n, new Uint8Array(2), new BalanceError(2n, hexToBytes('')));
        expect(JSON.parse(JSON.stringify(error))).toMatchObject({
            neededNano: '1',
            cause: { neededNano: '2' },
        });
    });

    it('leaves out fields that are not set', () => {
        const error = new TensorError('TENSOR_MALFORMED', 'No.', { hint: 'Yes.' });
        expect(error.toJSON()).toEqual({
            name: 'TensorError',
            code: 'TENSOR_MALFORMED',
            message: 'No.',
            hint: 'Yes.',
        });
        expect('cause' in error).toBe(false);
    });

    it('names the first places of a document that are wrong, and counts the others', () => {
        const issues = ['a', 'b', 'c', 'd', ''].map((path) => ({ path, message: 'is wrong' }));
        expect(new SpecError(issues).message).toBe(
            'The job spec is not valid: a: is wrong; b: is wrong; c: is wrong; and 2 more.',
        );
        expect(new SpecError(issues.slice(4)).message).toBe('The job spec is not valid: is wrong.');
    });

    it('is told apart from the errors of others', () => {
        expect(isCocoonError(new SpecError([]))).toBe(true);
        expect(isCocoonError(new Error('x'))).toBe(false);
        expect(isCocoonError(undefined)).toBe(false);
    });
});
