import { beginCell, Cell } from '@ton/core';
import { isEndpointTrouble } from '../../provider/guarded-chain';
import { AccountDataError, openJobOf } from '../../sdk';

const account = (data: Cell | undefined) => ({
    ...{ balance: 0n, active: data !== undefined, last: undefined, chainTime: 1_800_000_000 },
    data,
});

describe('openJobOf', () => {
    it('finds no job where there is no contract', () => {
        expect(openJobOf(account(undefined), 0)).toBeUndefined();
    });

    it.each([
        ['empty', Cell.EMPTY],
        ['of another contract', beginCell().storeUint(7, 168).storeBit(true).endCell()],
    ])('says that data are %s, as trouble with the endpoint that may pass', (_name, data) => {
        let said: unknown;
        try {
            openJobOf(account(data), 3);
        } catch (error) {
            said = error;
        }
        expect(said).toBeInstanceOf(AccountDataError);
        expect(said).toMatchObject({ code: 'ACCOUNT_DATA_MALFORMED', what: 'job 3' });
        expect(isEndpointTrouble(said)).toBe(true);
    });
});
