import { PRICE } from '../arena/scene';
import { MAIN_PARAMETERS } from '../../wrappers';

/** No more behind its promises than one job of `PRICE` asks for. */
export const LEAST_BONDS = {
    reserve: BigInt(MAIN_PARAMETERS.factor) * PRICE,
    collateral: PRICE,
};

/** Basis points of the jobs of a node with the best record that are checked. */
export const LEAST_RATE = MAIN_PARAMETERS.minCheckRate;
