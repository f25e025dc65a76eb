export { DEFAULT_ADMISSION, admitModel, type AdmissionPolicy } from './admission';
export { BenchmarkError, type Benchmark, type BenchmarkOptions } from './benchmark';
export type { Pace } from './brake';
export { systemClock, type RuntimeClock } from './clock';
export { describeModel, type ModelSignature } from './describe';
export type { Graph, GraphNode } from './graph';
export {
    ModelRefusedError,
    RuntimeDiskError,
    RuntimeStoppedError,
    WorkerMissingError,
    type RefusalReason,
} from './errors';
export { EXECUTION_CLASSES, type ExecutionClass } from './execution-class';
export {
    describeIsolation,
    ISOLATION_LEVELS,
    type IsolationLevel,
    type IsolationReport,
    type Protection,
    type ProtectionName,
    PROTECTIONS,
} from './isolation';
export { DEFAULT_LIMITS, type RuntimeLimits } from './limits';
export type { EncodedItem, FileSlice } from './messages';
export type { LoadedModel, RunOptions } from './model';
export type { ModelSource } from './model-files';
export type { ExecutionError, ExecutionOutcome, OutputPlace, RunProgress } from './outcome';
export { readSlice } from './read-slice';
export type { ItemSource } from './run';
export {
    NODE_SETTINGS,
    OPTIMISATIONS,
    type Optimisation,
    type SessionSettings,
} from './session-settings';
export {
    createRuntime,
    type LoadOptions,
    type PacedRuntime,
    type Runtime,
    type RuntimeOptions,
} from './runtime';
