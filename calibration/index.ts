/** How far apart honest results of a model are, and the comparison rule that follows from it. */

export {
    calibrate,
    type Calibration,
    type CalibrationProgress,
    type CalibrationRequest,
} from './calibrate';
export { type CalibrationClass, LOCAL_CLASSES, REFERENCE_CLASS } from './calibration-class';
export { distanceOverTau, sketchDistances } from './distance';
export { emulatedClasses } from './emulator';
export { CalibrationRefusedError, RandomInputError, type CalibrationRefusal } from './errors';
export { executeClass, outputBytes, type OpenRuntime } from './execute-class';
export type { ClassResult } from './measure-class';
export { randomInputs, type RandomInputsRequest } from './random-inputs';
export { roundWeights, WEIGHT_FORMATS, type WeightFormat } from './round-weights';
export { seeded, type Seeded } from './seeded';
