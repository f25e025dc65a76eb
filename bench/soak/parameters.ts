import { DEVNET_PARAMETERS, type MarketParameters } from '../../wrappers';

/** Global id of embedded chains. */
export const NETWORK = -3;

/**
 * Those of embedded chains, with windows that a node which was killed and has started again still
 * meets: on public networks they are hours.
 */
export const SOAK_PARAMETERS: MarketParameters = {
    ...DEVNET_PARAMETERS,
    declineWindow: 20,
    acceptWindow: 60,
    verification: {
        ...DEVNET_PARAMETERS.verification,
        claimWindow: 5,
        sealWindow: 60,
        openWindow: 90,
        revealWindow: 60,
        appealWindow: 10,
        juryClaimWindow: 10,
        jurySealWindow: 90,
        juryRevealWindow: 90,
    },
};
