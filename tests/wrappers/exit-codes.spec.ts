import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, explainExitCode } from '../../wrappers';

const CONTRACTS = join(__dirname, '..', '..', 'contracts');
const SOURCE = readFileSync(join(CONTRACTS, 'errors.tact'), 'utf8');

describe('exit codes', () => {
    it('are the same in the contracts and in their clients', () => {
        const declared = [...SOURCE.matchAll(/^const Error(\w+): Int = (\d+);$/gm)].map(
            ([, name, number]) => [Number(number), name],
        );
        expect(declared.length).toBeGreaterThan(30);
        expect([...EXIT_CODES].map(([number, { name }]) => [number, name])).toEqual(declared);
    });

    it('stand in machine code as in their constants', () => {
        const assembly = readFileSync(join(CONTRACTS, 'dictionary.tact'), 'utf8');
        const thrown = [...assembly.matchAll(/^ *(\d+) THROWIF(?:NOT)?$/gm)].map(
            ([, code]) => code,
        );
        expect(thrown.map((code) => EXIT_CODES.get(Number(code))?.name)).toEqual(['NoSuchJob']);
    });

    it('are explained with what to do next', () => {
        expect(explainExitCode(380)).toBe(
            'The sequence number is not the next. Ask the Stake and sign anew.',
        );
        expect(explainExitCode(7)).toBe('The contract failed with exit code 7.');
    });
});
