/**
 * The configuration of both commands: `<home>/config.yaml`, `COCOON_…` variables and flags, checked
 * when they are read. `SETTINGS` is the one list of what there is.
 */

export { configFlags, configFrom, type ConfigFlags } from './config-flags';
export {
    checkConfigText,
    choicesOf,
    renderConfig,
    saveSettings,
    settingsTable,
    type Choices,
} from './config-file';
export { ConfigError, ConfigFileError, MarketUnknownError, type ConfigIssue } from './errors';
export { BY_KEY } from './setting';
export { homeAt, homeOf, type Home } from './home';
export {
    loadConfig,
    type ClientConfig,
    type Config,
    type LoadConfigOptions,
    type NetworkConfig,
    type ProviderConfig,
} from './load-config';
export { variableOf } from './settings';
