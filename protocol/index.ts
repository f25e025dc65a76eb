/** The formats that all parts of Cocoon share: pure functions, the same in Node and in browsers. */

export {
    CocoonError,
    ComparisonError,
    EncodingError,
    isCocoonError,
    ItemError,
    JsonError,
    LeafError,
    ManifestError,
    ProofError,
    SealError,
    SpecError,
    TensorError,
    type CocoonErrorOptions,
    type SchemaIssue,
} from './errors';
export * from './limits';
export {
    bytesToHex,
    bytesToUtf8,
    compareBytes,
    concatBytes,
    equalBytes,
    hexToBytes,
    i8ToBytes,
    isWellFormed,
    u16ToBytes,
    u32ToBytes,
    u64ToBytes,
    utf8ToBytes,
} from './bytes';
export {
    asHash,
    asHashHex,
    HASH_BYTES,
    hashFromBigInt,
    hashFromHex,
    hashToBigInt,
    hashToHex,
    isHashHex,
    sha256,
    type Sha256,
    sha256Of,
    type Hash,
    type HashHex,
} from './hash';
export { encodeCanonicalJson, parseCanonicalJson, type JsonValue } from './canonical-json';
export {
    emptyMerkleRoot,
    LEAF_PREFIX,
    MerkleAccumulator,
    merkleLeafHash,
    merkleNodeHash,
    merkleRoot,
    MerkleTree,
    verifyInclusion,
    type InclusionClaim,
} from './merkle';
export {
    dtypeOfOnnxNumber,
    DTYPES,
    isFloatDType,
    NUMERIC_DTYPES,
    onnxNumberOf,
    type DType,
    type NumericDType,
    type TypedArrays,
} from './dtype';
export { float16ToNumber, numberToFloat16 } from './float16';
export {
    checkTensor,
    elementCount,
    hasZeroDimension,
    haveSameType,
    isNumeric,
    numericTensor,
    stringTensor,
    tensorBytes,
    type NumericTensor,
    type StringTensor,
    type Tensor,
} from './tensor';
export {
    fromTypedArray,
    tensorOf,
    tensorValues,
    toTypedArray,
    type ElementOf,
} from './tensor-values';
export { decodeTensor, encodeTensor, type NamedTensor } from './tensor-proto';
export { decodeTensorProto } from './tensor-import';
export {
    decodeItem,
    decodeOutputItem,
    encodeItem,
    itemHash,
    type Item,
    type ItemLimits,
} from './item';
export { decodeBatch, encodeBatch, iterateBatch, type BatchLimits } from './batch';
export {
    dependsOnTiming,
    ITEM_ERROR_CODES,
    itemErrorName,
    leafData,
    leafHash,
    leafHasher,
    resultRoot,
    resultTree,
    type ItemErrorCode,
    type ItemErrorName,
    type ItemOutcome,
    type LeafContext,
    type ResultLeaf,
} from './leaf';
export {
    asComparisonRule,
    compareOutputs,
    type ComparisonReport,
    type ComparisonRule,
    type Mismatch,
    type OutputComparison,
    type OutputTolerance,
} from './comparison';
export type { CalibrationEvidence, ClassEvidence } from './calibration-evidence';
export {
    isWithinTau,
    PROJECTIONS,
    sketchFailure,
    sketchOutput,
    sketchRuleOf,
    type Sketch,
    type SketchRule,
    type TauMultiple,
} from './sketch';
export { checkItemFits, type TensorSpec } from './signature';
export {
    blobUrl,
    isBlobStoreUrl,
    isHttpUrl,
    isPeerAddress,
    isSafePath,
    parseSource,
    type Source,
} from './source';
export {
    encodeManifest,
    manifestHash,
    parseManifest,
    type ModelFile,
    type ModelManifest,
} from './manifest';
export {
    comparisonRuleOf,
    encodeJobSpec,
    inputsRoot,
    jobSpecHash,
    parseJobSpec,
    type InputBatch,
    type JobInputs,
    type JobDelivery,
    type JobLimits,
    type JobSpec,
    type Privacy,
} from './job-spec';
export {
    checkContentKey,
    CONTENT_KEY_BYTES,
    contentKeyHash,
    deriveClientSeed,
    deriveContentKey,
    MIN_SECRET_BYTES,
} from './content-key';
export { nobleSuite, type SealingSuite } from './sealing-suite';
export { padmeLength } from './padding';
export {
    createItemOpener,
    createItemSeal,
    type ItemSeal,
    type SealedDirection,
} from './sealed-item';
export { sealedLength } from './sealed-length';
export { itemKeyLeaf, type ItemKeyOf, itemKeys, itemKeysRoot } from './item-keys';
export {
    ENVELOPE_BYTES,
    type EnvelopePurpose,
    openKeyEnvelope,
    sealKeyEnvelope,
} from './key-envelope';
