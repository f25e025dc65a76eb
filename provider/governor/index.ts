/** Makes a node do what its owner wants, without costing stake. */

export { type Duty, type DutySpec } from './duties';
export { openPreferencesFile, type PreferencesFile } from './file';
export {
    createGovernor,
    type Governor,
    type GovernorEvent,
    type GovernorOptions,
    type GovernorState,
} from './governor';
export { MODE_SENTENCES, type Plan } from './plan';
