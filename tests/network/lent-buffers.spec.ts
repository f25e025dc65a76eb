import { lend, onWritten } from '../../network/lent-buffers';

describe('Lent bytes', () => {
    let bytes: Uint8Array;
    const back = jest.fn();
    beforeEach(() => {
        back.mockClear();
        bytes = Buffer.allocUnsafeSlow(100);
        lend(bytes, back);
    });
    const write = (from: number, to: number) => onWritten(bytes.subarray(from, to));

    it('come back once all of their parts are written, in whichever order', () => {
        const [head, rest] = [write(0, 20), write(20, 100)];
        rest?.();
        expect(back).not.toHaveBeenCalled();
        head?.(null);
        expect(back).toHaveBeenCalledTimes(1);
        expect(onWritten(bytes)).toBeUndefined();
    });

    it('do not come back where a part could not be written', () => {
        const [head, rest] = [write(0, 20), write(20, 100)];
        head?.(new Error('The socket is closed.'));
        rest?.();
        expect(back).not.toHaveBeenCalled();
    });

    it('are not given back by writes of an earlier loan', () => {
        const earlier = write(0, 100);
        const later = jest.fn();
        lend(bytes, later);
        earlier?.();
        expect([back.mock.calls, later.mock.calls]).toEqual([[], []]);
        write(0, 100)?.();
        expect(later).toHaveBeenCalledTimes(1);
    });

    it('are asked for by nobody where they were not lent', () => {
        expect(onWritten(Buffer.allocUnsafeSlow(5))).toBeUndefined();
    });
});
