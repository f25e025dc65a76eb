/** What the owner of a computer allows the node, and what that means at a moment. */

export { decide, type Decision, type DecideOptions } from './decide';
export { changePreferences, givenValues, parsePreferences } from './document';
export { PreferencesError } from './errors';
export { type PreferenceKey, type PreferenceValue } from './key';
export { allKeys, type Preferences } from './keys';
export {
    type BatteryState,
    type ConnectionState,
    type DiskUse,
    type MemoryUse,
    NOTHING_SEEN,
    type Observation,
} from './observation';
export { keyNamed, readPreferences, typedValue, USUAL_PREFERENCES } from './read';
export {
    PREFERENCE_OF,
    PUBLIC_SUSPENSION,
    type Suspension,
    SUSPENSION_CODES,
    type SuspensionCode,
    type SuspensionScope,
    type SuspensionState,
} from './reasons';
export { programName } from './rules';
