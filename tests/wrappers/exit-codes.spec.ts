import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, explainExitCode } from '../../wrappers';

const SOURCE = readFileSync(join(__dirname, '..', '..', 'contracts', 'errors.tact'), 'utf8');

describe('exit codes', () => {
    it('are the same in the contracts and in their clients', () => {
        const declared = [...SOURCE.matchAll(/^const Error(\w+): Int = (\d+);$/gm)].map(
            ([, name, number]) => [Number(number), name],
        );
        expect(declared.length).toBeGreaterThan(30);
        expect([...EXIT_CODES].map(([number, { name }]) => [number, name])).toEqual(declared);
    });

    it('are explained with what to do next', () => {
        expect(explainExitCode(380)).toBe(
            'The sequence number is not the next. Ask the Stake and sign anew.',
        );
        expect(explainExitCode(7)).toBe('The contract failed with exit code 7.');
    });
});
