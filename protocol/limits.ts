/**
 * The largest sizes that the formats allow, in bytes or entries. A reader refuses what is beyond
 * them before it allocates; a node may set lower ones.
 */

/** Canonical JSON of a job spec. */
export const MAX_JOB_SPEC_BYTES = 64 * 1024;
/** Canonical JSON of a model manifest. */
export const MAX_MANIFEST_BYTES = 256 * 1024;
/** Items in one job, and leaves in its result tree. */
export const MAX_JOB_ITEMS = 1_000_000;
/** One encoded item. */
export const MAX_ITEM_BYTES = 64 * 1024 * 1024;
/** Tensors in one item. */
export const MAX_ITEM_TENSORS = 256;
/** One encoded batch of items. */
export const MAX_BATCH_BYTES = 256 * 1024 * 1024;
/** Dimensions of one tensor. */
export const MAX_TENSOR_RANK = 32;
/** Elements of one string tensor, each of which costs an object to read. */
export const MAX_STRING_ELEMENTS = 1_000_000;
/** UTF-8 bytes of a tensor's name. */
export const MAX_NAME_BYTES = 512;
/** Files of one model. */
export const MAX_MODEL_FILES = 256;
/** All files of one model together. */
export const MAX_MODEL_BYTES = 16 * 1024 ** 3;
/** Places named for one blob. */
export const MAX_SOURCES = 16;
/** Characters of one source URL. */
export const MAX_URL_LENGTH = 2048;
/** Outputs that may be compared with a tolerance; all others are compared exactly. */
export const MAX_TOLERANCE_OUTPUTS = 4;
/** The largest tolerance that a node accepts, as relative L2 distance. */
export const MAX_TAU = 1e-3;
