import type { Honest } from './books';
import type { Ring } from './ring';

/** As what an attacker comes. */
export type Role = 'provider' | 'verifier' | 'client' | 'stranger';

/** One of the ways in which chance can decide, and how often it does so. */
export interface Stratum {
    readonly name: string;
    /** 0 to 1; those of an attack sum to 1. */
    readonly chance: number;
    /** How often it is played, times what the command line says; 1 unless set. */
    readonly weight?: number;
}

/** What became of one play, as its script saw it. */
export interface Played {
    /** How the attack ended, and who found it out. */
    readonly caughtBy: string;
}

/** Somebody who tries to gain by breaking the rules, and how. */
export interface Attack {
    readonly name: string;
    readonly role: Role;
    /** One sentence. */
    readonly how: string;
    /** Whether the short form plays it. */
    readonly short?: true;
    /** Where chance decides; else one play tells all. */
    readonly strata?: readonly Stratum[];
    /** Cases that an attacker may choose from: each is played once, and none may gain. */
    readonly cases?: readonly string[];
    /** Played where no draw checks more than the least rate: as a node with a long record does. */
    readonly proven?: true;
    /** Most that an honest party may lose beside what the market's fees are, nanoGRAM. */
    readonly stated?: Partial<Record<Honest, bigint>>;
    /**
     * Most that the attacker may gain where the project says that it can: nanoGRAM, and the place
     * that says so. No gain is allowed unless set.
     */
    readonly conceded?: { readonly nano: bigint; readonly where: string };
    /** @param stratum - what chance does, or the case that is tried */
    play(ring: Ring, stratum: Stratum): Promise<Played>;
}

/** The stratum of attacks in which nothing is left to chance. */
export const CERTAIN: Stratum = { name: 'certain', chance: 1 };
