import { ATTACKS } from '../../attack';

describe('The list of attacks', () => {
    it('names each once', () => {
        const names = ATTACKS.map(({ role, name }) => `${role} ${name}`);
        expect(new Set(names).size).toBe(names.length);
    });

    it('leaves nothing to chance that its chances do not cover', () => {
        for (const { strata, cases } of ATTACKS) {
            expect(strata !== undefined && cases !== undefined).toBe(false);
            const sum = (strata ?? []).reduce((all, { chance }) => all + chance, 0);
            if (strata !== undefined) expect(sum).toBeCloseTo(1, 9);
        }
    });

    it('has some of every role in its short form', () => {
        const short = ATTACKS.filter((attack) => attack.short === true);
        expect(new Set(short.map(({ role }) => role)).size).toBe(4);
    });
});
