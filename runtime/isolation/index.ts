/** What keeps children away from the machine: how they are started, and what that gives. */

export { describeIsolation } from './describe';
export { createLauncher, type Launcher, tryLevels } from './isolation';
export { kernelLimits } from './kernel-limits';
export {
    ISOLATION_LEVELS,
    type IsolationLevel,
    type IsolationReport,
    type Protection,
    type ProtectionName,
    PROTECTIONS,
} from './report';
