export type { DevnetStatus, FaucetPayment } from './control';
export {
    ChainHaltedError,
    DevnetStoppedError,
    ExternalRefusedError,
    FaucetEmptyError,
    OptionError,
    PortInUseError,
    RequestError,
    StateFileError,
} from './errors';
export {
    createBlockchain,
    CURRENT_FEES,
    type FeeTable,
    networkConfig,
    withCurrentFees,
} from './fees';
export type { Interleave } from './queue';
export { DEFAULT_GLOBAL_ID, type Devnet, type DevnetOptions, startDevnet } from './start';
