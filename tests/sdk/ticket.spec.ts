import { Address } from '@ton/core';
import { decodeTicket, encodeTicket, type JobTicket, randomSeed } from '../../sdk';

const escrow = new Address(0, Buffer.alloc(32, 9));
const ticket: JobTicket = {
    escrow,
    jobId: 12,
    seed: 255n,
    since: { lt: 2n ** 60n, hash: 'x6AB+/=' },
};

describe('A ticket', () => {
    it.each([
        ['with a cursor', ticket],
        ['of a first job, without one', { ...ticket, since: undefined }],
        ['with a seed from the platform', { ...ticket, seed: randomSeed() }],
    ])('is read as it was written, %s', (_name, written) => {
        const { escrow: readEscrow, ...read } = decodeTicket(encodeTicket(written));
        const { escrow: writtenEscrow, ...rest } = written;
        expect(readEscrow.equals(writtenEscrow)).toBe(true);
        expect(read).toEqual(rest);
    });

    it('is one line of JSON that names its format', () => {
        const text = encodeTicket(ticket);
        expect(text).not.toContain('\n');
        expect(JSON.parse(text)).toEqual({
            format: 'cocoon.ticket/1',
            escrow: `0:${'09'.repeat(32)}`,
            jobId: 12,
            seed: `${'0'.repeat(30)}ff`,
            since: { lt: '1152921504606846976', hash: 'x6AB+/=' },
        });
    });

    it.each([
        ['nothing', ''],
        ['no JSON', '{'],
        ['no object', '7'],
        ['a part of one', encodeTicket(ticket).slice(0, 90)],
        ['another format', encodeTicket(ticket).replace('ticket/1', 'ticket/2')],
        ['a seed that is cut off', encodeTicket(ticket).replace('00ff', 'ff')],
        ['another field', encodeTicket(ticket).replace('{', '{"x":1,')],
        ['an address of another form', encodeTicket(ticket).replace('0:', 'EQ')],
        ['very much', `"${'x'.repeat(5000)}"`],
    ])('is refused with a hint when it is %s', (_name, text) => {
        expect(() => decodeTicket(text)).toThrow(
            expect.objectContaining({
                code: 'TICKET_MALFORMED',
                hint: expect.any(String) as string,
            }) as Error,
        );
    });
});
