import { Address } from '@ton/core';
import { explainFinding } from '../../provider/bookkeeping';

const escrow = Address.parse(`0:${'ab'.repeat(32)}`);
const judged = { escrow, jobId: 3, leaf: 12 };
const UNTIL = Date.UTC(2026, 0, 1, 12) / 1000;

describe('What a node says of a finding', () => {
    it.each(['wrong', 'false-error'] as const)('has the appeal against "%s" in it', (finding) => {
        const words = explainFinding(finding, UNTIL, judged);
        expect(words).toContain('until 2026-01-01T12:00:00.000Z');
        const command = `cocoon dispute ${escrow.toString()}:3 --leaf 12`;
        expect(words.endsWith(command)).toBe(true);
    });

    it.each(['passed', 'right'] as const)('has none where it was found "%s"', (finding) => {
        for (const jury of [judged, undefined]) {
            expect(explainFinding(finding, UNTIL, jury)).toMatch(/Z\.$/);
        }
    });
});
