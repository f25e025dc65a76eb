import type { Policy } from './options';

/** Events with the chances that the formulas gave them. */
export class Book {
    /** Sum of the chances, and of p (1 - p). */
    sum = 0;
    variance = 0;
    trials = 0;
    count = 0;

    expect(chance: number, happened: boolean): void {
        this.sum += chance;
        this.variance += chance * (1 - chance);
        this.trials++;
        if (happened) this.count++;
    }
}

export interface CheckBooks {
    readonly passed: Book;
    readonly convicted: Book;
    /** Passed by an honest verifier. */
    readonly honest: Book;
}

/** What became of a market; amounts in GRAM. */
export interface Tally {
    sold: number;
    unsold: number;
    volume: number;
    /** Jobs with a wrong item, and those of them that were paid. */
    wrong: number;
    wrongPaid: number;
    stolen: number;
    voids: number;
    /** Jobs of a convict that were not finished. */
    takenBack: number;
    forfeited: number;
    burnt: number;
    readonly convictions: Record<Policy, number>;
    readonly drawn: Book;
    /** Drawn jobs with a wrong item: whether the leaf is a wrong one. */
    readonly badLeaf: Book;
    readonly badChecks: CheckBooks;
    readonly goodChecks: CheckBooks;
}

export function createTally(): Tally {
    const books = (): CheckBooks => ({
        passed: new Book(),
        convicted: new Book(),
        honest: new Book(),
    });
    return {
        sold: 0,
        unsold: 0,
        volume: 0,
        wrong: 0,
        wrongPaid: 0,
        stolen: 0,
        voids: 0,
        takenBack: 0,
        forfeited: 0,
        burnt: 0,
        convictions: { honest: 0, every: 0, dear: 0, item: 0 },
        drawn: new Book(),
        badLeaf: new Book(),
        badChecks: books(),
        goodChecks: books(),
    };
}
