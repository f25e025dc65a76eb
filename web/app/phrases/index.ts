import type { Phrasebook, Say } from '../../shared/phrases';
import { EN } from './en';
import { IT } from './it';
import { RU } from './ru';

export type PhraseKey = keyof typeof EN;
export type SayInApp = Say<PhraseKey>;

/** All that the page says. */
export const BOOK: Phrasebook<PhraseKey> = { en: EN, ru: RU, it: IT };
